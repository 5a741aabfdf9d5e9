/**
 * Action that previews a draft of a role: returns the users who would gain or lose access.
 *
 * @module
 */

import { setImmediate } from 'node:timers/promises'
import { type GroupId, type User, userId } from '../model/identity.ts'
import type { ImpersonationRole, RoleType } from '../model/role.ts'
import { type Action, action, type Call } from './action.ts'
import * as contract from './contract/role-tests.ts'
import { readDraft } from './draft.ts'
import { groupsOnWire } from './group-targets.ts'
import { guardOnWire } from './guard.ts'
import { cut, pageOf, tokenAfter } from './paging.ts'
import { readOneState } from './policy-snapshot.ts'
import { effectOn } from './role-effect.ts'

const PREVIEW = 'Preview'
/**
 * Number of users per read. Together with the maximum number of reads, it limits a call, so a page can have fewer
 * users than requested.
 */
const USERS_PER_READ = 1_000
const MAX_READS = 10
/** Number of users after which the call yields to other requests. */
const BATCH = 250

/** Kinds of access, from least to most. */
const ACCESS = ['NONE', 'READ_ONLY', 'FULL_ACCESS'] as const satisfies readonly (
  | RoleType
  | 'NONE'
)[]
type Access = (typeof ACCESS)[number]

type Changed = Readonly<{
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
  async (call, { ImpersonationRoleId, Draft, ...input }) => {
    const { after, limit } = pageOf(PREVIEW, input)
    const drafted = await readOneState(call, await readDraft(call, ImpersonationRoleId, Draft))
    const changeOf = comparing(call, drafted.before, drafted.after)
    const { found, last } = await search(call, changeOf, after, limit)

    const { entries, ...next } = cut(PREVIEW, found, limit, ({ user }) => user.id)
    const more = last === undefined ? {} : { NextToken: tokenAfter(PREVIEW, last) }
    const namesOf = await groupNames(call, entries)
    const onWire = (change: Changed) => wireOf(change, namesOf)
    return {
      Gained: entries.filter(isGain).map(onWire),
      Lost: entries.filter(change => !isGain(change)).map(onWire),
      ...(drafted.before && { GuardBefore: guardOnWire(drafted.before.guard) }),
      GuardAfter: guardOnWire(drafted.after.guard),
      ...('NextToken' in next ? next : more),
    }
  },
)

export const PREVIEW_ACTIONS: readonly Action[] = [previewRole]

type Effect = ReturnType<typeof effectOn>
type ChangeOf = (user: User) => readonly Changed[]

/** Reads users until a page has enough changes, or the maximum number of reads is reached. Yields to other requests. */
async function search(
  { ports, organization }: Call,
  changeOf: ChangeOf,
  after: string | undefined,
  limit: number,
): Promise<Readonly<{ found: readonly Changed[]; last: string | undefined }>> {
  const found: Changed[] = []
  let last = after
  for (let reads = 0; reads < MAX_READS && found.length <= limit; reads += 1) {
    const users = await ports.store.usersPage(organization.id, {
      limit: USERS_PER_READ,
      ...(last !== undefined && { after: userId(last) }),
    })
    for (let from = 0; from < users.length; from += BATCH) {
      found.push(...users.slice(from, from + BATCH).flatMap(changeOf))
      await setImmediate()
    }
    last = users.length < USERS_PER_READ ? undefined : users.at(-1)?.id
    if (last === undefined) break
  }
  return { found, last }
}

function comparing(
  call: Call,
  before: ImpersonationRole | undefined,
  after: ImpersonationRole,
): ChangeOf {
  return user => {
    const [old, now] = [before && effectOn(call, before, user), effectOn(call, after, user)]
    const change = {
      user,
      before: accessOf(before, old),
      after: accessOf(after, now),
      groups: now.matchedGroups ?? (now.matchedRules.length === 0 ? old?.matchedGroups : []) ?? [],
    }
    return change.before === change.after ? [] : [change]
  }
}

const accessOf = (role: ImpersonationRole | undefined, effect: Effect | undefined): Access =>
  role !== undefined && effect?.effect === 'ALLOW' ? role.type : 'NONE'

const isGain = ({ before, after }: Changed): boolean =>
  ACCESS.indexOf(after) > ACCESS.indexOf(before)

type GroupOnWire = Awaited<ReturnType<typeof groupsOnWire>>[number]

/**
 * Returns the names of the groups in all changes. Reads each group once, because many users can be in the same
 * group.
 */
async function groupNames(
  call: Call,
  changes: readonly Changed[],
): Promise<ReadonlyMap<GroupId, GroupOnWire>> {
  const ids = new Set(changes.flatMap(({ groups }) => groups))
  return new Map((await groupsOnWire(call, [...ids])).map(group => [group.GroupId, group]))
}

const wireOf = (
  { user, before, after, groups }: Changed,
  names: ReadonlyMap<GroupId, GroupOnWire>,
) => ({
  UserId: user.id,
  Email: user.primarySmtpAddress,
  Before: before,
  After: after,
  ...(groups.length > 0 && { MatchedGroups: groups.flatMap(id => names.get(id) ?? []) }),
})
