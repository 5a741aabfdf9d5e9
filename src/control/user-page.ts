/**
 * Pages of a list that is computed from all users, ordered by primary address.
 *
 * Each page evaluates all users, so that the counts are complete, and memory holds only a few pages of them.
 *
 * @module
 */

import { setImmediate } from 'node:timers/promises'
import { YieldTimer } from '../http/yield-timer.ts'
import {
  foldName,
  type GroupId,
  type OrganizationId,
  type User,
  userId,
} from '../model/identity.ts'
import type { Protection } from '../model/protection.ts'
import type { ImpersonationRole } from '../model/role.ts'
import type { UserStore } from '../store/store.ts'
import type { Call } from './action.ts'
import { cut, type PageRequest, pageOf } from './paging.ts'

/** Number of users in one read of the store. It takes a few milliseconds, in which no other request runs. */
const USERS_PER_READ = 500
/** Number of pages of entries in memory, from which the first page is kept. */
const PAGES_HELD = 4

/** Members of an input that select a page, and the users in it. */
export type UserPageRequest = PageRequest & Readonly<{ Text?: string }>

type UserList = Readonly<{
  name: string
  roles: readonly ImpersonationRole[]
  protection: Protection
}>

type Page<Entry> = Readonly<{
  entries: readonly Entry[]
  /** Number of entries on all pages. */
  matches: number
  NextToken?: string
}>

/**
 * Returns a page of the users that a list contains and that a text finds. Yields to other requests.
 *
 * @param list - name of the list that a token must belong to, and the roles and the protection that it evaluates
 * @param entryOf - called for every user; returns undefined if the list does not contain the user
 */
export async function userPage<Entry>(
  { ports, organization }: Call,
  { name, roles, protection }: UserList,
  { Text = '', ...input }: UserPageRequest,
  entryOf: (user: User) => Entry | undefined,
): Promise<Page<Entry>> {
  const { after = '', limit } = pageOf(name, input)
  const isFound = finder(Text)
  const timer = new YieldTimer()
  const held: Keyed<Entry>[] = []
  let matches = 0
  const groups = [...roles.flatMap(groupsIn), ...protection.groups]
  for await (const users of allUsers(ports.store, organization.id, groups))
    for (const user of users) {
      if (timer.isDue) await setImmediate()
      const entry = entryOf(user)
      if (entry === undefined || !isFound(user)) continue
      matches += 1
      const key = foldName(user.primarySmtpAddress)
      if (key > after) held.push({ key, entry })
      if (held.length > limit * PAGES_HELD) keepFirst(held, limit + 1)
    }
  keepFirst(held, limit + 1)
  const { entries, ...next } = cut(name, held, limit, ({ key }) => key)
  return { entries: entries.map(({ entry }) => entry), matches, ...next }
}

type Keyed<Entry> = Readonly<{ key: string; entry: Entry }>

function keepFirst(held: Keyed<unknown>[], count: number): void {
  held.sort((a, b) => (a.key < b.key ? -1 : 1))
  held.length = Math.min(held.length, count)
}

/** Returns the groups that the rules of a role name. */
const groupsIn = ({ rules }: ImpersonationRole): readonly GroupId[] =>
  rules.flatMap(({ targetGroups = [], notTargetGroups = [] }) => [
    ...targetGroups,
    ...notTargetGroups,
  ])

/** Reads all users, with their memberships in these groups. */
async function* allUsers(
  store: UserStore,
  organization: OrganizationId,
  groups: readonly GroupId[],
) {
  let after = userId('')
  for (;;) {
    const users = await store.usersPage(organization, {
      limit: USERS_PER_READ,
      after,
      groups,
    })
    yield users
    const last = users.at(-1)
    if (last === undefined || users.length < USERS_PER_READ) return
    after = last.id
  }
}

/** Returns whether each word of a text is part of an address or name of a user. Ignores case and accents. */
function finder(text: string): (user: User) => boolean {
  const words = fold(text).split(/\s+/u).filter(Boolean)
  if (words.length === 0) return () => true
  return ({ primarySmtpAddress, aliases, principalName = '', displayName = '' }) => {
    const names = fold([primarySmtpAddress, ...aliases, principalName, displayName].join('\n'))
    return words.every(word => names.includes(word))
  }
}

const fold = (text: string): string =>
  text
    .normalize('NFKD')
    .replace(/\p{M}+/gu, '')
    .toLowerCase()
