/**
 * Action that replays the recorded decisions of a role with a draft.
 *
 * @module
 */

import { setImmediate } from 'node:timers/promises'
import { isDeepStrictEqual } from 'node:util'
import { type Replay, type ReplayCause, type Replayed, replayDecision } from '../decision/replay.ts'
import type { RecordedRequests } from '../history/history.ts'
import { YieldTimer } from '../http/yield-timer.ts'
import { type User, userId } from '../model/identity.ts'
import { withContent } from '../model/role-shape.ts'
import { type Action, action, type Call } from './action.ts'
import * as contract from './contract/shadows.ts'
import { contentOfDraft } from './draft.ts'
import { askHistory, definedMembers, principalNames, spanOf } from './history.ts'
import { readOneState } from './policy-snapshot.ts'
import { findRole } from './roles.ts'
import { OUTCOME_WORDS, totalsOnWire } from './shadow-differences.ts'
import { shadowOf } from './shadows.ts'

/** Number of series that are read and decided at once. */
const PAGE = 10_000

/** Maximum number of differences that are kept while the recorded decisions are read. */
const KEPT = 100_000

const DEFAULT_RESULTS = 100

const replayShadow = action(
  contract.replayShadow,
  async (call, { ImpersonationRoleId, Draft, MaxResults = DEFAULT_RESULTS, ...input }) => {
    const { organization } = call
    const role = await findRole(call, ImpersonationRoleId)
    const content = Draft === undefined ? shadowOf(role) : await contentOfDraft(call, Draft, role)
    const draft = withContent(role, content)
    const sameRules = isDeepStrictEqual(role.rules, draft.rules)
    const replay = { organization, moment: call, role, draft, sameRules }
    const span = spanOf(input)
    const tally = new Tally()
    const users = new KnownUsers(call)
    for await (const page of recordedIn(call, role.id, { ...span, since: role.modifiedAt }))
      await replayPage(users, replay, page, tally)
    const names = await principalNames(call)
    return tally.onWire(MaxResults, names)
  },
)

export const SHADOW_REPLAY_ACTIONS: readonly Action[] = [replayShadow]

async function* recordedIn(
  call: Call,
  roleId: string,
  span: Readonly<{ from: number; until: number; since: number }>,
): AsyncGenerator<readonly RecordedRequests[]> {
  let after: string | undefined
  for (;;) {
    const query = {
      organizationId: call.organization.id,
      roleId,
      ...span,
      ...(after !== undefined && { after }),
      limit: PAGE,
    }
    const page = await askHistory(call, history => history.recorded(query))
    yield page.filter(({ requests }) => requests > 0)
    after = page.at(-1)?.id
    if (page.length < PAGE) return
  }
}

async function replayPage(
  known: KnownUsers,
  replay: Replay,
  page: readonly RecordedRequests[],
  tally: Tally,
): Promise<void> {
  const users = await known.of(page.map(({ userId }) => userId))
  const timer = new YieldTimer()
  for (const recorded of page) {
    if (timer.isDue) await setImmediate()
    const { verdict, requests, requestsSince } = recorded
    if (verdict === 'error') {
      tally.notDecided += requests
      continue
    }
    const user = users.get(recorded.userId)
    for (const [isPresent, count] of [
      [true, requestsSince],
      [false, requests - requestsSince],
    ] as const)
      if (count > 0)
        tally.add(
          recorded,
          count,
          replayDecision(replay, { ...recorded, verdict, user, isPresent }),
        )
  }
}

/** Users who still exist, each read once, because most have many series. */
class KnownUsers {
  readonly #call: Call
  readonly #known = new Map<string, User | undefined>()

  constructor(call: Call) {
    this.#call = call
  }

  async of(userIds: readonly string[]): Promise<ReadonlyMap<string, User | undefined>> {
    const missing = [...new Set(userIds)].filter(id => id !== '' && !this.#known.has(id))
    const users = await readOneState(this.#call, data =>
      data.users.usersById(this.#call.organization.id, missing.map(userId)),
    )
    for (const [n, id] of missing.entries()) this.#known.set(id, users[n])
    return this.#known
  }
}

type Difference = Readonly<{
  recorded: RecordedRequests
  outcome: 'would-deny' | 'would-allow'
  reason: string
  /** Changed while more are added. */
  sum: { requests: number; lastAt: number }
}>

/** Counts replayed requests, and groups those with another verdict. */
class Tally {
  notDecided = 0
  readonly #counts: Record<Replayed['outcome'], number> = {
    same: 0,
    'would-deny': 0,
    'would-allow': 0,
    unknown: 0,
  }
  readonly #causes: Record<ReplayCause, number> = { body: 0, folders: 0, user: 0, role: 0 }
  readonly #differences = new Map<string, Difference>()
  #isFull = false

  add(recorded: RecordedRequests, requests: number, replayed: Replayed): void {
    const { outcome } = replayed
    this.#counts[outcome] += requests
    if (outcome === 'unknown') this.#causes[replayed.cause] += requests
    if (outcome === 'same' || outcome === 'unknown') return
    const reason = outcome === 'would-deny' ? replayed.reason : recorded.reason
    const { principalId, userId, operation, lastAt } = recorded
    const key = [principalId, userId, operation, outcome, reason].join('\n')
    const known = this.#differences.get(key)
    if (known !== undefined) {
      known.sum.requests += requests
      known.sum.lastAt = Math.max(known.sum.lastAt, lastAt)
    } else if (this.#differences.size < KEPT)
      this.#differences.set(key, { recorded, outcome, reason, sum: { requests, lastAt } })
    else this.#isFull = true
  }

  onWire(limit: number, names: ReadonlyMap<string, string>) {
    const { body, folders, user, role } = this.#causes
    const differences = [...this.#differences.values()]
    differences.sort((a, b) => b.sum.requests - a.sum.requests)
    return {
      Replayed: totalsOnWire(this.#counts),
      NotDecided: this.notDecided,
      UnknownCauses: { Body: body, Folders: folders, User: user, Role: role },
      Differences: differences.slice(0, limit).map(difference => onWire(difference, names)),
      Truncated: this.#isFull || differences.length > limit,
    }
  }
}

function onWire(
  { recorded, outcome, reason, sum }: Difference,
  names: ReadonlyMap<string, string>,
) {
  const { principalId, userId, mailbox, operation } = recorded
  return {
    ...definedMembers({
      PrincipalId: principalId,
      PrincipalName: names.get(principalId),
      UserId: userId,
      Mailbox: mailbox,
      Operation: operation,
      Reason: reason,
    }),
    Outcome: OUTCOME_WORDS[outcome],
    Requests: sum.requests,
    LastTime: sum.lastAt / 1_000,
  }
}
