/**
 * The action that gives a token.
 *
 * @module
 */

import { isLocked } from '../policy/decide.ts'
import { type Action, action } from './action.ts'
import { ApiError } from './errors.ts'
import { findRole } from './roles.ts'
import { organizationIdShape, roleIdShape, structure } from './shapes.ts'

const assumeRole = action({
  service: 'WorkMailService',
  name: 'AssumeImpersonationRole',
  summary: 'Gives a token, good for 15 minutes, with which EWS clients act in a role.',
  audited: 'assume',
  input: structure({ OrganizationId: organizationIdShape, ImpersonationRoleId: roleIdShape }),
  run: async (call, { ImpersonationRoleId }) => {
    const role = await findRole(call, ImpersonationRoleId)
    call.assumed(role)
    if (isLocked(role.lock, call.at))
      throw new ApiError(
        'AccessDeniedException',
        `The impersonation role ${role.id} is locked${role.lock?.message ? `: ${role.lock.message}` : ''}`,
      )
    const issued = await call.ports.tokens.issue(role, call.principal, call.key)
    return { Token: issued.token, ExpiresIn: issued.expiresInSeconds }
  },
})

export const ASSUME_ACTIONS: readonly Action[] = [assumeRole]
