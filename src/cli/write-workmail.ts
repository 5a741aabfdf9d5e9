/**
 * Writes what `ews-gateway import-workmail` imports, with audit records of all changes.
 *
 * @module
 */

import { isDeepStrictEqual } from 'node:util'
import { ownChange } from '../app/outbox.ts'
import type { ChangeRecord } from '../audit/audit.ts'
import { changesIn } from '../directory/directory.ts'
import { DEFAULT_ACCESS_CONTROL_RULE } from '../model/access-control.ts'
import { namedObject, objectOf } from '../model/changed-object.ts'
import type { OrganizationId, User } from '../model/identity.ts'
import type { RoleDraft } from '../model/role.ts'
import type { GroupDraft, GroupPlan, Store, UserDraft } from '../store/store.ts'
import type { AccessControlDraft } from '../workmail/policy.ts'

/** Users, groups, rules, and roles to write. */
export type WorkMailChanges = Readonly<{
  enabled: readonly UserDraft[]
  disabled: readonly UserDraft[]
  groups: readonly GroupDraft[]
  accessControl: readonly AccessControlDraft[]
  dropsDefault: boolean
  roles: readonly RoleDraft[]
}>

/** Writes everything in one transaction, with its records. */
export async function writeWorkMail(
  store: Store,
  organization: OrganizationId,
  plan: WorkMailChanges,
): Promise<void> {
  await store.change(organization, async transaction => {
    const changes = [
      await writeUsersAndGroups(transaction, organization, plan),
      ...(await writeAccessControl(transaction, organization, plan)),
      ...(await writeRoles(transaction, organization, plan)),
    ]
    const version = await transaction.recordedVersion(organization)
    const records = changes.flatMap(change =>
      change === undefined
        ? []
        : ownChange({ organizationId: organization, ...version, ...change }),
    )
    return { result: undefined, records, claimed: false }
  })
}

type Made = Pick<ChangeRecord, 'action' | 'object' | 'before' | 'after'>

async function writeUsersAndGroups(
  store: Store,
  organization: OrganizationId,
  { disabled, enabled, groups }: WorkMailChanges,
): Promise<Made | undefined> {
  const withState = disabled.map(draft => ({ ...draft, enabled: false }))
  const planned = await store.importUsers(organization, [...withState, ...enabled], DRY_RUN)
  // Writes disabled users first, so that no other user gets one of their names, and as disabled, so that no request
  // can impersonate them.
  for (const draft of withState) await store.putUser(organization, draft)
  await store.importUsers(organization, enabled, IMPORT)
  const changedGroups = await store.importGroups(organization, groups, IMPORT)
  const written = async (users: readonly User[]) =>
    (
      await store.usersById(
        organization,
        users.map(({ id }) => id),
      )
    ).filter(user => user !== undefined)
  const changes = changesIn({
    created: await written(planned.created),
    updated: await written(planned.updated),
    removed: [],
    groups: { ...changedGroups, removed: [], members: writtenMembers(changedGroups) },
  })
  return (
    changes && {
      action: 'ewsgateway:ImportWorkMail',
      object: { ...objectOf('DIRECTORY', changes), type: 'USERS' },
      after: changes,
    }
  )
}

async function writeAccessControl(
  store: Store,
  organization: OrganizationId,
  { accessControl, dropsDefault }: WorkMailChanges,
): Promise<readonly Made[]> {
  const made: Made[] = []
  const before = await store.accessControlRules(organization)
  const find = (rules: typeof before, named: string) => rules.find(({ name }) => name === named)
  for (const rule of accessControl) await store.putAccessControlRule(organization, rule)
  const dropped = DEFAULT_ACCESS_CONTROL_RULE.name
  if (dropsDefault) await store.deleteAccessControlRule(organization, dropped)
  const after = await store.accessControlRules(organization)
  for (const name of new Set([...before, ...after].map(rule => rule.name))) {
    const states = statesOf(find(before, name), find(after, name))
    const action = find(after, name)
      ? 'workmail:PutAccessControlRule'
      : 'workmail:DeleteAccessControlRule'
    if (states)
      made.push({ action, object: namedObject('ACCESS_CONTROL_RULE', undefined, name), ...states })
  }
  return made
}

async function writeRoles(
  store: Store,
  organization: OrganizationId,
  { roles }: WorkMailChanges,
): Promise<readonly Made[]> {
  const made: Made[] = []
  for (const draft of roles) {
    const before = await store.role(organization, draft.id)
    const after = await store.putRole(draft)
    const states = statesOf(before, after)
    const action = before ? 'workmail:UpdateImpersonationRole' : 'workmail:CreateImpersonationRole'
    if (states) made.push({ action, object: objectOf('ROLE', after), ...states })
  }
  return made
}

/** Returns the states of a change; undefined if nothing changed. */
const statesOf = (before: object | undefined, after: object | undefined) =>
  isDeepStrictEqual(before, after)
    ? undefined
    : { ...(before && { before }), ...(after && { after }) }

const IMPORT = { dryRun: false, deleteMissing: false } as const
const DRY_RUN = { ...IMPORT, dryRun: true } as const

/** Returns the members that join and leave the groups that an import creates or updates. */
function writtenMembers({ created, updated, members }: GroupPlan): GroupPlan['members'] {
  const written = new Set([...created, ...updated].map(({ id }) => id))
  return members.filter(({ groupId }) => written.has(groupId))
}
