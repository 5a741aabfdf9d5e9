/**
 * Action that previews a draft of a role: returns the users who would gain or lose access.
 *
 * @module
 */

import { type Reach, type ReachPolicy, reachOf, reachWhenActive } from '../decision/reach.ts'
import { stateOfRole } from '../decision/role-state.ts'
import type { GroupId, User } from '../model/identity.ts'
import type { ImpersonationRole, RoleType } from '../model/role.ts'
import { type Action, action } from './action.ts'
import * as contract from './contract/role-tests.ts'
import { type DraftedRole, readDraft } from './draft.ts'
import { groupNamer } from './group-targets.ts'
import { readOneState } from './policy-snapshot.ts'
import { reachPolicyOf } from './protection.ts'
import { partsOnWire } from './role-parts.ts'
import { userPage } from './user-page.ts'

const PREVIEW = 'Preview'

/** Kinds of access, from least to most. */
const ACCESS = ['NONE', 'READ_ONLY', 'FULL_ACCESS'] as const satisfies readonly (
  | RoleType
  | 'NONE'
)[]
type Access = (typeof ACCESS)[number]

type Compared = Readonly<{
  user: User
  before: Access
  after: Access
  /**
   * Groups through which rules match after the change. If no rule matches then, those through which rules matched
   * before.
   */
  groups: readonly GroupId[]
}>

const previewRole = action(
  contract.previewRole,
  async (call, { ImpersonationRoleId, Draft, Change, ...input }) => {
    const drafted = await readOneState(call, await readDraft(call, ImpersonationRoleId, Draft))
    const namesOf = await groupNamer(call)
    const policy = await reachPolicyOf(call)
    const roles = [drafted.after, ...(drafted.before ? [drafted.before] : [])]
    const isActive = roles.every(role => stateOfRole(role, policy.moment) === 'ACTIVE')
    const changeOf = comparing(policy, drafted, reachOf)
    const changeWhenActive = isActive ? undefined : comparing(policy, drafted, reachWhenActive)
    const counts = { GAINED: 0, LOST: 0, all: 0, reached: 0 }
    const whenActive = { GAINED: 0, LOST: 0 }
    const page = await userPage(call, { name: PREVIEW, roles, ...policy }, input, user => {
      counts.all += 1
      const active = changeWhenActive?.(user)
      if (active !== undefined && isChange(active)) whenActive[kindOf(active)] += 1
      const change = changeOf(user)
      if (change.after !== 'NONE') counts.reached += 1
      if (!isChange(change)) return undefined
      const kind = kindOf(change)
      counts[kind] += 1
      return Change === undefined || Change === kind ? change : undefined
    })
    const { entries, matches, ...next } = page
    const before = drafted.before && partsOnWire(drafted.before)
    const after = partsOnWire(drafted.after)
    const onWire = (change: Compared) => wireOf(change, namesOf)
    return {
      Gained: entries.filter(isGain).map(onWire),
      Lost: entries.filter(change => !isGain(change)).map(onWire),
      Matches: matches,
      Totals: { Gained: counts.GAINED, Lost: counts.LOST, Users: counts.all },
      ...(!isActive && { WhenActive: { Gained: whenActive.GAINED, Lost: whenActive.LOST } }),
      ReachedAfter: counts.reached,
      StateAfter: stateOfRole(drafted.after, policy.moment),
      ...(before && { GuardBefore: before.Guard }),
      GuardAfter: after.Guard,
      ...(before && { ProfileBefore: before.Profile }),
      ProfileAfter: after.Profile,
      ...next,
    }
  },
)

export const PREVIEW_ACTIONS: readonly Action[] = [previewRole]

/**
 * Returns a function that compares a user's access before and after a draft.
 *
 * @param reach - the reach now, or without locks and periods of roles
 */
function comparing(
  policy: ReachPolicy,
  { before, after }: DraftedRole,
  reach: typeof reachOf,
): (user: User) => Compared {
  return user => {
    const old = before && reach(policy, before, user)
    const now = reach(policy, after, user)
    return {
      user,
      before: accessOf(before, old),
      after: accessOf(after, now),
      groups: now.matchedGroups ?? (now.matchedRules.length === 0 ? old?.matchedGroups : []) ?? [],
    }
  }
}

const accessOf = (role: ImpersonationRole | undefined, reach: Reach | undefined): Access =>
  role !== undefined && reach?.effect === 'ALLOW' ? role.type : 'NONE'

const isChange = ({ before, after }: Compared): boolean => before !== after

const isGain = ({ before, after }: Compared): boolean =>
  ACCESS.indexOf(after) > ACCESS.indexOf(before)

const kindOf = (change: Compared) => (isGain(change) ? 'GAINED' : 'LOST')

const wireOf = (
  { user, before, after, groups }: Compared,
  namesOf: Awaited<ReturnType<typeof groupNamer>>,
) => ({
  UserId: user.id,
  Email: user.primarySmtpAddress,
  Before: before,
  After: after,
  ...(groups.length > 0 && { MatchedGroups: namesOf(groups) }),
})
