/**
 * Explanations as outcomes by check, which tests compare.
 *
 * @module
 */

import type { CheckName } from '../../src/decision/checks.ts'
import type { AuthorizationRequest, RequestCaller } from '../../src/decision/decision.ts'
import { type Explanation, explain } from '../../src/decision/explain.ts'
import type { Principal } from '../../src/model/principal.ts'
import { ROLE, type TestData } from './data.ts'

export type Request = AuthorizationRequest<'EWS'>

/** Explains, and requires that nothing is missing. */
export function explainBy(request: Request, data: TestData): Explanation<'EWS'> {
  const explained = explain(request, data)
  if ('missing' in explained) throw new Error(`Missing: ${JSON.stringify(explained.missing)}`)
  return explained
}

/** Returns the reasons of checks that deny, and the kinds of the others. */
export const outcomesOf = ({ checks }: Explanation<'EWS'>): Readonly<Record<string, string>> =>
  Object.fromEntries(
    checks.map(({ name, outcome }) => [
      name,
      outcome.kind === 'deny' ? outcome.reason : outcome.kind,
    ]),
  )

export const ALL_PASS = {
  PrincipalTime: 'pass',
  CallerPolicy: 'pass',
  Protection: 'pass',
  Lock: 'pass',
  RoleTime: 'pass',
  AccessControl: 'pass',
  Operation: 'pass',
  RoleType: 'pass',
  Profile: 'pass',
  Target: 'pass',
  Impersonation: 'pass',
  SharedMailbox: 'pass',
  Body: 'pass',
  FolderClasses: 'not-made',
} as const satisfies Readonly<Record<CheckName, string>>

/** A caller without a credential. */
export const explained = (principal: Principal | undefined): RequestCaller => ({
  kind: 'explained',
  principal,
  roleId: ROLE.id,
})
