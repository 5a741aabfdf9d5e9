/**
 * Mutants that no test near their file notices, and why that is acceptable.
 *
 * @module
 */

import { ACCEPTED_IN_AUDIT } from './accepted/audit.ts'
import { ACCEPTED_IN_CACHE } from './accepted/cache.ts'
import { ACCEPTED_IN_CONTROL } from './accepted/control.ts'
import { ACCEPTED_IN_CREDENTIALS } from './accepted/credentials.ts'
import { ACCEPTED_IN_DECISION } from './accepted/decision.ts'
import { ACCEPTED_IN_EWS } from './accepted/ews.ts'
import { ACCEPTED_IN_GATEWAY } from './accepted/gateway.ts'
import { ACCEPTED_IN_MODEL } from './accepted/model.ts'
import { ACCEPTED_IN_POLICY } from './accepted/policy.ts'
import { ACCEPTED_IN_XML } from './accepted/xml.ts'
import type { Mutant } from './mutants.ts'

/** One accepted survivor. It covers every mutant with the same file, code, and mistake. */
export type Survivor = Pick<Mutant, 'file' | 'code' | 'mistake'> & Readonly<{ reason: string }>

/** Highest share of accepted survivors among all mutants that are tried. */
export const ACCEPTED_SHARE = 0.03

export const SURVIVORS: readonly Survivor[] = [
  ...ACCEPTED_IN_AUDIT,
  ...ACCEPTED_IN_CACHE,
  ...ACCEPTED_IN_CONTROL,
  ...ACCEPTED_IN_CREDENTIALS,
  ...ACCEPTED_IN_DECISION,
  ...ACCEPTED_IN_EWS,
  ...ACCEPTED_IN_GATEWAY,
  ...ACCEPTED_IN_MODEL,
  ...ACCEPTED_IN_POLICY,
  ...ACCEPTED_IN_XML,
].flatMap(([file, code, mistakes, reason]) =>
  mistakes.map(mistake => ({ file, code, mistake, reason })),
)
