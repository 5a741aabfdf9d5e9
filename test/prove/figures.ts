/**
 * Figures of a history: how soon revokes held, and how requests ended.
 *
 * @module
 */

import { sequencesOf } from './checker.ts'
import type { Change, History, Seen, Verdict } from './history.ts'

/** A time in which something is measured. */
export type Span = Readonly<{ start: number; end: number }>

/**
 * Milliseconds from the acknowledgement of each revoke of a time to the first answer of each gateway
 * after which it never allowed again: at most what the client would have waited.
 *
 * @returns also how many revokes were never seen to hold, by a gateway that was asked again
 */
export function delaysOf(
  { changes, seen }: Pick<History, 'changes' | 'seen'>,
  span: Span,
  gateways?: readonly number[],
): Readonly<{ delays: readonly number[]; unseen: number }> {
  const views = Map.groupBy(seen, ({ permission, gateway }) => `${permission} ${gateway}`)
  const delays: number[] = []
  let unseen = 0
  for (const sequence of sequencesOf(changes).values())
    for (const [n, change] of sequence.entries()) {
      if (!isRevokeOf(change, span)) continue
      const until = sequence[n + 1]?.start ?? Number.POSITIVE_INFINITY
      for (const gateway of gateways ?? gatewaysOf(seen)) {
        const view = views.get(`${change.permission} ${gateway}`) ?? []
        const delay = delayOf(view, change, until)
        if (delay === 'unseen') unseen += 1
        else if (delay !== undefined) delays.push(delay)
      }
    }
  return { delays: delays.toSorted((a, b) => a - b), unseen }
}

const isRevokeOf = ({ state, isKnown, start, end }: Change, span: Span) =>
  state === 'revoked' && isKnown && start >= span.start && end <= span.end

const gatewaysOf = (seen: readonly Seen[]) => [...new Set(seen.map(({ gateway }) => gateway))]

/** Returns the delay of a change in one view. Undefined if no request was sent after the change. */
function delayOf(view: readonly Seen[], { start, end }: Change, until: number) {
  const answers = view
    .filter(({ sentAt, answeredAt }) => sentAt >= start && answeredAt <= until)
    .filter(({ verdict }) => verdict === 'allow' || verdict === 'deny')
    .toSorted((a, b) => a.sentAt - b.sentAt)
  if (answers.length === 0) return undefined
  const lastAllow = answers.findLastIndex(({ verdict }) => verdict === 'allow')
  const refused = answers[lastAllow + 1]
  return refused === undefined ? 'unseen' : Math.max(0, refused.answeredAt - end)
}

/** @param sorted - ascending values. Returns undefined if there are none */
export const quantile = (sorted: readonly number[], q: number): number | undefined =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))]

/** Half of the time between two looks at the store. */
const SLOW_MS = 500
/** After a look at the store that failed, a gateway puts requests off for so long. */
const REST_MS = 1_000

/**
 * Counts the requests of a time that a gateway put off though it was not slow.
 *
 * On a busy machine, looks at the store are late, so policy data becomes too old or a wait for the store ends. Then
 * other requests to the same gateway take long, too.
 */
export function promptlyBusy(seen: readonly Seen[], { start, end }: Span): number {
  const slow = seen.filter(({ sentAt, answeredAt }) => answeredAt - sentAt >= SLOW_MS)
  const isExplained = ({ gateway, sentAt, answeredAt }: Seen) =>
    slow.some(
      other =>
        other.gateway === gateway &&
        other.sentAt <= answeredAt &&
        other.answeredAt >= sentAt - REST_MS,
    )
  return seen
    .filter(({ verdict }) => verdict === 'busy')
    .filter(({ sentAt, answeredAt }) => sentAt >= start && answeredAt <= end)
    .filter(one => !isExplained(one)).length
}

/** How the requests ended that were sent in a time. */
export function countOf(seen: readonly Seen[], { start, end }: Span): Record<Verdict, number> {
  const counts = { allow: 0, deny: 0, busy: 0, failed: 0, lost: 0 }
  for (const { sentAt, verdict } of seen) if (sentAt >= start && sentAt <= end) counts[verdict] += 1
  return counts
}
