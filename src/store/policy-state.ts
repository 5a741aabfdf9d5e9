/**
 * Reads the policy of an organization as plain data, in SQL.
 *
 * It can be large, so it is read in pages, and the process can do other work between them.
 *
 * @module
 */

import { setImmediate } from 'node:timers/promises'
import type { Selectable } from 'kysely'
import type { MemberIds } from '../model/group.ts'
import { type OrganizationId, type UserId, userId } from '../model/identity.ts'
import {
  accessKeyState,
  type GroupState,
  type PolicyState,
  type PrincipalState,
  principalState,
  type RoleState,
  roleState,
  type UserState,
  withoutTimes,
} from '../model/policy-state.ts'
import type { RoleId } from '../model/role.ts'
import { readAccessControlRules } from './access-control.ts'
import { rowsOf as groupRowsOf, namedOf } from './groups.ts'
import { readIdentitiesOf } from './identities.ts'
import { readAllKeys } from './keys.ts'
import { readPrincipals } from './principals.ts'
import { readProtection } from './protection.ts'
import { readRolesPage } from './roles.ts'
import type { Database, GroupMemberTable, GroupTable } from './tables.ts'
import { userOf, rowsOf as userRowsOf } from './users.ts'

/** Number of users, or of members of a group, that one query reads. */
const ROWS_AT_ONCE = 1_000

/** Number of roles that one query reads. Each can have several MiB. */
const ROLES_AT_ONCE = 10

/** @param db - one state of the store, so that all pages are of it */
export async function readPolicyState(
  db: Database,
  organization: OrganizationId,
): Promise<PolicyState> {
  const rules = await readAccessControlRules(db, organization)
  const keys = await readAllKeys(db, organization)
  return {
    users: await readUserStates(db, organization),
    groups: byId(await readGroupStates(db, organization)),
    roles: byId(await readRoleStates(db, organization)),
    accessControlRules: Object.fromEntries(rules.map(rule => [rule.name, withoutTimes(rule)])),
    protection: await readProtection(db, organization),
    principals: byId(await readPrincipalStates(db, organization)),
    accessKeys: byId(keys.map(accessKeyState)),
  }
}

const byId = <T extends Readonly<{ id: string }>>(
  states: readonly T[],
): Readonly<Record<string, T>> => Object.fromEntries(states.map(state => [state.id, state]))

async function readUserStates(
  db: Database,
  organization: OrganizationId,
): Promise<Readonly<Record<string, UserState>>> {
  // Without a prototype, because an ID can be any text.
  const users: Record<string, UserState> = Object.create(null)
  for (let after: UserId | undefined = userId(''); after !== undefined; ) {
    const rows = await userRowsOf(db, organization)
      .where('deleted', '!=', 1)
      .where('id', '>', after)
      .orderBy('id')
      .limit(ROWS_AT_ONCE)
      .execute()
    for (const row of rows) users[row.id] = userOf(row)
    after = rows.at(-1)?.id
    await setImmediate()
  }
  return users
}

/** Returns all groups, also deleted ones. */
async function readGroupStates(
  db: Database,
  organization: OrganizationId,
): Promise<readonly GroupState[]> {
  const groups: GroupState[] = []
  for (const row of await groupRowsOf(db, organization).execute())
    groups.push({
      ...namedOf(row),
      ...(await readMembers(db, row)),
      ...(row.deleted !== 0 && { deleted: true }),
    })
  return groups
}

type MemberRow = Pick<Selectable<GroupMemberTable>, 'kind' | 'member_id'>

async function readMembers(
  db: Database,
  { organization_id, id }: Selectable<GroupTable>,
): Promise<MemberIds> {
  const [users, groups, others]: [string[], string[], string[]] = [[], [], []]
  for (let after: MemberRow | undefined; ; ) {
    const { kind, member_id }: MemberRow = after ?? FIRST
    const rows: readonly MemberRow[] = await db
      .selectFrom('group_members')
      .select(['kind', 'member_id'])
      .where('organization_id', '=', organization_id)
      .where('group_id', '=', id)
      .where(({ eb, refTuple, tuple }) =>
        eb(refTuple('kind', 'member_id'), '>', tuple(kind, member_id)),
      )
      .orderBy('kind')
      .orderBy('member_id')
      .limit(ROWS_AT_ONCE)
      .execute()
    for (const { kind, member_id } of rows)
      if (kind === 'user') users.push(member_id)
      else if (kind === 'group') groups.push(member_id)
      else others.push(member_id)
    after = rows.at(-1)
    await setImmediate()
    if (rows.length < ROWS_AT_ONCE) break
  }
  // The order of the database depends on its collation.
  return {
    users: users.sort(),
    groups: groups.sort(),
    ...(others.length > 0 && { others: others.sort() }),
  }
}

/** Comes before all members. */
const FIRST = { kind: '', member_id: '' } as unknown as MemberRow

async function readRoleStates(
  db: Database,
  organization: OrganizationId,
): Promise<readonly RoleState[]> {
  const roles: RoleState[] = []
  for (let after: RoleId | undefined; ; ) {
    const page = await readRolesPage(db, organization, {
      limit: ROLES_AT_ONCE,
      ...(after !== undefined && { after }),
    })
    roles.push(...page.map(roleState))
    after = page.at(-1)?.id
    await setImmediate()
    if (page.length < ROLES_AT_ONCE) return roles
  }
}

async function readPrincipalStates(
  db: Database,
  organization: OrganizationId,
): Promise<readonly PrincipalState[]> {
  const principals: PrincipalState[] = []
  for (const principal of await readPrincipals(db, organization)) {
    const identities = await readIdentitiesOf(db, organization, principal.id)
    principals.push(principalState({ ...principal, identities }))
  }
  return principals
}
