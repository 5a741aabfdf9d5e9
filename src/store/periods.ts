/**
 * Periods in the columns of a row.
 *
 * @module
 */

import type { Validity } from '../model/validity.ts'

export const columnsOfPeriod = ({ notBefore, notAfter }: Validity) => ({
  not_before: notBefore ?? null,
  not_after: notAfter ?? null,
})

export const periodOf = ({
  not_before,
  not_after,
}: Readonly<{
  not_before: number | string | bigint | null
  not_after: number | string | bigint | null
}>): Validity => ({
  ...(not_before !== null && { notBefore: Number(not_before) }),
  ...(not_after !== null && { notAfter: Number(not_after) }),
})
