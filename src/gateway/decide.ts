/**
 * Decides on requests of the data listener: builds the input of each decision, and loads what it needs.
 *
 * @module
 */

import { authorize } from '../decision/authorize.ts'
import { mayAssume } from '../decision/caller.ts'
import {
  type AuthorizationRequest,
  type Decided as Authorized,
  isAllowed,
  type Missing,
  type Purpose,
  type Target,
} from '../decision/decision.ts'
import { loadAndDecide } from '../decision/load.ts'
import type { BodyFacts } from '../model/envelope.ts'
import { Failure } from '../model/failure.ts'
import type { OrganizationId, User } from '../model/identity.ts'
import { after, type MaybePromise } from '../model/maybe-promise.ts'
import type { PrincipalId } from '../model/principal.ts'
import { type ImpersonationRole, roleId } from '../model/role.ts'
import type { Facts } from '../traces/traces.ts'
import type { Lease } from '../upstream/upstream.ts'
import type {
  Authenticated,
  Decided,
  Denied,
  DiscoveryDecided,
  DiscoveryRead,
  Read,
  RequestContext,
  ServerContext,
  Undecided,
} from './context.ts'
import { HeldData } from './held-data.ts'
import type { GatewayPorts, ServedOrganization } from './ports.ts'
import { subscriptionHash } from './subscriptions.ts'

/** Result for a prologue that is not denied. The body can still be denied. */
type Continue = Readonly<{ verdict: 'continue'; role: ImpersonationRole }>

/** Decides on everything before the operation, so that a denial doesn't wait for the body. */
export const decidePrologue = (read: Read): MaybePromise<Denied | Undecided | Continue> =>
  after(decideOn(read, read.reader.facts, undefined), decided =>
    decided.verdict === 'allow' ? { verdict: 'continue', role: decided.role } : decided,
  )

/**
 * Decides on what has been read of a request. Called again while the request is in progress.
 *
 * @param keepsConnection - whether an allowed request keeps the connection of the question about its stored items.
 * Then the caller must release the lease
 */
export function decide(read: Read, keepsConnection = false): MaybePromise<Decided | Undecided> {
  const { facts } = read.reader
  const subscriptions = facts.subscriptions.map(subscriptionHash)
  return decideOn(read, facts, { ...facts, subscriptions }, keepsConnection)
}

/** Decides whether a client can learn where a user's mailbox is. */
export async function decideDiscovery(
  read: DiscoveryRead,
): Promise<DiscoveryDecided | Undecided<DiscoveryRead>> {
  const { requestElement, connectingSid } = read.prologue
  const made = await make(read, { purpose: 'AutoDiscover', requestElement, connectingSid })
  if ('failure' in made) return { ...made, verdict: 'error', read, facts: undefined }
  const { authorized } = made
  const { decision, role, target, basis, shadow } = authorized
  return {
    verdict: decision.verdict,
    read,
    facts: undefined,
    decision,
    role,
    user: userOf(target),
    shadow,
    isExcepted: isAllowed(authorized) && authorized.isExcepted,
    ...basis,
  }
}

/** Parts of an authenticated request that every decision needs. */
type Calling = Pick<Authenticated, 'context' | 'caller'>

/**
 * Decides whether a client gets a token.
 *
 * @throws Failure if that can't be decided now
 */
export async function decideToken(client: Calling): Promise<Authorized<'token'>> {
  const made = await make(client, { purpose: 'token', requestElement: '' })
  if ('failure' in made) throw made.failure
  return made.authorized
}

/** Whether a client could assume a role that has this ID. */
export function mayAssumeNamed({ context, caller }: Calling, id: string): boolean {
  const { ports } = context.server
  const { organization } = servedOrganization(ports, caller.principal.organizationId)
  return mayAssume(caller.principal, roleId(id), { organization, ...circumstancesOf(context) })
}

/** @param facts - facts about the body so far. A copy, because the body can arrive further during the decision */
function decideOn(
  read: Read,
  facts: BodyFacts,
  body: BodyFacts | undefined,
  keepsConnection = false,
): MaybePromise<Decided | Undecided> {
  const { requestElement, connectingSid } = read.prologue
  const asked = { purpose: 'EWS', requestElement, connectingSid, body } as const
  return after(make(read, asked, keepsConnection), made => decidedOn(read, facts, made))
}

