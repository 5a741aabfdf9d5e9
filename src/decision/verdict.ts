/**
 * Makes the checks of a decision, and combines their outcomes.
 *
 * @module
 */

import type { Decision, Matched } from '../model/decision.ts'
import type { UserId } from '../model/identity.ts'
import type { Check } from './checks.ts'
import type { Outcome } from './decision.ts'
import type { Evaluation } from './evaluation.ts'

/**
 * The result of all checks: the decision, the owners of the other mailboxes that it allows, and the indexes of the
 * entries that must be left out of the response.
 */
export type Verdict = Readonly<{
  decision: Decision
  others: readonly UserId[] | undefined
  outside: readonly number[]
}>

/**
 * Makes checks up to the first denial. Returns undefined if something is missing.
 *
 * @param checks - in their order
 */
export function makeChecks(evaluation: Evaluation, checks: readonly Check[]): Verdict | undefined {
  const { lookup } = evaluation
  const outcomes: Outcome[] = []
  for (const { evaluate } of checks) {
    const outcome = evaluate(evaluation)
    if (lookup.missing.length > 0) return undefined
    outcomes.push(outcome)
    if (outcome.kind === 'deny') break
  }
  return verdictOf(outcomes)
}

/** Combines the outcomes of checks, in their order, to a verdict; undefined if an outcome is unknown. */
export function verdictOf(outcomes: readonly Outcome[]): Verdict | undefined {
  let matched: Matched = { matchedRules: [] }
  let others: readonly UserId[] | undefined
  let outside = NONE
  let isKnown = true
  for (const outcome of outcomes) {
    if (outcome.kind === 'unknown') isKnown = false
    matched = outcome.matched ?? matched
    if (outcome.kind === 'deny')
      return {
        decision: { verdict: 'deny', reason: outcome.reason, ...matched },
        others: undefined,
        outside: NONE,
      }
    others = outcome.others ?? others
    outside = outcome.outside ?? outside
  }
  return isKnown ? { decision: { ...matched, verdict: 'allow' }, others, outside } : undefined
}

const NONE: readonly number[] = []
