/**
 * Changes of roles, in SQL.
 *
 * @module
 */

import { isDeepStrictEqual } from 'node:util'
import type { OrganizationId } from '../model/identity.ts'
import {
  type ImpersonationRole,
  type RoleContent,
  type RoleDraft,
  type RoleId,
  type RoleLock,
  roleDraftOf,
} from '../model/role.ts'
import { roleContentOf } from '../model/role-shape.ts'
import { roleNameSubject, roleSubject } from '../model/subject.ts'
import { createIdempotently } from './idempotency-key.ts'
import { countRoles, readRole, readRoleByName, rowOf } from './roles.ts'
import {
  conflict,
  type IdempotencyKey,
  LimitReached,
  type ShadowDraft,
  UnreadableError,
} from './store.ts'
import type { Database } from './tables.ts'
import { type Change, changeOrganization, raiseVersion } from './versions.ts'

/**
 * Replaces a role completely, except for its lock, which only {@link lockRole} changes, and its shadow, which only
 * {@link putShadow} changes.
 *
 * @throws ConflictError if another role of the organization has its name
 * @throws UnreadableError if the draft was made from a role with unreadable parts
 */
export async function putRole(
  db: Database,
  now: number,
  draft: RoleDraft,
): Promise<ImpersonationRole> {
  requireReadable(draft)
  return await changeOrganization(db, draft.organizationId, async change => {
    const stored = await readRole(change, draft.organizationId, draft.id)
    const { shadow: _, ...content } = draft
    const next = { ...content, ...withLock(draft.lock ?? stored?.lock), ...shadowIn(stored) }
    return await replaceRole(change, now, next, stored)
  })
}

/**
 * Creates a role once. The same client token returns the ID of the role that it created before.
 *
 * @throws ConflictError if another role of the organization has the new role's name or ID
 * @throws ClientTokenReused
 * @throws LimitReached
 */
export async function createRole(
  db: Database,
  now: number,
  draft: RoleDraft,
  key: IdempotencyKey,
): Promise<RoleId> {
  return await changeOrganization(db, draft.organizationId, change =>
    createIdempotently(change, now, draft.organizationId, key, async () => {
      if (await readRole(change, draft.organizationId, draft.id))
        throw conflict(`There is a role ${draft.id} already`)
      if ((await countRoles(change, draft.organizationId)) >= key.atMost)
        throw new LimitReached(`There are ${key.atMost} roles already: delete one first`)
      const { id } = await replaceRole(change, now, draft, undefined)
      return id
    }),
  )
}

/** Locks a role, or unlocks it if `lock` is undefined. An expired lock stays stored. */
export async function lockRole(
  db: Database,
  now: number,
  organization: OrganizationId,
  id: RoleId,
  lock: RoleLock | undefined,
): Promise<ImpersonationRole | undefined> {
  return await changeOrganization(db, organization, async change => {
    const stored = await readRole(change, organization, id)
    if (stored === undefined) return undefined
    requireReadable(stored)
    const { lock: _, ...unlocked } = roleDraftOf(stored)
    return await replaceRole(change, now, { ...unlocked, ...withLock(lock) }, stored)
  })
}

/** Attaches a draft to a role, or removes it if `shadow` is undefined. A draft with the same content keeps its version. */
export async function putShadow(
  db: Database,
  now: number,
  organization: OrganizationId,
  id: RoleId,
  shadow: ShadowDraft | undefined,
): Promise<ImpersonationRole | undefined> {
  return await changeOrganization(db, organization, async change => {
    const stored = await readRole(change, organization, id)
    if (stored === undefined) return undefined
    if (shadow === undefined && stored.shadow === undefined && !stored.unreadable) return stored
    requireReadable(stored)
    const { shadow: before, ...role } = stored
    const version = await raiseVersion(change, organization, subjectsOf(stored), now)
    const kept = before && shadow && isSameContent(before, shadow) ? before.version : version
    const next = { ...role, ...(shadow && { shadow: { ...shadow, version: kept } }) }
    await writeRole(change, next)
    return next
  })
}

