/**
 * Finds out when the time alone can change a decision.
 *
 * @module
 */

import type { CredentialProof } from '../model/credential-proof.ts'
import { validityOf } from '../model/principal.ts'
import { type Moment, nextChange } from '../model/validity.ts'
import type { Allowed } from './decision.ts'

/**
 * Returns the next time at which the proof, the key, the principal, the role, one of its rules, or its access to
 * protected mailboxes begins or ends to be valid.
 *
 * @returns undefined if there is no such time
 */
export const nextChangeOf = (
  { key, principal, role, exceptions }: Pick<Allowed, 'key' | 'principal' | 'role' | 'exceptions'>,
  proof: CredentialProof,
  moment: Moment,
): number | undefined =>
  nextChange(
    [
      validityOf(proof.kind === 'token' ? proof.claims : proof),
      role,
      ...role.rules,
      ...exceptions,
      ...(principal ? [principal] : []),
      ...(key ? [validityOf(key)] : []),
    ],
    moment,
  )
