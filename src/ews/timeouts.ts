/**
 * Reads the lifetime of a stream or a subscription from a request.
 *
 * @module
 */

import type { BodyFacts } from '../model/envelope.ts'
import type { Operation } from './operation-row.ts'

type TimeoutFacts = Pick<BodyFacts, 'connectionTimeout' | 'subscriptionTimeout'>

/** Name of the fact that the text of each element sets. */
const FACTS = {
  ConnectionTimeout: 'connectionTimeout',
  Timeout: 'subscriptionTimeout',
} as const satisfies Record<NonNullable<Operation['timeout']>, keyof TimeoutFacts>

/** Returns the fact that the text of the operation's element sets; no fact if the text is not a number. */
export function timeoutFacts({ timeout }: Operation, text: string): TimeoutFacts {
  if (timeout === undefined) return {}
  return /^\s*\d{1,4}\s*$/.test(text) ? { [FACTS[timeout]]: Number(text) } : {}
}
