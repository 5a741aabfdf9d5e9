/**
 * Explanations as outcomes by check, which tests compare.
 *
 * @module
 */

import { CHECK_NAMES, type CheckName } from '../../src/decision/checks.ts'
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

/** The outcomes of a request that everything allows, for a role without a profile. */
export const ALL_PASS: Readonly<Record<CheckName, string>> = {
  ...(Object.fromEntries(CHECK_NAMES.map(name => [name, 'pass'])) as Record<CheckName, string>),
  FolderClasses: 'not-made',
}

/** A caller without a credential. */
export const explained = (principal: Principal | undefined): RequestCaller => ({
  kind: 'explained',
  principal,
  roleId: ROLE.id,
})
