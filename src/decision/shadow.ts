/**
 * Evaluates the draft that is attached to a role as its shadow: makes the same checks, on the same request and the same
 * policy data, with the draft in place of the role.
 *
 * The result never changes the decision. It never throws, and it waits for nothing: if data is missing, the verdict of
 * the draft is not known.
 *
 * @module
 */

import { rowOf } from '../ews/operations.ts'
import type { Decision } from '../model/decision.ts'
import type { DataKind, Entry, Freshness, IdOf, PolicyData, ValueOf } from '../model/policy-data.ts'
import type { ImpersonationRole, RoleShadow } from '../model/role.ts'
import { withContent } from '../model/role-shape.ts'
import type { ContentQuery } from '../model/stored-content.ts'
import { findProfile } from '../policy/profiles.ts'
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
    const compared = compare(basics, draftOf(role, shadow), enforced)
    if (compared.cause !== 'data-missing') return { version, ...compared }
    const again = () => decideShadow(basics, role, shadow, enforced)
    return { version, ...compared, again }
  } catch (error) {
    return { version, outcome: 'unknown', cause: 'error', error }
  }
}

function compare(
  basics: Basics,
  draft: ImpersonationRole,
  { decision, basis, data }: Enforced,
): Omit<ShadowDecision, 'version'> {
  const lookup = new Lookup(mayUseShown(draft, basics.request) ? new ShownData(data) : data)
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

/**
 * Whether the draft is evaluated on classes that responses to clients have shown. They don't say which items are drafts, on
 * which changes can depend.
 */
function mayUseShown({ profile }: ImpersonationRole, { requestElement }: AuthorizationRequest) {
  if (profile?.name === undefined) return false
  return findProfile(profile.name)?.draftsOnly !== true || rowOf(requestElement).class === 'read'
}

/** Policy data, and classes of folders and items that responses to clients have shown. */
class ShownData implements PolicyData {
  readonly #data: PolicyData

  constructor(data: PolicyData) {
    this.#data = data
  }

  freshness(): Freshness | undefined {
    return this.#data.freshness()
  }

  find<Kind extends DataKind>(kind: Kind, id: IdOf<Kind>): Entry<ValueOf<Kind>> | undefined {
    const entry = this.#data.find(kind, id)
    if (entry !== undefined || kind !== 'content-classes') return entry
    return this.#data.find('shown-classes', id as ContentQuery) as Entry<ValueOf<Kind>> | undefined
  }
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
