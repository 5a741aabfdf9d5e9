/**
 * Drafts of roles, which can be tested and previewed before they are saved.
 *
 * @module
 */

import { randomUUID } from 'node:crypto'
import { without } from '../model/members.ts'
import { DEFAULT_GUARD, type ImpersonationRole, type RoleContent, roleId } from '../model/role.ts'
import { roleContentOf } from '../model/role-shape.ts'
import type { Call } from './action.ts'
import type { DraftInput } from './contract/role-tests.ts'
import type { SnapshotData } from './policy-snapshot.ts'
import { invalid } from './problems.ts'
import { readChange } from './role-parts.ts'
import { findRole, roleNotFound } from './roles.ts'

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
  const changeRole = await readChange(call, draft, rulesOf(known))
  return async data => {
    const before = id === undefined ? undefined : await roleIn(data, id)
    const after = without(changeRole(before ?? known), ['shadow'])
    data.put('role', after.id, after)
    return { before, after }
  }
}

/**
 * Returns the content of a draft, with that of the role for all parts that the draft leaves out.
 *
 * @throws ApiError InvalidParameterException, EntityNotFoundException
 */
export async function contentOfDraft(
  call: Call,
  draft: DraftInput,
  role: ImpersonationRole,
): Promise<RoleContent> {
  const changeRole = await readChange(call, draft, rulesOf(role))
  return roleContentOf(changeRole(role))
}

const rulesOf = ({ rules, shadow }: ImpersonationRole) => [...rules, ...(shadow?.rules ?? [])]

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
