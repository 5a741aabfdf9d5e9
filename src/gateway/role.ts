/**
 * Which role a caller assumes.
 *
 * @module
 */

import type { Caller } from '../credentials/credentials.ts'
import { Failure } from '../model/failure.ts'
import { ASSUME_ROLE } from '../model/iam.ts'
import { type ImpersonationRole, roleId } from '../model/role.ts'
import { evaluatePolicy, onlyRole } from '../policy/iam.ts'
import type { RoleReader } from '../store/store.ts'
import type { Source } from './source.ts'

const HOW_TO_NAME =
  'Name the role in the user name, as role\\access-key-id, for this key may assume more than one.'

/**
 * The role that the user name asks for, or the only one that the caller's policy names, if the
 * policy lets it be assumed from here and now.
 *
 * @throws Failure `role-ambiguous`, `role-unknown`, `role-not-permitted`, `policy-unavailable`
 */
export async function findRole(
  { principal, roleReference }: Caller,
  source: Source,
  at: number,
  roles: RoleReader,
): Promise<ImpersonationRole> {
  const { organizationId, policy } = principal
  const reference = roleReference ?? onlyRole(policy)
  if (reference === undefined) throw new Failure('role-ambiguous', HOW_TO_NAME)

  const role =
    (await roles.role(organizationId, roleId(reference))) ??
    (await roles.roleByName(organizationId, reference))
  if (role === undefined) throw new Failure('role-unknown', `No role ${reference}`)

  const effect = evaluatePolicy(policy, {
    action: ASSUME_ROLE,
    organizationId,
    roleId: role.id,
    sourceIp: source.address,
    at,
    secureTransport: source.secure,
  })
  if (effect === 'Allow') return role
  throw new Failure(
    'role-not-permitted',
    `The policy of ${principal.name} does not allow ${role.name}`,
  )
}
