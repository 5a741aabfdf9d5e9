/**
 * Makes an organization of the store what a world of the naive model says.
 */

import type {
  Group,
  Period,
  Person,
  Principal,
  Role,
  Rule,
  World,
} from '../../scripts/decisions/terms.ts'
import type { AccessControlRule } from '../../src/model/access-control.ts'
import type { Statement } from '../../src/model/iam.ts'
import { groupId, type OrganizationId, organizationId, userId } from '../../src/model/identity.ts'
import { principalId } from '../../src/model/principal.ts'
import {
  DEFAULT_GUARD,
  type ImpersonationRole,
  type ImpersonationRule,
  roleId,
} from '../../src/model/role.ts'
import type { Store } from '../../src/store/store.ts'

/** Writes a world over the organization's last one, if it has one. Keys of principals stay. */
export async function writeWorld(store: Store, world: World, before?: World): Promise<void> {
  const organization = organizationId(world.organizationId)
  await writeUsers(store, organization, world.users)
  await writeGroups(store, organization, world.groups)
  await writeRoles(store, organization, world.roles, before?.roles ?? [])
  for (const principal of world.principals) await writePrincipal(store, organization, principal)
  await writeAccessControl(store, organization, world)
  await writeProtection(store, organization, world)
}

/** Deleted users are written first, so that they leave their names. */
async function writeUsers(store: Store, organization: OrganizationId, users: readonly Person[]) {
  const options = { dryRun: false, deleteMissing: true, acceptRemovals: true }
  await store.importUsers(organization, users.map(draftOf), options)
  for (const { id, deleted } of users) if (deleted) await store.deleteUser(organization, userId(id))
}

const draftOf = ({ deleted: _, id, enabled = true, ...names }: Person) => ({
  ...names,
  id: userId(id),
  enabled,
})

/** Deleted groups are written first, so that they have last members. */
async function writeGroups(store: Store, organization: OrganizationId, groups: readonly Group[]) {
  const drafts = groups.map(({ id, name, users, groups: inner }) => ({
    id: groupId(id),
    name,
    users: users.map(userId),
    groups: inner.map(groupId),
  }))
  await store.importGroups(organization, drafts, { dryRun: false, deleteMissing: true })
  for (const { id, deleted } of groups)
    if (deleted) await store.deleteGroup(organization, groupId(id))
}

/** Roles that the organization already has, as the same objects, are not written again. */
async function writeRoles(
  store: Store,
  organization: OrganizationId,
  roles: readonly Role[],
  before: readonly Role[],
): Promise<void> {
  for (const { id } of before)
    if (!roles.some(role => role.id === id)) await store.deleteRole(organization, roleId(id))
  for (const role of roles) {
    if (before.includes(role)) continue
    const lock = lockOf(role)
    // Replacing a role does not unlock it.
    if (lock === undefined && before.some(({ id, lock }) => id === role.id && lock))
      await store.lockRole(organization, roleId(role.id), undefined)
    await store.putRole({
      id: roleId(role.id),
      organizationId: organization,
      name: role.name,
      type: role.type,
      rules: role.rules.map(ruleOf),
      ...periodOf(role),
      guard: { ...DEFAULT_GUARD, ...role.guard },
      ...(lock && { lock }),
    })
  }
}

const periodOf = ({ begins, ends }: Period) => ({
  ...(begins !== undefined && { notBefore: Date.parse(begins) }),
  ...(ends !== undefined && { notAfter: Date.parse(ends) }),
})

const ruleOf = ({ begins, ends, ...rule }: Rule): ImpersonationRule => ({
  ...(rule as Pick<ImpersonationRule, 'id' | 'effect'>),
  ...periodOf({ ...(begins && { begins }), ...(ends && { ends }) }),
})

function lockOf({ lock }: Role): ImpersonationRole['lock'] {
  if (lock === undefined) return undefined
  const { message, expires } = lock
  return {
    ...(message !== undefined && { message }),
    ...(expires !== undefined && { expiresAt: Date.parse(expires) }),
  }
}

const writePrincipal = (
  store: Store,
  organization: OrganizationId,
  { id, statements, ...period }: Principal,
): Promise<void> =>
  store.putPrincipal({
    id: principalId(id),
    organizationId: organization,
    name: id,
    enabled: true,
    policy: { Version: '2012-10-17', Statement: statements as readonly Statement[] },
    ...periodOf(period),
  })

const writeProtection = (
  store: Store,
  organization: OrganizationId,
  { protection = { users: [], groups: [], exceptions: [] } }: World,
): Promise<void> =>
  store.putProtection(organization, {
    users: protection.users.map(userId),
    groups: protection.groups.map(groupId),
    exceptions: protection.exceptions.map(({ role, notAfter }) => ({
      roleId: roleId(role),
      notAfter,
      reason: 'A test',
    })),
  })

async function writeAccessControl(
  store: Store,
  organization: OrganizationId,
  { accessControl }: World,
): Promise<void> {
  for (const { name } of await store.accessControlRules(organization))
    if (!accessControl.some(rule => rule.name === name))
      await store.deleteAccessControlRule(organization, name)
  for (const rule of accessControl)
    await store.putAccessControlRule(organization, {
      ...(rule as AccessControlRule),
      description: '',
    })
}
