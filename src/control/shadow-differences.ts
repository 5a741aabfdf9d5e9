/**
 * Actions that show what the draft of a role would change: for the requests since it was attached, and for recorded ones.
 *
 * @module
 */

import type { ShadowDifference, ShadowTotals } from '../history/history.ts'
import type { ShadowCause } from '../model/shadow.ts'
import { type Action, action } from './action.ts'
import * as contract from './contract/shadows.ts'
import { askHistory, definedMembers, principalNames } from './history.ts'
import { cut, FOREIGN_TOKEN, pageOf } from './paging.ts'
import { invalid } from './problems.ts'
import { findRole } from './roles.ts'
import { shadowOf } from './shadows.ts'

const DIFFERENCES = 'ShadowDifferences'

const listDifferences = action(
  contract.listShadowDifferences,
  async (call, { ImpersonationRoleId, ...input }) => {
    const role = await findRole(call, ImpersonationRoleId)
    const { version, attachedAt } = shadowOf(role)
    const list = `${DIFFERENCES}-${version}`
    const { after, limit } = pageOf(list, input)
    const offset = offsetIn(after)
    const query = { organizationId: call.organization.id, roleId: role.id, version }
    const [totals, differences] = await askHistory(call, async history => [
      await history.shadowTotals(query),
      await history.shadowDifferences({ ...query, offset, limit: limit + 1 }),
    ])
    const names = await principalNames(call)
    const { entries, ...next } = cut(list, differences, limit, () => String(offset + limit))
    return {
      Version: String(version),
      DateAttached: attachedAt / 1_000,
      Compared: totalsOnWire(totals),
      Differences: entries.map(difference => differenceOnWire(difference, names)),
      ...next,
    }
  },
)

export const SHADOW_DIFFERENCE_ACTIONS: readonly Action[] = [listDifferences]

/** Differences have no stable order, because their numbers change. So a page begins after a number of them. */
function offsetIn(after: string | undefined): number {
  if (after === undefined) return 0
  const offset = Number(after)
  if (!Number.isSafeInteger(offset) || offset < 1 || String(offset) !== after)
    throw invalid(FOREIGN_TOKEN)
  return offset
}

export const totalsOnWire = (totals: ShadowTotals) => ({
  Requests: Object.values(totals).reduce((sum, count) => sum + count, 0),
  Same: totals.same,
  WouldDeny: totals['would-deny'],
  WouldAllow: totals['would-allow'],
  Unknown: totals.unknown,
})

/** Spelling of the outcomes of a difference in the API. */
export const OUTCOME_WORDS = {
  'would-deny': 'WOULD_DENY',
  'would-allow': 'WOULD_ALLOW',
  unknown: 'UNKNOWN',
} as const

const CAUSE_WORDS = {
  'data-missing': 'DATA_MISSING',
  'body-not-read': 'BODY_NOT_READ',
  error: 'ERROR',
} as const satisfies Record<ShadowCause, string>

function differenceOnWire(
  { shadow, shadowReason, reason, ...difference }: ShadowDifference,
  names: ReadonlyMap<string, string>,
) {
  const { principalId, userId, mailbox, operation, requests, firstAt, lastAt } = difference
  return {
    ...definedMembers({
      PrincipalId: principalId,
      PrincipalName: names.get(principalId),
      UserId: userId,
      Mailbox: mailbox,
      Operation: operation,
      Reason: shadow === 'would-deny' ? shadowReason : reason,
      Cause: shadow === 'unknown' ? CAUSE_WORDS[shadowReason as ShadowCause] : undefined,
    }),
    Outcome: OUTCOME_WORDS[shadow],
    Requests: requests,
    FirstTime: firstAt / 1_000,
    LastTime: lastAt / 1_000,
    DecisionIds: difference.examples,
  }
}
