/**
 * Kinds of broken promises that are known and not mended yet. Each is removed when it is mended; a full run fails if one no
 * longer occurs.
 *
 * @module
 */

import type { CanaryFinding } from './canary-trial.ts'

type Accepted = Readonly<{
  /** Matches `OPERATION: PROMISE: EFFECT`. */
  finding: RegExp
  why: string
}>

export const ACCEPTED: readonly Accepted[] = []

export const keyOf = ({ operation, promise, effect }: Omit<CanaryFinding, 'count'>): string =>
  `${operation}: ${promise}: ${effect}`

/** Returns why a finding is accepted. Undefined if it is new. */
export const acceptedBy = (finding: CanaryFinding): Accepted | undefined =>
  ACCEPTED.find(accepted => accepted.finding.test(keyOf(finding)))
