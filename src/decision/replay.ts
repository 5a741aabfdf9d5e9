/**
 * Replays recorded decisions with a draft of a role. A record has no body, so the checks of bodies can't be made: the
 * verdict of the draft is known only if they can't change it.
 *
 * It assumes that requests follow the schema of EWS, in which reading operations neither send nor grant access.
 *
 * @module
 */

import { OPERATIONS, type OperationName, requestElementOf, rowOf } from '../ews/operations.ts'
import type { Reason } from '../model/decision.ts'
import type { Organization, User } from '../model/identity.ts'
import type { PolicyData } from '../model/policy-data.ts'
import { NO_PROTECTION } from '../model/protection.ts'
import type { ImpersonationRole } from '../model/role.ts'
import type { Moment } from '../model/validity.ts'
import { type BodyKind, guardCovers } from '../policy/content-order.ts'
import { accessOf } from '../policy/profiles.ts'
import { CHECKS_OF_CONTENT } from './checks.ts'
import type { Purpose, Target } from './decision.ts'
import { evaluationFor } from './evaluation.ts'
import { Lookup } from './lookup.ts'
import { reachableUser } from './target.ts'

/** The role as it is, and its draft. */
export type Replay = Readonly<{
  organization: Organization
  moment: Moment
  role: ImpersonationRole
  draft: ImpersonationRole
  /** Whether both have the same rules. */
  sameRules: boolean
}>

/** A recorded decision on requests in the role. */
export type RecordedDecision = Readonly<{
  operation: string
  /** Empty if the request named no user, or an unknown one. */
  userId: string
  /** The user, if it still exists. */
  user: User | undefined
  verdict: 'allow' | 'deny'
  reason: string
  /** Whether the role has not changed since. */
  isPresent: boolean
}>

/**
 * Why the verdict of a draft on a recorded decision is not known. `body`: it depends on the content of the request.
 * `folders`: it depends on the classes of folders or items. `user`: the user no longer exists, or is disabled. `role`: it
 * depends on the content of the request, and the role has changed since.
 */
export const REPLAY_CAUSES = ['body', 'folders', 'user', 'role'] as const
export type ReplayCause = (typeof REPLAY_CAUSES)[number]

export type Replayed = Readonly<
  | { outcome: 'same' | 'would-allow' }
  | { outcome: 'would-deny'; reason: Reason }
  | { outcome: 'unknown'; cause: ReplayCause }
>

/** Reasons of denials that a draft can change. Nothing that a draft replaces has led to a denial for another reason. */
const OF_ROLE: ReadonlySet<string> = new Set<Reason>([
  'no-rule-allows',
  'rule-denies',
  'unknown-user',
  'role-is-read-only',
  'operation-refused',
  'outside-profile',
  'foreign-mailbox',
  'grant-refused',
  'sender-refused',
  'foreign-subscription',
])

const SAME: Replayed = { outcome: 'same' }
const unknown = (cause: ReplayCause): Replayed => ({ outcome: 'unknown', cause })

/** Returns the verdict of the draft, compared with a recorded decision. */
export function replayDecision(replay: Replay, recorded: RecordedDecision): Replayed {
  const { operation, verdict } = recorded
  if (verdict === 'deny' && !OF_ROLE.has(recorded.reason)) return SAME
  const isDiscovery = operation === 'AutoDiscover'
  if (!isDiscovery && !Object.hasOwn(OPERATIONS, operation)) return unknown('body')
  const target = targetOf(replay, recorded)
  const reason = denialOf(replay, operation, target)
  if (reason !== undefined) return verdict === 'deny' ? SAME : { outcome: 'would-deny', reason }
  if (target === undefined) return unknown('user')
  if (verdict === 'deny') return isDiscovery ? { outcome: 'would-allow' } : unknown('body')
  const cause = isDiscovery ? undefined : causeOf(replay, operation, recorded.isPresent)
  return cause === undefined ? SAME : unknown(cause)
}

/** Returns the target of a recorded request; undefined if it is not known any more. */
function targetOf(
  { organization }: Replay,
  { userId, user, verdict }: RecordedDecision,
): Target | undefined {
  if (userId !== '') {
    const reachable = reachableUser(organization, user)
    return reachable && { kind: 'user', user: reachable }
  }
  if (verdict === 'deny') return { kind: 'unknown' }
  const { neutralMailbox: address } = organization
  return address === undefined ? undefined : { kind: 'neutral', address }
}

const NO_DATA: PolicyData = { freshness: () => undefined, find: () => undefined }

/** Returns the reason for which the draft denies the operation or the target; undefined if it denies neither. */
function denialOf(
  { organization, moment, draft }: Replay,
  operation: string,
  target: Target | undefined,
): Reason | undefined {
  const purpose: Purpose = operation === 'AutoDiscover' ? 'AutoDiscover' : 'EWS'
  const evaluation = evaluationFor(
    {
      request: {
        ...moment,
        purpose,
        organization,
        caller: { kind: 'explained', principal: undefined, roleId: draft.id },
        sourceAddress: '',
        secureTransport: true,
        requestElement: purpose === 'EWS' ? requestElementOf(operation as OperationName) : '',
      },
      caller: { principal: undefined, role: draft },
      target: target ?? { kind: 'none' },
      protection: NO_PROTECTION,
      accessControl: [],
      lookup: new Lookup(NO_DATA),
    },
    draft,
  )
  // Without a body, the checks of bodies are not made.
  for (const { name, evaluate } of CHECKS_OF_CONTENT[purpose]) {
    if (target === undefined && name === 'Impersonation') continue
    const outcome = evaluate(evaluation)
    if (outcome.kind === 'deny') return outcome.reason
  }
  return undefined
}

/** Returns why the draft could deny the body of an allowed request; undefined if it can't. */
function causeOf(
  { organization, role, draft, sameRules }: Replay,
  operation: string,
  isPresent: boolean,
): ReplayCause | undefined {
  const name = draft.profile?.name
  const isOther = name !== undefined && name !== role.profile?.name
  if (isOther && Array.isArray(accessOf(name, operation))) return 'folders'
  if (isOther) return 'body'
  if (!guardCovers(draft, role, kindOf(operation), sameRules, organization)) return 'body'
  return isPresent ? undefined : 'role'
}

function kindOf(operation: string): BodyKind {
  const { class: of, selectors = [], names } = rowOf(requestElementOf(operation as OperationName))
  return {
    changes: of !== 'read' && of !== 'session',
    needsRules:
      names.has('SubscriptionId') || selectors.some(({ allowed }) => allowed === 'permitted'),
  }
}
