/**
 * Messages of denials. Only callers whose credential is good get one, and only about their own role.
 *
 * @module
 */

import { onlyRole } from '../policy/iam.ts'
import type { Denied } from './context.ts'

const HOW_TO_NAME =
  'Name the role in the user name, as role\\access-key-id, because this key can assume more than one.'

/** Returns the message of a denial; empty if the reason says everything that a client can know. */
export function denialMessage({ decision, role, read }: Denied): string {
  const { principal, proof } = read.caller
  switch (decision.reason) {
    case 'role-locked':
      return role?.lock?.message ?? ''
    case 'role-ambiguous':
      return HOW_TO_NAME
    case 'role-unknown':
      return `No role ${proof.kind === 'token' ? proof.claims.roleId : (proof.roleReference ?? onlyRole(principal.policy))}`
    case 'role-not-permitted':
      return role === undefined
        ? 'The credential is no longer good'
        : `The policy of ${principal.name} does not allow ${role.name}`
    default:
      return ''
  }
}
