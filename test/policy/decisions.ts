/**
 * The table of fixtures/decisions, and its world with ids in the place of names: what the three
 * doors to a decision are compared by.
 */

import { readFileSync } from 'node:fs'
import type { AccessControlRule } from '../../src/model/access-control.ts'
import {
  type ConnectingSid,
  type OrganizationId,
  type UserId,
  userId,
} from '../../src/model/identity.ts'
import { type ImpersonationRole, type RoleId, roleId, wholeGuard } from '../../src/model/role.ts'
import type { RoleDraft, Store } from '../../src/store/store.ts'

export type Row = Readonly<{
  role: string
  accessControl: string
  target: ConnectingSid | null
  operation: string
  from: string
  verdict: 'allow' | 'deny'
  reason?: string
  matchedRules: readonly string[]
}>

type Named<T> = Readonly<Record<string, T>>
type RoleSeed = Pick<ImpersonationRole, 'type' | 'rules'> &
  Readonly<{
    guard?: Partial<ImpersonationRole['guard']>
    lock?: Readonly<{ message?: string; expires?: string }>
  }>

export type Person = Readonly<{
  name: string
  primarySmtpAddress: string
  aliases: readonly string[]
  principalName?: string
  sid?: string
  enabled?: boolean
}>

type Table = Readonly<{
  users: readonly Person[]
  roles: Named<RoleSeed>
  accessControl: Named<readonly Omit<AccessControlRule, 'createdAt' | 'modifiedAt'>[]>
  rows: readonly Row[]
}>

const { users, roles, accessControl, rows } = JSON.parse(
  readFileSync(new URL('../../fixtures/decisions/decisions.json', import.meta.url), 'utf8'),
) as Table
export const [USERS, ROWS] = [users, rows]

/** A row for a title or a message. */
export const titleOf = ({ role, accessControl: rules, target, operation, from }: Row): string =>
  `${operation} as ${target?.value ?? 'nobody'} in ${role} by ${rules} from ${from}`

/** Ids by the names of the table. */
export type Ids = Readonly<{
  user: (name: string) => UserId
  role: (name: string) => RoleId
}>

/** Names as ids: where nothing is stored. */
export const NAMES: Ids = { user: userId, role: roleId }

/** Every role of the table. */
export function rolesOf(organizationId: OrganizationId, ids: Ids): readonly RoleDraft[] {
  const list = (names: readonly string[] | undefined) => names?.map(ids.user)
  return Object.entries(roles).map(([name, { type, rules, guard, lock }]) => ({
    id: ids.role(name),
    organizationId,
    name,
    type,
    rules: rules.map(rule =>
      withLists(rule, {
        targetUsers: list(rule.targetUsers),
        notTargetUsers: list(rule.notTargetUsers),
      }),
    ),
    guard: wholeGuard(guard ?? {}),
    ...(lock && {
      lock: {
        ...(lock.message !== undefined && { message: lock.message }),
        ...(lock.expires !== undefined && { expiresAt: Date.parse(lock.expires) }),
      },
    }),
  }))
}

/** The rules of one list of the table. */
export function accessControlOf(name: string, ids: Ids): readonly AccessControlRule[] {
  const [usersOf, rolesOf] = [
    (names: readonly string[] | undefined) => names?.map(ids.user),
    (names: readonly string[] | undefined) => names?.map(ids.role),
  ]
  return (accessControl[name] ?? []).map(rule => ({
    ...withLists(rule, {
      userIds: usersOf(rule.userIds),
      notUserIds: usersOf(rule.notUserIds),
      impersonationRoleIds: rolesOf(rule.impersonationRoleIds),
      notImpersonationRoleIds: rolesOf(rule.notImpersonationRoleIds),
    }),
    description: '',
    createdAt: 0,
    modifiedAt: 0,
  }))
}

/** Puts the users and roles of the table into a store. */
export async function storeWorld(store: Store, organization: OrganizationId): Promise<Ids> {
  const userIds = new Map<string, UserId>()
  for (const { name, ...draft } of users)
    userIds.set(name, (await store.putUser(organization, draft)).id)
  const roleIds = new Map(Object.keys(roles).map(name => [name, roleId(crypto.randomUUID())]))
  const ids = { user: known(userIds), role: known(roleIds) }
  for (const role of rolesOf(organization, ids)) await store.putRole(role)
  return ids
}

/** Makes one list of the table the organization's access control rules. */
export async function storeAccessControl(
  store: Store,
  organization: OrganizationId,
  name: string,
  ids: Ids,
): Promise<void> {
  for (const rule of await store.accessControlRules(organization))
    await store.deleteAccessControlRule(organization, rule.name)
  for (const { createdAt: _, modifiedAt: __, ...rule } of accessControlOf(name, ids))
    await store.putAccessControlRule(organization, rule)
}

function known<T>(ids: ReadonlyMap<string, T>): (name: string) => T {
  return name => {
    const id = ids.get(name)
    if (id === undefined) throw new RangeError(`The table has no ${name}`)
    return id
  }
}

/** With lists in the place of those that it has; one that is absent stays so. */
function withLists<T extends object>(value: T, lists: object): T {
  const present = Object.entries(lists).filter(([, list]) => list !== undefined)
  return { ...value, ...Object.fromEntries(present) }
}
