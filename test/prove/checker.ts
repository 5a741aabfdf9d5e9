/**
 * Checks a history for events that no run may contain.
 *
 * @module
 */

import type { Change, Decision, History, Restore, Seen } from './history.ts'

export type Rule =
  /** Allowed longer than the maximum age after the revocation was acknowledged. */
  | 'late-allow'
  /** Allowed, although this revocation had to take effect sooner. */
  | 'slow-revoke'
  /** Allowed by a policy version that was replaced longer ago than the maximum age. */
  | 'old-version'
  /** Allowed by policy data older than the maximum age. */
  | 'old-policy-data'
  /** Allowed by a gateway that had seen the version of the revocation. */
  | 'allow-after-revoke'
  /** Returned to an earlier state, or did not reach the new state in time. */
  | 'went-backward'
  /** Allowed or run without a record. */
  | 'unrecorded'

export type Violation = Readonly<{
  rule: Rule
  permission: string
  gateway: number | undefined
  at: number
  text: string
}>

/** Returns every violation. A correct run has none. */
export function check(history: History): readonly Violation[] {
  const sequences = sequencesOf(history.changes)
  const allowed = history.decisions.filter(({ verdict }) => verdict === 'allow')
  return [
    ...allowed.flatMap(decision => [
      ...lateOf(history, sequences.get(decision.permission) ?? [], decision),
      ...outdatedOf(history, decision),
      ...contradictionsOf(history, sequences.get(decision.permission) ?? [], decision),
    ]),
    ...wentBack(history, sequences),
    ...unrecorded(history, allowed),
    ...ranUnrecorded(history, allowed),
  ]
}

/** Returns the changes of each permission, in order. */
export const sequencesOf = (changes: readonly Change[]): ReadonlyMap<string, readonly Change[]> =>
  Map.groupBy(
    changes.toSorted((a, b) => a.start - b.start),
    ({ permission }) => permission,
  )

/** Returns the revocations that no later change can have undone by a time. */
function standingRevokes(sequence: readonly Change[], at: number): readonly Change[] {
  const started = sequence.filter(({ start }) => start <= at)
  const lastGrant = started.findLastIndex(({ state }) => state === 'granted')
  return started.slice(lastGrant + 1)
}

function lateOf(
  { maxAgeMs }: History,
  sequence: readonly Change[],
  decision: Decision,
): readonly Violation[] {
  const { at, gateway, permission } = decision
  const revoke = standingRevokes(sequence, at).find(({ isKnown, end }) => isKnown && end <= at)
  if (revoke === undefined) {
    if (sequence[0] !== undefined && sequence[0].start <= at) return []
    const text = 'allowed before anything was granted'
    return [{ rule: 'late-allow', permission, gateway, at, text }]
  }
  const lateMs = at - revoke.end
  const text = `allowed ${lateMs} ms after its revocation was acknowledged`
  if (lateMs > maxAgeMs) return [{ rule: 'late-allow', permission, gateway, at, text }]
  if (revoke.withinMs === undefined || lateMs <= revoke.withinMs) return []
  return [{ rule: 'slow-revoke', permission, gateway, at, text }]
}

function outdatedOf(history: History, decision: Decision): readonly Violation[] {
  const { maxAgeMs, changes, restores } = history
  const { at, gateway, permission, policyVersion = -1, knowledgeAgeMs = Infinity } = decision
  const violations: Violation[] = []
  if (knowledgeAgeMs > maxAgeMs) {
    const text = `allowed on policy data that was ${knowledgeAgeMs} ms old`
    violations.push({ rule: 'old-policy-data', permission, gateway, at, text })
  }
  const era = eraAt(restores, at, maxAgeMs)
  if (era === undefined) return violations
  const due = changes.filter(
    ({ start, end, isKnown }) => isKnown && start >= era && end < at - maxAgeMs,
  )
  const least = Math.max(0, ...due.map(({ version = 0 }) => version))
  if (policyVersion < least) {
    const text = `allowed on version ${policyVersion} instead of at least ${least}`
    violations.push({ rule: 'old-version', permission, gateway, at, text })
  }
  return violations
}

