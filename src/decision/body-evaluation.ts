/**
 * The evaluation of a body: what the checks of its parts read.
 *
 * @module
 */

import type { Reason } from '../model/decision.ts'
import type { BodyFacts } from '../model/envelope.ts'
import type { User } from '../model/identity.ts'
import type { Acting, ResolvedBody } from '../policy/guard.ts'
import type { Evaluation } from './evaluation.ts'

/** The evaluation of a body of a request whose target can act. */
export type BodyEvaluation = Evaluation &
  Readonly<{
    acting: Acting
    /** The impersonated user; undefined: the neutral mailbox. */
    user: User | undefined
    facts: BodyFacts
    /** Evaluates the body with a part of what it names resolved, as if it named nothing else. */
    denialOf: (named: Partial<ResolvedBody>) => Reason | undefined
  }>
