/**
 * Decides on a request on the present state of everything it depends on, as often as that may have
 * changed.
 *
 * @module
 */

import type { Confirmation } from '../cache/cache.ts'
import type { Caller } from '../credentials/credentials.ts'
import type { BodyFacts } from '../model/envelope.ts'
import { Failure } from '../model/failure.ts'
import type { User } from '../model/identity.ts'
import type { Principal } from '../model/principal.ts'
import type { ImpersonationRole } from '../model/role.ts'
import { authenticateAgain, presentsToken } from './authenticate.ts'
import type {
  AllowedSoFar,
  Authenticated,
  Decided,
  DecisionState,
  Denied,
  DiscoveryDecided,
  DiscoveryRead,
  Read,
  RequestContext,
  Undecided,
} from './context.ts'
import { judge, judgeDiscovery, judgePrologue, type Knowledge } from './judge.ts'
import type { GatewayPorts, ServedOrganization } from './ports.ts'
import { findRole } from './role.ts'
import { askItems } from './stored-items.ts'

/** Maximum number of attempts to decide while the policy changes. */
const ATTEMPTS = 5

/** A caller whose body took longer than this is verified again, because the time counts too. */
const SLOW_BODY_MS = 1_000

/** A caller, and the turn of the policy in which the credential was verified. */
type Verified = Pick<Authenticated, 'caller' | 'turn'>

type State = Omit<DecisionState, 'user'>

type Judged<J> = Readonly<{ state: State; judgement: J }>

/** Reason why no judgement was possible, and what had been read by then. */
type Unjudged = Pick<Undecided, 'failure' | 'role' | 'policyVersion' | 'knownSince'>

/**
 * Decides on everything before the operation, on one state. A body that has not arrived is not
 * waited for if this denies it.
 */
export async function decidePrologue(read: Read): Promise<AllowedSoFar | Denied | Undecided> {
  const { reader, prologue } = read
  const { facts } = reader
  const judged = await onOneState(read, read, knowledge => judgePrologue(knowledge, prologue))
  if ('failure' in judged) return undecided(read, facts, judged)
  const { state, judgement } = judged
  const { user } = judgement
  return 'actAs' in judgement
    ? { ...state, verdict: 'allow', read, facts, user, decision: judgement.decision }
    : { ...state, verdict: 'deny', read, facts, user, decision: judgement.decision }
}

/** Decides on a request as far as it has been read, on one state. */
export const decide = (read: Read): Promise<Decided | Undecided> =>
  decideFor(read, isSlow(read.context) ? undefined : read)

/** Decides again on a request in progress, credential included. */
export const decideAgain = (read: Read): Promise<Decided | Undecided> => decideFor(read, undefined)

async function decideFor(read: Read, verified: Verified | undefined): Promise<Decided | Undecided> {
  const { reader, prologue } = read
  const { facts } = reader
  const judged = await onOneState(read, verified, knowledge => judge(knowledge, prologue, facts))
  if ('failure' in judged) return undecided(read, facts, judged)
  const { state, judgement } = judged
  const { user } = judgement
  if (!('actAs' in judgement))
    return { ...state, verdict: 'deny', read, facts, user, decision: judgement.decision }
  const { decision, actAs, others } = judgement
  return { ...state, verdict: 'allow', read, facts, user, decision, actAs, others }
}

/** Decides whether a client can learn where a user's mailbox is, on one state. */
export async function decideDiscovery(
  read: DiscoveryRead,
): Promise<DiscoveryDecided | Undecided<DiscoveryRead>> {
  const { address } = read.question
  const judged = await onOneState(read, undefined, knowledge => judgeDiscovery(knowledge, address))
  if ('failure' in judged) return undecided(read, undefined, judged)
  const { state, judgement } = judged
  const { decision, user } = judgement
  return { ...state, verdict: decision.verdict, read, facts: undefined, user, decision }
}

