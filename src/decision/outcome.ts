/**
 * Outcomes of checks. Outcomes without details are constants.
 *
 * @module
 */

import { REASONS, type Reason } from '../model/decision.ts'
import type { Denial, Outcome } from './decision.ts'

export const PASS: Outcome = { kind: 'pass' }
export const NOT_MADE: Outcome = { kind: 'not-made' }
export const UNKNOWN: Outcome = { kind: 'unknown' }

const DENIALS = Object.fromEntries(
  REASONS.map(reason => [reason, { kind: 'deny', reason }]),
) as Readonly<Record<Reason, Denial>>

export const deny = (reason: Reason): Denial => DENIALS[reason]

/** Returns a denial for this reason, or a pass if there is no reason. */
export const passUnless = (reason: Reason | undefined): Outcome =>
  reason === undefined ? PASS : deny(reason)
