/**
 * Explains a decision: the result of every check as if all others passed, and whether each rule matches.
 *
 * @module
 */

import type { DataKind, MissingSubject, PolicyData } from '../model/policy-data.ts'
import { decidedOf, findBasis } from './authorize.ts'
import { CHECKS_OF, type Check, type CheckName } from './checks.ts'
import type { AuthorizationRequest, Decided, Missing, Outcome, Purpose } from './decision.ts'
import { type Basics, type Evaluation, evaluationFor, findBasics } from './evaluation.ts'
import { Lookup } from './lookup.ts'
import { deny, NOT_MADE, UNKNOWN } from './outcome.ts'
import { type TracedRules, traceRules } from './trace-rules.ts'
import { verdictOf } from './verdict.ts'

/** Kinds of data that only the upstream has. An explanation never loads them. */
const ASKED: ReadonlySet<DataKind | 'freshness'> = new Set<DataKind>([
  'content-classes',
  'mailbox-owners',
  'shared-mailbox',
  'stored-items',
])

export type TracedCheck = Readonly<{ name: CheckName; outcome: Outcome }>

/** The decision and how it came about. */
export type Explanation<P extends Purpose> = Readonly<{
  /** Undefined if the decision needs data that only the upstream has. */
  decided: Decided<P> | undefined
  /** The first check that denies; undefined if none does. */
  endedBy: CheckName | undefined
  target: Basics['target']
  checks: readonly TracedCheck[]
  rules: TracedRules
}>

/** Explains the decision on a request, or returns what must be loaded first. */
export function explain<P extends Purpose>(
  request: AuthorizationRequest<P>,
  data: PolicyData,
): Explanation<P> | Missing {
  const lookup = new Lookup(data)
  const basics = findBasics(request, lookup)
  if (basics === undefined)
    return { missing: lookup.takeMissing(), role: undefined, basis: undefined }
  const loadable: MissingSubject[] = []
  const checks = traceChecks(basics, loadable)
  const basis = findBasis(lookup, data)
  if (basis === undefined || loadable.length > 0)
    return {
      missing: [...loadable, ...lookup.takeMissing()],
      role: basics.caller.role,
      basis,
    }
  const verdict = verdictOf(checks.map(({ outcome }) => outcome))
  const decided = verdict && decidedOf<P>(basics, verdict, basis, data)
  const ofShadow = decided?.shadow?.missing?.filter(isLoadable) ?? []
  if (ofShadow.length > 0) return { missing: ofShadow, role: basics.caller.role, basis }
  return {
    decided,
    endedBy: checks.find(({ outcome }) => outcome.kind === 'deny')?.name,
    target: basics.target,
    checks,
    rules: traceRules(basics),
  }
}

/** Returns the results of all checks. @param loadable - receives the subjects that must be loaded first */
function traceChecks(basics: Basics, loadable: MissingSubject[]): readonly TracedCheck[] {
  const { request, caller } = basics
  const checks = CHECKS_OF[request.purpose]
  if (caller.role === undefined)
    return checks.map(({ name }) => ({
      name,
      outcome: name === 'CallerPolicy' ? deny(caller.reason) : NOT_MADE,
    }))
  const evaluation = evaluationFor(basics, caller.role)
  return checks.map(check => traceCheck(check, evaluation, loadable))
}

function traceCheck(
  { name, evaluate }: Check,
  evaluation: Evaluation,
  loadable: MissingSubject[],
): TracedCheck {
  const outcome = evaluate(evaluation)
  const missing = evaluation.lookup.takeMissing()
  loadable.push(...missing.filter(isLoadable))
  return { name, outcome: missing.length > 0 ? UNKNOWN : outcome }
}

const isLoadable = ({ kind }: MissingSubject): boolean => !ASKED.has(kind)