/** Returns the message of a denial. Only a lock has one: that of the administrator who set it. */
export const messageOf = ({ decision, role }: Denied): string =>
  (decision.reason === 'role-locked' && role.lock?.message) || ''

const isSlow = ({ server, receivedAt }: RequestContext): boolean =>
  server.ports.now() - receivedAt > SLOW_BODY_MS

const undecided = <R>(read: R, facts: BodyFacts | undefined, unjudged: Unjudged): Undecided<R> => ({
  ...unjudged,
  verdict: 'error',
  read,
  facts,
  user: undefined,
})

/** Judges again if anything changes while it is read. */
async function onOneState<J>(
  { context }: Authenticated,
  verified: Verified | undefined,
  judgeBy: (knowledge: Knowledge) => Promise<J>,
): Promise<Judged<J> | Unjudged> {
  const { ports } = context.server
  const { watch } = ports
  let known: Omit<Unjudged, 'failure'> = UNKNOWN
  try {
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      const { turn } = watch
      const caller = verified?.turn === turn ? verified.caller : await verifyAgain(context)
      const { organizationId } = caller.principal
      const before = watch.confirmed(organizationId) ?? (await watch.confirmation(organizationId))
      known = stateOf(known.role, before)
      const served = servedOrganization(ports, caller.principal)
      const at = ports.now()
      const role = await findRole(caller, context.source, at, ports.roles)
      known = stateOf(role, before)
      const judgement = await judgeBy(await knowledgeOf(context, caller, served, role, at))
      const after = watch.confirmed(organizationId) ?? (await watch.confirmation(organizationId))
      if (watch.turn === turn) return { state: { served, ...stateOf(role, after) }, judgement }
    }
    throw new Failure('policy-unavailable', 'The policy changes faster than it can be read')
  } catch (error) {
    if (error instanceof Failure) return { ...known, failure: error }
    throw error
  }
}

const UNKNOWN = { role: undefined, policyVersion: undefined, knownSince: undefined } as const

const stateOf = <R>(role: R, { version, at }: Confirmation) => ({
  role,
  policyVersion: version,
  knownSince: at,
})

/** Reads the rest of what a caller's request is judged by. @throws Failure */
async function knowledgeOf(
  { source, server }: RequestContext,
  { principal, mailbox }: Caller,
  served: ServedOrganization,
  role: ImpersonationRole,
  at: number,
): Promise<Knowledge> {
  const { organization, upstream } = served
  const { accessControl, directory, mailboxOwners, subscriptions } = server.ports
  const rules = await accessControl.accessControlRules(organization.id)
  const by = { organizationId: organization.id, roleId: role.id, principalId: principal.id }
  return {
    organization,
    directory,
    role,
    mailbox,
    circumstances: { sourceAddress: source.address, at, accessControl: rules },
    ownersOf: (guids, users) => mailboxOwners.ownersOf(served, guids, users),
    isShared: (user: User) => mailboxOwners.isShared(served, user),
    subscriptionsOf: ids => subscriptions.find(ids, by),
    askItems: (items, user) => askItems(upstream, items, user, principal.id),
  }
}

/** @throws Failure if the credential is no longer good */
async function verifyAgain(context: RequestContext): Promise<Caller> {
  const authentication = await authenticateAgain(context)
  if (authentication.kind === 'authenticated') return authentication.caller
  if (authentication.kind === 'braked')
    throw new Failure('policy-unavailable', 'The credential cannot be judged again now')
  const reason = presentsToken(context) ? 'credentials-refused' : 'role-not-permitted'
  throw new Failure(reason, 'The credential is no longer good')
}

/** @throws Failure `role-unknown` if the principal's organization is not configured */
function servedOrganization(
  { organizations }: GatewayPorts,
  { organizationId }: Principal,
): ServedOrganization {
  const served = organizations.get(organizationId)
  if (served !== undefined) return served
  throw new Failure('role-unknown', `Organization ${organizationId} is not configured`)
}