/** Finds decisions that contradict a change that they had seen. Age does not excuse them. */
function contradictionsOf(
  { restores, maxAgeMs }: History,
  sequence: readonly Change[],
  { at, gateway, permission, policyVersion = -1 }: Decision,
): readonly Violation[] {
  const era = eraAt(restores, at, maxAgeMs)
  if (era === undefined) return []
  const revoke = standingRevokes(sequence, at).find(
    ({ isKnown, start, version }) =>
      isKnown && start >= era && version !== undefined && policyVersion >= version,
  )
  if (revoke === undefined) return []
  const text = `allowed on version ${policyVersion}, although revoked in version ${revoke.version}`
  return [{ rule: 'allow-after-revoke', permission, gateway, at, text }]
}

/**
 * Returns the time from which versions can be compared with that of a decision. Undefined shortly after a
 * restore, when they can't be compared.
 */
function eraAt(restores: readonly Restore[], at: number, maxAgeMs: number): number | undefined {
  const last = restores.findLast(({ start }) => start <= at)
  if (last === undefined) return Number.NEGATIVE_INFINITY
  return at > last.end + maxAgeMs ? last.end : undefined
}

/**
 * Finds answers that go backward.
 *
 * Each client's view of each gateway must only move forward through the changes. Every answer must match a
 * change that had begun. It must not be older than a change that an earlier answer showed, nor than a
 * change that was replaced longer ago than the maximum age.
 */
function wentBack(
  { maxAgeMs, seen }: History,
  sequences: ReadonlyMap<string, readonly Change[]>,
): readonly Violation[] {
  const views = Map.groupBy(
    seen.filter(({ verdict }) => verdict === 'allow' || verdict === 'deny'),
    ({ gateway, permission }) => `${gateway} ${permission}`,
  )
  return [...views.values()].flatMap(view => {
    const permission = view[0]?.permission ?? ''
    return viewGoesBack(view, [never(permission), ...(sequences.get(permission) ?? [])], maxAgeMs)
  })
}

/** Every permission is revoked before its first change. */
const never = (permission: string): Change => ({
  permission,
  state: 'revoked',
  start: Number.NEGATIVE_INFINITY,
  end: Number.NEGATIVE_INFINITY,
  isKnown: true,
})

function viewGoesBack(
  view: readonly Seen[],
  changes: readonly Change[],
  maxAgeMs: number,
): readonly Violation[] {
  const violations: Violation[] = []
  let shown: Readonly<{ answeredAt: number; index: number }>[] = []
  let least = 0
  for (const answer of view.toSorted((a, b) => a.sentAt - b.sentAt)) {
    const { sentAt, answeredAt, verdict, permission, gateway } = answer
    const isBefore = (one: Readonly<{ answeredAt: number }>) => one.answeredAt <= sentAt
    least = Math.max(least, ...shown.filter(isBefore).map(({ index }) => index))
    shown = shown.filter(one => !isBefore(one))
    const due = changes.findLastIndex(({ isKnown, end }) => isKnown && end < sentAt - maxAgeMs)
    const from = Math.max(least, due)
    const state = verdict === 'allow' ? 'granted' : 'revoked'
    const index = changes.findIndex(
      (change, at) => at >= from && change.state === state && change.start <= answeredAt,
    )
    if (index >= 0) {
      shown.push({ answeredAt, index })
      continue
    }
    const why = least > due ? 'after a newer state was seen' : 'after a newer state was due'
    const text = `${verdict} ${why}, ${Math.round(sentAt - (changes[from]?.end ?? 0))} ms ago`
    violations.push({ rule: 'went-backward', permission, gateway, at: answeredAt, text })
  }
  return violations
}

function unrecorded({ seen }: History, allowed: readonly Decision[]): readonly Violation[] {
  const ids = new Set(allowed.map(({ gateway, id }) => `${gateway} ${id}`))
  return seen
    .filter(({ verdict, gateway, id }) => verdict === 'allow' && !ids.has(`${gateway} ${id}`))
    .map(({ permission, gateway, answeredAt: at, id }) => {
      const text = `a response without a record: ${id}`
      return { rule: 'unrecorded', permission, gateway, at, text }
    })
}

function ranUnrecorded({ ran }: History, allowed: readonly Decision[]): readonly Violation[] {
  const recorded = Map.groupBy(allowed, ({ as }) => as)
  return [...ran].flatMap(([as, count]) => {
    const records = recorded.get(as)?.length ?? 0
    if (count <= records) return []
    const text = `${count} operations ran as ${as}, but only ${records} are recorded`
    return [{ rule: 'unrecorded' as const, permission: as, gateway: undefined, at: 0, text }]
  })
}
