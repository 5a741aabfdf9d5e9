/**
 * The action that explains a decision: what the data plane would decide now, and every check and
 * rule that has a part in it.
 *
 * @module
 */

import { OPERATIONS, type OperationName, requestElementOf } from '../ews/operations.ts'
import type { User } from '../model/identity.ts'
import type { Target } from '../policy/decide.ts'
import { isNobodysTarget } from '../policy/reserved.ts'
import { type Action, action, type Call } from './action.ts'
import {
  accessControlOf,
  CHECK_OF,
  checksOf,
  decideOn,
  type Judged,
  type JudgedRule,
  rulesOf,
} from './checks.ts'
import { draftShape, tryDraft } from './draft.ts'
import { ApiError } from './errors.ts'
import { groupsOnWire } from './group-targets.ts'
import { guardOnWire } from './guard.ts'
import {
  entityIdentifierShape,
  ipAddressShape,
  operationShape,
  organizationIdShape,
  roleIdShape,
  structure,
} from './shapes.ts'
import { findUser } from './targets.ts'

const explainDecision = action({
  service: 'EwsGateway',
  name: 'ExplainDecision',
  summary:
    'Explains what the gateway would decide, from the truth: Verdict, Reason and the check that it EndedBy, the outcome of each check, and every rule with whether it Matched, and the groups by which it knows the user: MatchedGroups are among its TargetGroups, ExceptedGroups among its NotTargetGroups. Without TargetUser the request has no ExchangeImpersonation. What a body says besides its operation has no part in it: the Guard that judges it is shown.',
  audited: undefined,
  input: structure({
    OrganizationId: organizationIdShape,
    ImpersonationRoleId: roleIdShape.exactOptional(),
    Draft: draftShape.exactOptional(),
    TargetUser: entityIdentifierShape.exactOptional(),
    Operation: operationShape,
    SourceAddress: ipAddressShape,
  }),
  run: async (call, { ImpersonationRoleId, Draft, TargetUser, Operation, SourceAddress }) => {
    const { ports, organization, at } = call
    const { after: role } = await tryDraft(call, ImpersonationRoleId, Draft)
    const { target, shown } = await whomOf(call, TargetUser)
    const accessControl = await ports.store.accessControlRules(organization.id)
    const judged: Judged = {
      role,
      element: elementOf(Operation),
      target,
      circumstances: { sourceAddress: SourceAddress, at, accessControl },
    }
    const { matchedGroups } = decideOn(judged)
    return {
      ...verdictOf(judged),
      ...(matchedGroups && { MatchedGroups: await groupsOnWire(call, matchedGroups) }),
      Target: shown,
      Guard: guardOnWire(role.guard),
      Checks: checksOf(judged),
      AccessControlRules: accessControlOf(judged),
      ImpersonationRules: await Promise.all(rulesOf(judged).map(rule => ruleOnWire(call, rule))),
    }
  },
})

export const EXPLAIN_ACTIONS: readonly Action[] = [explainDecision]

async function ruleOnWire(call: Call, { groups, ...rule }: JudgedRule) {
  return {
    ...rule,
    ...(groups.target.length > 0 && { MatchedGroups: await groupsOnWire(call, groups.target) }),
    ...(groups.notTarget.length > 0 && {
      ExceptedGroups: await groupsOnWire(call, groups.notTarget),
    }),
  }
}

function verdictOf(judged: Judged) {
  const decision = decideOn(judged)
  const MatchedRules = decision.matchedRules
  if (decision.verdict === 'allow') return { Verdict: 'ALLOW', MatchedRules }
  const { reason } = decision
  return { Verdict: 'DENY', Reason: reason, EndedBy: CHECK_OF[reason], MatchedRules }
}

type Whom = Readonly<{ target: Target; shown: object }>

/** As the data plane resolves an ExchangeImpersonation: whom it may not reach is unknown to it. */
async function whomOf(call: Call, identifier: string | undefined): Promise<Whom> {
  const { organization } = call
  if (identifier === undefined)
    return organization.neutralMailbox === undefined
      ? { target: { kind: 'nobody' }, shown: { Kind: 'NOBODY' } }
      : { target: { kind: 'neutral' }, shown: { Kind: 'NEUTRAL' } }

  const user = await findUser(call, identifier).catch(unknownIsAnAnswer)
  const unknown = (why: string): Whom => ({
    target: { kind: 'unknown' },
    shown: { Kind: 'UNKNOWN', ...(user && { UserId: user.id }), Why: why },
  })
  if (user === undefined) return unknown('The directory knows nobody by this name')
  if (!user.enabled) return unknown('The user is disabled')
  if (isNobodysTarget(organization, user))
    return unknown("The service account and the neutral mailbox are nobody's target")
  return {
    target: { ...user, kind: 'user' },
    shown: { Kind: 'USER', UserId: user.id, Email: user.primarySmtpAddress },
  }
}

function unknownIsAnAnswer(error: unknown): User | undefined {
  if (error instanceof ApiError && error.type === 'EntityNotFoundException') return undefined
  throw error
}

/** The request element of an operation that is named, or whatever else a body may hold. */
const elementOf = (name: string): string =>
  Object.hasOwn(OPERATIONS, name) ? requestElementOf(name as OperationName) : name
