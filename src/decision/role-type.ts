/**
 * Evaluates whether the type and the guard of a role allow an operation.
 *
 * @module
 */

import { OPERATIONS, type OperationName } from '../ews/operations.ts'
import type { Reason } from '../model/decision.ts'
import type { ImpersonationRole, RoleGuard } from '../model/role.ts'

/** Returns the reason for a denial, or undefined. */
export function denialOfType(role: ImpersonationRole, name: OperationName): Reason | undefined {
  if (OPERATIONS[name].directoryLookup && !role.guard.directoryLookups) return 'operation-refused'
  if (mayRead(role, name)) return undefined
  if (!mayChange(role.guard, name)) return 'operation-refused'
  if (role.type === 'FULL_ACCESS') return undefined
  // Some reads need a switch of the guard or full access, but change nothing, so another reason would be wrong.
  return reads(name) ? 'operation-refused' : 'role-is-read-only'
}

/** Whether an operation only reads, or only changes session state of the caller. */
const reads = (name: OperationName): boolean => {
  const { class: of } = OPERATIONS[name]
  return of === 'read' || of === 'session'
}

/** Whether an operation is allowed for READ_ONLY roles, and so for every role. */
function mayRead({ guard }: ImpersonationRole, name: OperationName): boolean {
  const { readOnlyAllowed, extraRead } = OPERATIONS[name]
  return readOnlyAllowed && (!extraRead || guard.extraReads.includes(name))
}

/** Whether FULL_ACCESS allows an operation that READ_ONLY doesn't allow. */
function mayChange(guard: RoleGuard, name: OperationName): boolean {
  const { class: of, wsdl, needs } = OPERATIONS[name]
  if (!wsdl) return false
  if (needs !== undefined) return guard[needs]
  return reads(name) || of === 'write' || of === 'send'
}
