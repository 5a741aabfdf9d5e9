/**
 * Decides on a request: the one place where the gateway allows or denies.
 *
 * A decision is a function of the request and of policy data that it reads without waiting, so nothing can change
 * while it is made. If data is missing, it returns the missing subjects instead. All data of a decision is of one
 * state of the store: every value is valid at the policy version of the newest value.
 *
 * @module
 */

import type { Decision, Matched } from '../model/decision.ts'
import type { UserId } from '../model/identity.ts'
import type { PolicyData } from '../model/policy-data.ts'
import type { ImpersonationRole } from '../model/role.ts'
import { CHECKS_OF } from './checks.ts'
import type {
  ActingTarget,
  Allowed,
  AuthorizationRequest,
  Basis,
  Decided,
  Missing,
  Outcome,
  Purpose,
  Target,
} from './decision.ts'
import { type Basics, evaluationFor, findBasics } from './evaluation.ts'
import { Lookup } from './lookup.ts'
import { deny } from './outcome.ts'

/** A decision, or the data that is missing for it. */
export type Authorization<P extends Purpose> = Decided<P> | Missing

/** Decides, or returns what must be loaded first. */
export function authorize<P extends Purpose>(
  request: AuthorizationRequest<P>,
  data: PolicyData,
): Authorization<P> {
  const lookup = new Lookup(data)
  const basics = findBasics(request, lookup)
  const verdict = basics && makeChecks(basics)
  const basis = findBasis(lookup, data)
  if (basics === undefined || verdict === undefined || basis === undefined)
    return { missing: lookup.takeMissing(), role: basics?.caller.role, basis }
  return decidedOf(basics, verdict, basis)
}

/**
 * Returns the state of the store that all values belong to. Returns undefined if the store must be polled first, and
 * adds `freshness` to the missing subjects.
 */
export function findBasis(lookup: Lookup, data: PolicyData): Basis | undefined {
  const freshness = data.freshness()
  if (freshness !== undefined && freshness.version >= lookup.version)
    return { policyVersion: freshness.version, knownSince: freshness.at }
  lookup.missFreshness()
  return undefined
}

/** The result of all checks: the decision, and the owners of the other mailboxes that it allows. */
export type Verdict = Readonly<{ decision: Decision; others: readonly UserId[] | undefined }>

/** Combines the outcomes of checks, in their order, to a verdict; undefined if an outcome is unknown. */
export function verdictOf(outcomes: readonly Outcome[]): Verdict | undefined {
  let matched: Matched = { matchedRules: [] }
  let others: readonly UserId[] | undefined
  let isKnown = true
  for (const outcome of outcomes) {
    if (outcome.kind === 'unknown') isKnown = false
    matched = outcome.matched ?? matched
    if (outcome.kind === 'deny')
      return {
        decision: { verdict: 'deny', reason: outcome.reason, ...matched },
        others: undefined,
      }
    others = outcome.others ?? others
  }
  return isKnown ? { decision: { verdict: 'allow', ...matched }, others } : undefined
}

/** Makes the checks up to the first denial. Returns undefined if something is missing. */
function makeChecks(basics: Basics): Verdict | undefined {
  const { request, caller, lookup } = basics
  if (caller.role === undefined) return verdictOf([deny(caller.reason)])
  const evaluation = evaluationFor(basics, caller.role)
  const outcomes: Outcome[] = []
  for (const { evaluate } of CHECKS_OF[request.purpose]) {
    const outcome = evaluate(evaluation)
    if (lookup.missing.length > 0) return undefined
    outcomes.push(outcome)
    if (outcome.kind === 'deny') break
  }
  return verdictOf(outcomes)
}

/**
 * Returns the decision with a verdict. An allowed request always has a role and a target, because the checks deny
 * all others.
 */
export function decidedOf<P extends Purpose>(
  { caller, target }: Basics,
  { decision, others }: Verdict,
  basis: Basis,
): Decided<P> {
  const { principal, key, role } = caller
  if (decision.verdict === 'deny') return { decision, basis, principal, role, target }
  return {
    decision,
    basis,
    principal,
    key,
    role: role as ImpersonationRole,
    target: actingOf(target) as Allowed<P>['target'],
    others,
  }
}

/** Returns the target as which a request acts; undefined for the request of a token, which has no target. */
const actingOf = (target: Target): ActingTarget | undefined =>
  target.kind === 'user' || target.kind === 'neutral' ? target : undefined
