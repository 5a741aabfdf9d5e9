/**
 * Results of the evaluation of a draft that is attached to a role as its shadow.
 *
 * @module
 */

import type { Reason } from './decision.ts'

/**
 * The verdict of the draft, compared with the decision. `same`: both allow, or both deny. `unknown`: the verdict of the
 * draft is not known.
 */
export const SHADOW_OUTCOMES = ['same', 'would-deny', 'would-allow', 'unknown'] as const
export type ShadowOutcome = (typeof SHADOW_OUTCOMES)[number]

/**
 * Why the verdict of a draft is not known. `data-missing`: the draft needs data that the gateway did not have.
 * `body-not-read`: the request was denied before the gateway had read its body. `error`: an unhandled error.
 */
export type ShadowCause = 'data-missing' | 'body-not-read' | 'error'

/** The comparison of one decision with the draft, in audit records. */
export type ShadowResult = Readonly<{
  /** Version of the draft. */
  version: number
  outcome: ShadowOutcome
  /** Reason for which the draft would deny the request. */
  reason?: Reason
  /** Present if the outcome is `unknown`. */
  cause?: ShadowCause
}>
