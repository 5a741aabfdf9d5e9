/**
 * Roles that nobody has written yet, to be tried out.
 *
 * @module
 */

import { randomUUID } from 'node:crypto'
import { DEFAULT_GUARD, type ImpersonationRole, roleId } from '../model/role.ts'
import type { Call } from './action.ts'
import type { DraftInput } from './contract/role-tests.ts'
import { guardOf } from './guard.ts'
import type { SnapshotData } from './policy-snapshot.ts'
import { invalid } from './problems.ts'
import { findRole, roleNotFound } from './roles.ts'
import { readRules } from './rules.ts'

/** A role as it is and as a draft would make it; of a draft alone there is no role. */
type Tried = Readonly<{ before: ImpersonationRole | undefined; after: ImpersonationRole }>

/**
 * Reads the draft of a request, whose targets are looked up now.
 *
 * @returns what reads the role in one state of the store, and puts the draft in its place
 * @throws ApiError InvalidParameterException, ResourceNotFoundException, EntityNotFoundException
 */
export async function readDraft(
  call: Call,
  id: string | undefined,
  draft: DraftInput | undefined,
): Promise<(data: SnapshotData) => Promise<Tried>> {
  if (draft === undefined) {
    if (id === undefined) throw invalid('ImpersonationRoleId or Draft must be given')
    return async data => {
      const role = await roleIn(data, id)
      return { before: role, after: role }
    }
  }
  const { Type, Rules, Guard } = draft
  const known = id === undefined ? newRole(call, Type) : await findRole(call, id)
  const rules = await readRules(call, Rules, known.rules)
  const drafted = Guard && guardOf(Guard, call.organization)
  return async data => {
    const before = id === undefined ? undefined : await roleIn(data, id)
    const { type, guard, ...base } = before ?? known
    const after = { ...base, type: Type ?? type, guard: drafted ?? guard, rules }
    data.put('role', after.id, after)
    return { before, after }
  }
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

/** Its id is in no access control rule. */
function newRole(
  { organization }: Call,
  type: ImpersonationRole['type'] | undefined,
): ImpersonationRole {
  if (type === undefined) throw invalid('Draft.Type must be given where there is no role yet')
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
