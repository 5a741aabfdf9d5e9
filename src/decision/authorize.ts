/**
 * Decides on a request: the one place where the gateway allows or denies.
 *
 * A decision is a function of the request and of policy data that it reads without waiting, so nothing can change
 * while it is made. If data is missing, it returns the missing subjects instead. All data of a decision is of one
 * state of the store: every value is valid at the policy version of the newest value.
 *
 * @module
 */

import type { PolicyData } from '../model/policy-data.ts'
import type { ImpersonationRole } from '../model/role.ts'
import { exceptionsFor } from '../policy/protection.ts'
import { CHECKS_OF } from './checks.ts'
import type {
  ActingTarget,
  Allowed,
  AuthorizationRequest,
  Basis,
  Decided,
  Missing,
  Purpose,
  Target,
} from './decision.ts'
import { type Basics, evaluationFor, findBasics } from './evaluation.ts'
import { isExcepted } from './excepted.ts'
import { Lookup } from './lookup.ts'
import { deny } from './outcome.ts'
import { decideShadow } from './shadow.ts'
import { makeChecks, type Verdict, verdictOf } from './verdict.ts'

/** A decision, or the data that is missing for it. */
export type Authorization<P extends Purpose> = Decided<P> | Missing

/** Decides, or returns what must be loaded first. */
export function authorize<P extends Purpose>(
  request: AuthorizationRequest<P>,
  data: PolicyData,
): Authorization<P> {
  const lookup = new Lookup(data)
  const basics = findBasics(request, lookup)
  const verdict = basics && verdictFor(basics)
  const basis = findBasis(lookup, data)
  if (basics === undefined || verdict === undefined || basis === undefined)
    return { missing: lookup.takeMissing(), role: basics?.caller.role, basis }
  return decidedOf(basics, verdict, basis, data)
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

/** Makes the checks. Returns undefined if something is missing. */
function verdictFor(basics: Basics): Verdict | undefined {
  const { caller } = basics
  return caller.role === undefined
    ? verdictOf([deny(caller.reason)])
    : makeChecks(evaluationFor(basics, caller.role), CHECKS_OF[basics.request.purpose])
}

/** Returns the decision with a verdict, and compares it with the shadow of the role. */
export function decidedOf<P extends Purpose>(
  basics: Basics,
  verdict: Verdict,
  basis: Basis,
  data: PolicyData,
): Decided<P> {
  const decided = enforcedOf<P>(basics, verdict, basis)
  const { role } = basics.caller
  if (role?.shadow === undefined) return decided
  const enforced = { decision: verdict.decision, basis, data }
  const shadow = decideShadow(basics, role, role.shadow, enforced)
  return shadow === undefined ? decided : { ...decided, shadow }
}

/** An allowed request always has a role and a target, because the checks deny all others. */
function enforcedOf<P extends Purpose>(
  basics: Basics,
  { decision, others, outside }: Verdict,
  basis: Basis,
): Decided<P> {
  const { caller, target, protection, request } = basics
  const { principal, key } = caller
  if (decision.verdict === 'deny') return { decision, basis, principal, role: caller.role, target }
  const role = caller.role as ImpersonationRole
  const exceptions = exceptionsFor(role.id, protection, request)
  return {
    decision,
    basis,
    principal,
    key,
    role,
    target: actingOf(target) as Allowed<P>['target'],
    others,
    outside,
    exceptions,
    isExcepted: exceptions.length > 0 && isExcepted(basics, role),
  }
}

/** Returns the target as which a request acts; undefined for the request of a token, which has no target. */
const actingOf = (target: Target): ActingTarget | undefined =>
  target.kind === 'user' || target.kind === 'neutral' ? target : undefined
