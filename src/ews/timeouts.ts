/**
 * How long a stream or a subscription lives, where the request says so.
 *
 * @module
 */

import type { BodyFacts } from '../model/envelope.ts'
import type { Operation } from './operation-row.ts'

type TimeoutFacts = Pick<BodyFacts, 'connectionTimeout' | 'subscriptionTimeout'>

/** The fact that the text of an element becomes. */
const FACTS = {
  ConnectionTimeout: 'connectionTimeout',
  Timeout: 'subscriptionTimeout',
} as const satisfies Record<NonNullable<Operation['timeout']>, keyof TimeoutFacts>

/** Returns whether an element of this operation says how long something lives. */
export const saysTimeout = ({ timeout }: Operation, local: string): boolean => timeout === local

/** Returns the fact for the text of that element. Text that is no number says nothing. */
export function timeoutFacts({ timeout }: Operation, text: string | undefined): TimeoutFacts {
  if (timeout === undefined || text === undefined) return {}
  return /^\s*\d{1,4}\s*$/.test(text) ? { [FACTS[timeout]]: Number(text) } : {}
}
