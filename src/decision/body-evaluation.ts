/**
 * Data that the checks of a request body share.
 *
 * @module
 */

import type { Reason } from '../model/decision.ts'
import type { BodyFacts } from '../model/envelope.ts'
import type { User } from '../model/identity.ts'
import type { Acting, ResolvedBody } from '../policy/guard.ts'
import type { Evaluation } from './evaluation.ts'

/** Evaluation of a body, in a request that acts as a user or as the neutral mailbox. */
export type BodyEvaluation = Evaluation &
  Readonly<{
    acting: Acting
    /** The impersonated user; undefined: the neutral mailbox. */
    user: User | undefined
    facts: BodyFacts
    /**
     * Returns the reason for a denial, considering only these resolved names and ignoring everything else that the
     * body names.
     */
    denialOf: (named: Partial<ResolvedNames>) => Reason | undefined
  }>

type ResolvedNames = Pick<ResolvedBody, 'mailboxes' | 'senders' | 'owners' | 'subscriptions'>
