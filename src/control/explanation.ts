/**
 * Converts explanations of decisions for responses.
 *
 * @module
 */

import type { Decided, Outcome, Target } from '../decision/decision.ts'
import type { Explanation, TracedCheck } from '../decision/explain.ts'
import type { TracedRule, TracedRules } from '../decision/trace-rules.ts'
import type { User } from '../model/identity.ts'
import type { Call } from './action.ts'
import { groupsOnWire } from './group-targets.ts'
import { OUTCOME_WORDS } from './shadow-differences.ts'

type Explained = Readonly<{
  explanation: Explanation<'EWS'>
  /** The user that the request names, whether or not it can be impersonated. */
  named: User | undefined
}>

/** Returns an explanation, with the names of all groups through which rules match. */
export async function explanationOnWire(call: Call, { explanation, named }: Explained) {
  const { target, checks, rules } = explanation
  const matchedGroups = matchOf(explanation).matchedGroups
  return {
    ...verdictOnWire(explanation),
    ...(matchedGroups && { MatchedGroups: await groupsOnWire(call, matchedGroups) }),
    Target: targetOnWire(target, named),
    Checks: checks.map(checkOnWire),
    AccessControlRules: rules.accessControl.map(accessControlOnWire),
    ImpersonationRules: await Promise.all(rules.impersonation.map(one => ruleOnWire(call, one))),
  }
}

/** Returns the comparison with the draft that is attached to the role, if there is one. */
export function shadowOnWire(decided: Decided<'EWS'> | undefined) {
  const shadow = decided?.shadow
  if (shadow === undefined) return {}
  const { version, outcome, reason } = shadow
  return {
    Shadow: {
      Version: String(version),
      Outcome: outcome === 'same' ? ('SAME' as const) : OUTCOME_WORDS[outcome],
      ...(reason && { Reason: reason }),
    },
  }
}

function verdictOnWire(explanation: Explanation<'EWS'>) {
  const { decided, endedBy } = explanation
  const { matchedRules: MatchedRules } = matchOf(explanation)
  if (decided === undefined) return { Verdict: 'UNKNOWN', MatchedRules } as const
  const { decision } = decided
  if (decision.verdict === 'allow') return { Verdict: 'ALLOW', MatchedRules } as const
  return {
    Verdict: 'DENY',
    Reason: decision.reason,
    ...(endedBy && { EndedBy: endedBy }),
    MatchedRules,
  } as const
}

/**
 * Returns the rules that produced the decision. If the decision needs data of the upstream, returns the rules that
 * match without it.
 */
function matchOf({ decided, rules: { effect } }: Explanation<'EWS'>) {
  if (decided !== undefined) return decided.decision
  return { ...effect, matchedRules: effect.matchedRules.map(({ id }) => id) }
}

function targetOnWire(target: Target, named: User | undefined) {
  if (target.kind === 'user') {
    const { id, primarySmtpAddress } = target.user
    return { Kind: 'USER', UserId: id, Email: primarySmtpAddress } as const
  }
  if (target.kind === 'unknown')
    return {
      Kind: 'UNKNOWN',
      ...(named && { UserId: named.id }),
      Why: whyUnknown(named),
    } as const
  if (target.kind === 'conflict')
    return {
      Kind: 'CONFLICT',
      Why: 'The request and the user name of the client name different users',
    } as const
  return { Kind: target.kind === 'neutral' ? 'NEUTRAL' : 'NOBODY' } as const
}

function whyUnknown(named: User | undefined): string {
  if (named === undefined) return 'No user has this name'
  return named.enabled
    ? 'The service account and the neutral mailbox cannot be impersonated'
    : 'The user is disabled'
}

const OUTCOMES = {
  pass: 'PASS',
  deny: 'REFUSE',
  'not-made': 'NOT_MADE',
  unknown: 'UNKNOWN',
} as const satisfies Record<Outcome['kind'], string>

const checkOnWire = ({ name, outcome }: TracedCheck) => ({
  Name: name,
  Outcome: OUTCOMES[outcome.kind],
  ...(outcome.kind === 'deny' && { Reason: outcome.reason }),
})

const accessControlOnWire = ({ rule, matched }: TracedRules['accessControl'][number]) => ({
  Name: rule.name,
  Effect: rule.effect,
  Matched: matched,
})

async function ruleOnWire(call: Call, { rule, matched, groups }: TracedRule) {
  return {
    ImpersonationRuleId: rule.id,
    ...(rule.name !== undefined && { Name: rule.name }),
    Effect: rule.effect,
    Matched: matched,
    ...(groups.target.length > 0 && { MatchedGroups: await groupsOnWire(call, groups.target) }),
    ...(groups.notTarget.length > 0 && {
      ExceptedGroups: await groupsOnWire(call, groups.notTarget),
    }),
  }
}
