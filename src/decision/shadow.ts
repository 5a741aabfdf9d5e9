/**
 * Evaluates the draft that is attached to a role as its shadow: makes the same checks, on the same request and the same
 * policy data, with the draft in place of the role.
 *
 * The result never changes the decision. It never throws, and it waits for nothing: if data is missing, the verdict of
 * the draft is not known.
 *
 * @module
 */

import type { Decision } from '../model/decision.ts'
import type { PolicyData } from '../model/policy-data.ts'
import {
  type ImpersonationRole,
  type RoleContent,
  type RoleShadow,
  roleContentOf,
} from '../model/role.ts'
import { CHECKS_OF, CHECKS_OF_CONTENT } from './checks.ts'
import type { AuthorizationRequest, Basis, ShadowDecision } from './decision.ts'
import { type Basics, evaluationFor } from './evaluation.ts'
import { Lookup } from './lookup.ts'
import { makeChecks } from './verdict.ts'

/** Decision that a shadow is compared with, and the policy data that it was made on. */
type Enforced = Readonly<{ decision: Decision; basis: Basis; data: PolicyData }>

/** Compares a decision with the draft that is attached to the role. Requests for tokens are not compared. */
export function decideShadow(
  basics: Basics,
  role: ImpersonationRole,
  shadow: RoleShadow,
  enforced: Enforced,
): ShadowDecision | undefined {
  if (basics.request.purpose === 'token') return undefined
  const { version } = shadow
  try {
    return { version, ...compare(basics, draftOf(role, shadow), enforced) }
  } catch (error) {
    return { version, outcome: 'unknown', cause: 'error', error }
  }
}

function compare(
  basics: Basics,
  draft: ImpersonationRole,
  { decision, basis, data }: Enforced,
): Omit<ShadowDecision, 'version'> {
  const lookup = new Lookup(data)
  // If the request is allowed, it has passed all other checks.
  const checks = decision.verdict === 'allow' ? CHECKS_OF_CONTENT : CHECKS_OF
  const evaluation = evaluationFor({ ...basics, lookup }, draft)
  const verdict = makeChecks(evaluation, checks[basics.request.purpose])
  if (verdict === undefined || lookup.version > basis.policyVersion)
    return { outcome: 'unknown', cause: 'data-missing', missing: lookup.missing }
  const { decision: drafted } = verdict
  if (drafted.verdict === 'deny')
    return decision.verdict === 'deny' ? SAME : { outcome: 'would-deny', reason: drafted.reason }
  if (!isRead(basics.request)) return { outcome: 'unknown', cause: 'body-not-read' }
  return decision.verdict === 'allow' ? SAME : { outcome: 'would-allow' }
}

const SAME = { outcome: 'same' } as const

/** Whether the rest of the body can't lead to a denial. An explained request without a body has none. */
const isRead = ({ purpose, caller, body }: AuthorizationRequest): boolean =>
  purpose === 'AutoDiscover' || caller.kind === 'explained' || body?.content.isWhole === true

/** Drafts as roles, one for each role object, because rules are compiled once per object. */
const DRAFTS = new WeakMap<ImpersonationRole, ImpersonationRole>()

/** Returns the role as if its draft were enforced. */
function draftOf(role: ImpersonationRole, shadow: RoleShadow): ImpersonationRole {
  const known = DRAFTS.get(role)
  if (known !== undefined) return known
  const draft = withContent(role, shadow)
  DRAFTS.set(role, draft)
  return draft
}

/** Returns a role with the content of a draft, and without a shadow. */
export function withContent(role: ImpersonationRole, content: RoleContent): ImpersonationRole {
  const { shadow: _, profile: __, ...kept } = role
  return { ...kept, ...roleContentOf(content) }
}
