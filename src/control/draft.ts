/**
 * Roles that nobody has written yet, to be tried out.
 *
 * @module
 */

import { randomUUID } from 'node:crypto'
import type { z } from 'zod'
import { DEFAULT_GUARD, type ImpersonationRole, roleId } from '../model/role.ts'
import type { Call } from './action.ts'
import { guardOf, guardShape } from './guard.ts'
import { invalid } from './problems.ts'
import { findRole } from './roles.ts'
import { readRules } from './rules.ts'
import { groupRulesShape, roleTypeShape, structure } from './shapes.ts'

export const draftShape = structure({
  Type: roleTypeShape.exactOptional(),
  Rules: groupRulesShape,
  Guard: guardShape.exactOptional(),
}).meta({
  description: 'Stands in for the role; a Type or Guard left out is that of the role.',
})

type Draft = z.output<typeof draftShape>

/** A role as it is and as a draft would make it; of a draft alone there is no role. */
type Tried = Readonly<{ before: ImpersonationRole | undefined; after: ImpersonationRole }>

/**
 * The role that a request names, and what its draft makes of it.
 *
 * @throws ApiError InvalidParameterException, ResourceNotFoundException, EntityNotFoundException
 */
export async function tryDraft(
  call: Call,
  id: string | undefined,
  draft: Draft | undefined,
): Promise<Tried> {
  const before = id === undefined ? undefined : await findRole(call, id)
  if (draft === undefined) {
    if (before === undefined) throw invalid('ImpersonationRoleId or Draft must be given')
    return { before, after: before }
  }
  const { Type, Rules, Guard } = draft
  const base = before ?? newRole(call, Type)
  const after = {
    ...base,
    type: Type ?? base.type,
    rules: await readRules(call, Rules, base.rules),
    guard: Guard === undefined ? base.guard : guardOf(Guard),
  }
  return { before, after }
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
