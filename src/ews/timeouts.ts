/**
 * How long a stream or a subscription lives, where the request says so.
 *
 * @module
 */

import type { BodyFacts } from '../model/envelope.ts'

type TimeoutFacts = Pick<BodyFacts, 'connectionTimeout' | 'subscriptionTimeout'>

/** The element whose text is the time in minutes, and the fact that it becomes. */
const TIMEOUTS = new Map<string, readonly [element: string, fact: keyof TimeoutFacts]>([
  ['GetStreamingEvents', ['ConnectionTimeout', 'connectionTimeout']],
  ['Subscribe', ['Timeout', 'subscriptionTimeout']],
])

/** Whether an element of this request says how long something lives. */
export const saysTimeout = (request: string, local: string): boolean =>
  TIMEOUTS.get(request)?.[0] === local

/** Returns the fact for the text of that element. Text that is no number says nothing. */
export function timeoutFacts(request: string, text: string | undefined): TimeoutFacts {
  const fact = TIMEOUTS.get(request)?.[1]
  if (fact === undefined || text === undefined || !/^\s*\d{1,4}\s*$/.test(text)) return {}
  return { [fact]: Number(text) }
}
