/**
 * Finds out whether an exception from the protection of mailboxes let a request in.
 *
 * @module
 */

import type { ImpersonationRole } from '../model/role.ts'
import { protectionBesideExceptions } from '../policy/protection.ts'
import { CHECKS_OF, type CheckName } from './checks.ts'
import { type Basics, evaluationFor } from './evaluation.ts'

/** The checks whose outcome depends on protection. */
const PROTECTING: readonly CheckName[] = ['Protection', 'Body']

/**
 * Whether protection would deny an allowed request if its role had no exception. Also true if that depends on owners of
 * mailboxes that are not looked up, because the guard has `any`.
 */
export function isExcepted(basics: Basics, role: ImpersonationRole): boolean {
  const active = protectionBesideExceptions(basics.protection)
  const evaluation = { ...evaluationFor(basics, role), active }
  return CHECKS_OF[basics.request.purpose]
    .filter(({ name }) => PROTECTING.includes(name))
    .map(({ evaluate }) => evaluate(evaluation))
    .some(({ kind }) => kind === 'deny' || kind === 'unknown')
}
