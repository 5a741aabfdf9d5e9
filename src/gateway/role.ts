/**
 * Which role a caller assumes.
 *
 * @module
 */

import type { Caller } from '../credentials/credentials.ts'
import type { Source } from '../http/source.ts'
import { Failure } from '../model/failure.ts'
import { ASSUME_ROLE } from '../model/iam.ts'
import type { Principal } from '../model/principal.ts'
import {
  type ImpersonationRole,
  narrowerType,
  type RoleId,
  type RoleType,
  roleId,
} from '../model/role.ts'
import { evaluatePolicy, onlyRole } from '../policy/iam.ts'
import type { RoleReader } from '../store/store.ts'

const HOW_TO_NAME =
  'Name the role in the user name, as role\\access-key-id, for this key may assume more than one.'

/**
 * The role of the caller's token, or that which the user name asks for, or the only one that the
 * caller's policy names, if the policy lets it be assumed from here and now.
 *
 * A token's role is the present one, but never with a wider type than at issue.
 *
 * @throws Failure `role-ambiguous`, `role-unknown`, `role-not-permitted`, `policy-unavailable`
 */
export async function findRole(
  { principal, roleReference, assumed }: Caller,
  source: Source,
  at: number,
  roles: RoleReader,
): Promise<ImpersonationRole> {
  const { organizationId, policy } = principal
  const reference = assumed?.roleId ?? roleReference ?? onlyRole(policy)
  if (reference === undefined) throw new Failure('role-ambiguous', HOW_TO_NAME)

  const byId = await roles.role(organizationId, roleId(reference))
  const role = byId ?? (assumed ? undefined : await roles.roleByName(organizationId, reference))
  if (role === undefined) throw new Failure('role-unknown', `No role ${reference}`)
  if (mayAssume(principal, role.id, source, at))
    return assumed ? narrowed(role, assumed.roleType) : role
  throw new Failure(
    'role-not-permitted',
    `The policy of ${principal.name} does not allow ${role.name}`,
  )
}

/** Read-only copies of roles, one for each role object, because rules are compiled once per object. */
const READ_ONLY_COPIES = new WeakMap<ImpersonationRole, ImpersonationRole>()

/** Returns the role with the narrower of its type and the type at issue. */
function narrowed(role: ImpersonationRole, typeAtIssue: RoleType): ImpersonationRole {
  const type = narrowerType(role.type, typeAtIssue)
  if (type === role.type) return role
  const known = READ_ONLY_COPIES.get(role)
  if (known !== undefined) return known
  const copy = { ...role, type }
  READ_ONLY_COPIES.set(role, copy)
  return copy
}

/** Whether a principal's policy lets it assume a role from here and now. */
export function mayAssume(
  { organizationId, policy }: Principal,
  role: RoleId,
  source: Source,
  at: number,
): boolean {
  const effect = evaluatePolicy(policy, {
    action: ASSUME_ROLE,
    organizationId,
    roleId: role,
    sourceIp: source.address,
    at,
    secureTransport: source.secure,
  })
  return effect === 'Allow'
}