const isSameContent = (one: RoleContent, other: RoleContent): boolean =>
  isDeepStrictEqual(roleContentOf(one), roleContentOf(other))

/** Ends every token that was issued for the role so far, by any gateway. */
export async function revokeTokens(
  db: Database,
  now: number,
  organization: OrganizationId,
  id: RoleId,
): Promise<ImpersonationRole | undefined> {
  return await changeOrganization(db, organization, async change => {
    const stored = await readRole(change, organization, id)
    if (stored === undefined) return undefined
    requireReadable(stored)
    const version = await raiseVersion(change, organization, subjectsOf(stored), now)
    const role = { ...stored, version, tokensValidFrom: version, modifiedAt: now }
    await writeRole(change, role)
    return role
  })
}

export async function deleteRole(
  db: Database,
  now: number,
  organization: OrganizationId,
  id: RoleId,
): Promise<void> {
  await changeOrganization(db, organization, async change => {
    const stored = await readRole(change, organization, id)
    if (stored === undefined) return
    await change
      .deleteFrom('roles')
      .where('organization_id', '=', organization)
      .where('id', '=', id)
      .execute()
    await raiseVersion(change, organization, subjectsOf(stored), now)
  })
}

async function replaceRole(
  change: Change,
  now: number,
  draft: RoleDraft,
  stored: ImpersonationRole | undefined,
): Promise<ImpersonationRole> {
  if (stored && isDeepStrictEqual(roleDraftOf(stored), draft)) return stored

  await rejectTakenName(change, draft)
  const subjects = [...subjectsOf(draft), ...(stored ? subjectsOf(stored) : [])]
  const version = await raiseVersion(change, draft.organizationId, subjects, now)
  const role = {
    ...draft,
    version,
    // A new role can have the ID of a deleted one. Tokens of the deleted role must not be valid for it. Neither must
    // those of a role that was not understood.
    tokensValidFrom: stored === undefined || stored.unreadable ? version : stored.tokensValidFrom,
    createdAt: stored?.createdAt ?? now,
    modifiedAt: now,
  }
  await writeRole(change, role)
  return role
}

/**
 * Rejects a change that keeps parts of a role that this version doesn't understand, because it would write other parts
 * in their place.
 *
 * @throws UnreadableError
 */
function requireReadable({ id, unreadable }: Pick<RoleDraft, 'id' | 'unreadable'>): void {
  if (unreadable === undefined) return
  throw new UnreadableError(
    `This version of the gateway does not understand parts of the role ${id}: ${unreadable.join(', ')}. Replace the role with EwsGateway.PutImpersonationRole, delete it, or change it with the version that wrote it`,
  )
}

/** Subjects of a role: its ID and its name. */
const subjectsOf = ({ id, name }: Pick<RoleDraft, 'id' | 'name'>) => [
  roleSubject(id),
  roleNameSubject(name),
]

const withLock = (lock: RoleLock | undefined) => (lock === undefined ? {} : { lock })

/** The shadow of a role with unreadable parts is not kept, because it was attached to another content. */
const shadowIn = (stored: ImpersonationRole | undefined) =>
  stored?.shadow === undefined || stored.unreadable ? {} : { shadow: stored.shadow }

async function rejectTakenName(change: Change, draft: RoleDraft) {
  const other = await readRoleByName(change, draft.organizationId, draft.name)
  if (other === undefined || other.id === draft.id) return
  throw conflict(`Another role has the name ${JSON.stringify(other.name)} already`)
}

async function writeRole(change: Change, role: ImpersonationRole) {
  const { organization_id, id, ...values } = rowOf(role)
  await change
    .insertInto('roles')
    .values({ organization_id, id, ...values })
    .onConflict(conflict => conflict.columns(['organization_id', 'id']).doUpdateSet(values))
    .execute()
}
