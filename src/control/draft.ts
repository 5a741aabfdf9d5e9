/**
 * Drafts of roles, which can be tested and previewed before they are saved.
 *
 * @module
 */

import { randomUUID } from 'node:crypto'
import { DEFAULT_GUARD, type ImpersonationRole, type RoleContent, roleId } from '../model/role.ts'
import { roleContentOf, withContent } from '../model/role-shape.ts'
import type { Call } from './action.ts'
import type { DraftInput } from './contract/role-tests.ts'
import { guardOf } from './guard.ts'
import type { SnapshotData } from './policy-snapshot.ts'
import { invalid } from './problems.ts'
import { withProfile } from './profiles.ts'
import { findRole, roleNotFound } from './roles.ts'
import { readRules } from './rules.ts'
import { withPeriod } from './time.ts'

/** A role before and after a draft. A draft of a new role has no role before. */
export type DraftedRole = Readonly<{
  before: ImpersonationRole | undefined
  after: ImpersonationRole
}>

/**
 * Reads the draft of a request, and resolves its targets.
 *
 * @returns a function that reads the role in one state of the store, and replaces it by the draft there
 * @throws ApiError InvalidParameterException, ResourceNotFoundException, EntityNotFoundException
 */
export async function readDraft(
  call: Call,
  id: string | undefined,
  draft: DraftInput | undefined,
): Promise<(data: SnapshotData) => Promise<DraftedRole>> {
  if (draft === undefined) {
    if (id === undefined) throw invalid('ImpersonationRoleId or Draft must be given')
    return async data => {
      const role = await roleIn(data, id)
      return { before: role, after: role }
    }
  }
  const known = id === undefined ? newRole(call, draft.Type) : await findRole(call, id)
  const contentFor = await readContent(call, draft, known)
  return async data => {
    const before = id === undefined ? undefined : await roleIn(data, id)
    const base = before ?? known
    const after = withContent(withPeriod(base, draft.Period), contentFor(base))
    data.put('role', after.id, after)
    return { before, after }
  }
}

/**
 * Returns the content of a draft, with that of the role for all parts that the draft leaves out.
 *
 * @throws ApiError InvalidParameterException, EntityNotFoundException
 */
export const contentOfDraft = async (
  call: Call,
  draft: DraftInput,
  role: ImpersonationRole,
): Promise<RoleContent> => (await readContent(call, draft, role))(role)

/** @param known - role whose users and groups the draft can name even if they no longer exist */
async function readContent(
  call: Call,
  { Type, Rules, Guard, Profile }: DraftInput,
  known: ImpersonationRole,
): Promise<(role: ImpersonationRole) => RoleContent> {
  const rules = await readRules(call, Rules, [...known.rules, ...(known.shadow?.rules ?? [])])
  const guard = Guard && guardOf(Guard, call.organization)
  return role => ({
    ...withProfile(roleContentOf(role), Profile),
    rules,
    ...(Type && { type: Type }),
    ...(guard && { guard }),
  })
}

/**
 * Reads a role in one state of the store.
 *
 * @throws ApiError ResourceNotFoundException
 */
export async function roleIn(data: SnapshotData, id: string): Promise<ImpersonationRole> {
  const role = await data.read('role', roleId(id))
  if (role === undefined) throw roleNotFound(id)
  return role
}

/** Returns a role for the draft of a new one, with an ID that no access control rule names. */
function newRole(
  { organization }: Call,
  type: ImpersonationRole['type'] | undefined,
): ImpersonationRole {
  if (type === undefined) throw invalid('Draft.Type must be given if ImpersonationRoleId is not')
  return {
    id: roleId(randomUUID()),
    organizationId: organization.id,
    name: 'Draft',
    type,
    rules: [],
    guard: DEFAULT_GUARD,
    version: 0,
    tokensValidFrom: 0,
    createdAt: 0,
    modifiedAt: 0,
  }
}
