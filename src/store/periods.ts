/**
 * Periods in the columns of a row.
 *
 * @module
 */

import type { Validity } from '../model/validity.ts'
import { readWhole } from './stored-json.ts'

export const columnsOfPeriod = ({ notBefore, notAfter }: Validity) => ({
  not_before: notBefore ?? null,
  not_after: notAfter ?? null,
})

type PeriodColumns = Readonly<{ not_before: unknown; not_after: unknown }>

/** Returns the period of a row; undefined if one of its ends is no time. */
export function readPeriod({ not_before, not_after }: PeriodColumns): Validity | undefined {
  const [notBefore, notAfter] = [not_before, not_after].map(one =>
    one === null ? null : readWhole(one),
  )
  if (notBefore === undefined || notAfter === undefined) return undefined
  return { ...(notBefore !== null && { notBefore }), ...(notAfter !== null && { notAfter }) }
}