function decidedOn(read: Read, facts: BodyFacts, made: Made<'EWS'> | Unmade): Decided | Undecided {
  if ('failure' in made) return { ...made, verdict: 'error', read, facts }
  const { served, authorized, decidedAt, lease } = made
  const user = userOf(authorized.target)
  const { shadow } = authorized
  const { policyVersion, knownSince } = authorized.basis
  if (!isAllowed(authorized)) {
    const { decision, role } = authorized
    return { verdict: 'deny', read, facts, decision, role, user, shadow, policyVersion, knownSince }
  }
  const { decision, role, principal, key, target, others, outside, exceptions } = authorized
  const actAs = target.kind === 'user' ? target.user.primarySmtpAddress : target.address
  return {
    verdict: 'allow',
    read,
    facts,
    decision,
    role,
    principal,
    key,
    user,
    shadow,
    policyVersion,
    knownSince,
    decidedAt,
    served,
    actAs,
    others,
    outside,
    exceptions,
    isExcepted: authorized.isExcepted,
    lease,
  }
}

const userOf = (target: Target | undefined): User | undefined =>
  target?.kind === 'user' ? target.user : undefined

/** Parts of the input that differ from request to request, apart from the caller. */
type RequestInput<P extends Purpose> = Pick<
  AuthorizationRequest<P>,
  'purpose' | 'requestElement' | 'connectingSid' | 'body'
>

type Made<P extends Purpose> = Readonly<{
  served: ServedOrganization
  authorized: Authorized<P>
  decidedAt: number
  lease: Lease | undefined
}>

/** The failure that prevented a decision, with the role and state if they were known. */
type Unmade = Pick<Undecided, 'failure' | 'role' | 'user' | 'policyVersion' | 'knownSince'>

function make<P extends Purpose>(
  { context, caller }: Calling,
  asked: RequestInput<P>,
  keepsConnection = false,
): MaybePromise<Made<P> | Unmade> {
  const { ports, shadows } = context.server
  let missing: Missing | undefined
  let decidedAt!: number
  let held: HeldData | undefined
  const failed = (error: unknown): Unmade => {
    held?.release()
    if (!(error instanceof Failure)) throw error
    return {
      failure: error,
      role: missing?.role,
      user: undefined,
      policyVersion: missing?.basis?.policyVersion,
      knownSince: missing?.basis?.knownSince,
    }
  }
  try {
    const { principal, proof, mailbox } = caller
    const served = servedOrganization(ports, principal.organizationId)
    const { organization } = served
    const source = heldFor(context.server, served, principal.id, keepsConnection)
    held = source
    const data = ports.policy.hold(organization.id, source)
    const once = () => {
      const { sourceAddress, secureTransport, at, latest } = circumstancesOf(context)
      decidedAt = latest
      // Named one by one, because to spread an object after the first members takes five times as long.
      const input = {
        ...asked,
        organization,
        caller: proof,
        mailbox,
        sourceAddress,
        secureTransport,
        at,
        latest,
      }
      const result = authorize(input, data)
      if ('missing' in result) missing = result
      return result
    }
    // Decisions on a response that has begun have no span, because a stream has any number of them.
    const trace = context.trace && !context.response.headersSent ? context.trace : undefined
    const made = after(
      trace === undefined
        ? loadAndDecide(data, once)
        : trace.step('decide', () => loadAndDecide(data, once), factsOf),
      (authorized): Made<P> => {
        const { shadow, decision } = authorized
        if (shadow) shadows.compared(shadow, data)
        if (decision.verdict === 'deny') source.release()
        return { served, authorized, decidedAt, lease: source.lease }
      },
    )
    return made instanceof Promise ? made.catch(failed) : made
  } catch (error) {
    return failed(error)
  }
}

/** Returns a decision, for a trace. */
const factsOf = ({ decision, role, basis }: Authorized): Facts => ({
  'ews.verdict': decision.verdict,
  'ews.reason': 'reason' in decision ? decision.reason : undefined,
  'ews.role_id': role?.id,
  'ews.policy_version': basis.policyVersion,
})

/** Returns the data for a decision that isn't in the store. @param principalId - owner of the requests to the upstream */
function heldFor(
  { ports, shadows }: ServerContext,
  served: ServedOrganization,
  principalId: PrincipalId,
  keepsConnection: boolean,
): HeldData {
  const { mailboxOwners, contentClasses, tokenAnchors } = ports
  return new HeldData({
    served,
    principalId,
    mailboxOwners,
    contentClasses,
    tokenAnchors,
    shownClasses: shadows.shown,
    keepsConnection,
  })
}

function circumstancesOf({ source, server }: RequestContext) {
  const { at, latest } = server.ports.moment()
  return { sourceAddress: source.address, secureTransport: source.secure, at, latest }
}

/** @throws Failure `role-unknown` if the organization is not configured */
export function servedOrganization(
  { organizations }: GatewayPorts,
  id: OrganizationId,
): ServedOrganization {
  const served = organizations.get(id)
  if (served === undefined)
    throw new Failure('role-unknown', `Organization ${id} is not configured`)
  return served
}
