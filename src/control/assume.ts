/**
 * Action that issues a token for a role: AssumeImpersonationRole.
 *
 * @module
 */

import { authorize } from '../decision/authorize.ts'
import { type Decided, isAllowed } from '../decision/decision.ts'
import { loadAndDecide } from '../decision/load.ts'
import type { ImpersonationRole, RoleId } from '../model/role.ts'
import { roleId } from '../model/role.ts'
import { type Action, action, type Call } from './action.ts'
import * as contract from './contract/roles.ts'
import { ApiError } from './errors.ts'
import { readOneState } from './policy-snapshot.ts'
import { roleNotFound } from './roles.ts'

const assumeRole = action(contract.assumeRole, async (call, { ImpersonationRoleId }) => {
  const { key, principal } = call
  if (key === undefined) throw actsInNoRole(principal)
  const decided = await decide(call, roleId(ImpersonationRoleId))
  const { role } = decided
  if (role === undefined) throw roleNotFound(ImpersonationRoleId)
  call.assumed(role)
  if (!isAllowed(decided)) throw denied(role, decided.decision)
  const issued = await call.ports.tokens.issue(role, principal, key)
  return { Token: issued.token, ExpiresIn: issued.expiresInSeconds }
})

export const ASSUME_ACTIONS: readonly Action[] = [assumeRole]

function decide(call: Call, role: RoleId): Promise<Decided<'token'>> {
  const { organization, principal, sourceAddress, secure, at, latest } = call
  const request = {
    purpose: 'token',
    organization,
    caller: { kind: 'explained', principal, roleId: role },
    sourceAddress,
    secureTransport: secure,
    at,
    latest,
    requestElement: '',
  } as const
  return readOneState(call, async data => loadAndDecide(data, () => authorize(request, data)))
}

/** A token belongs to an access key, so that it ends with the key. A person has none. */
const actsInNoRole = ({ name }: Call['principal']) =>
  new ApiError(
    'AccessDeniedException',
    `${name} signed in to the console, and people can't act in roles. Use the access key of a tool`,
  )

function denied(
  { id, lock }: ImpersonationRole,
  { reason }: Extract<Decided['decision'], { verdict: 'deny' }>,
): ApiError {
  const locked = `is locked${lock?.message ? `: ${lock.message}` : ''}`
  const why =
    { 'role-locked': locked, 'role-expired': 'is not valid at this time' }[reason as string] ??
    'is not permitted to this principal'
  return new ApiError('AccessDeniedException', `The impersonation role ${id} ${why}`)
}
