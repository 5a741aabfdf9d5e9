/**
 * A request's decision on the present state of everything it depends on, made as often as that may
 * have changed.
 *
 * @module
 */

import type { Caller } from '../credentials/credentials.ts'
import type { Deny } from '../model/decision.ts'
import { Failure } from '../model/failure.ts'
import { authenticateAgain, presentsToken } from './authenticate.ts'
import { type Judgement, judge, type Knowledge } from './judge.ts'
import type { ServedOrganization } from './ports.ts'
import type { ReadRequest } from './read.ts'
import { findRole } from './role.ts'
import type { Visit } from './visit.ts'

/** How often a decision is made anew because of changes meanwhile. */
const ATTEMPTS = 5

/** A caller, and the turn of the policy at which he was known. */
export type Recognized = Readonly<{ caller: Caller; turn: number }>

/**
 * The decision, on one state: where anything changes while it is read, it is made anew.
 *
 * @param recognized - absent: who calls is to be known anew
 * @throws Failure
 */
export async function decideNow(
  visit: Visit,
  read: ReadRequest,
  recognized?: Recognized,
): Promise<Judgement> {
  const { watch } = visit.house.ports
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const { turn } = watch
    const caller = recognized?.turn === turn ? recognized.caller : await recall(visit)
    await confirm(visit, caller)
    const judgement = await decideOnce(visit, caller, read)
    await confirm(visit, caller)
    if (watch.turn === turn) return judgement
  }
  throw new Failure('policy-unavailable', 'The policy changes faster than it can be read')
}

/** Notes how good it is what is known now. @throws Failure `policy-unavailable` */
async function confirm({ trail, house }: Visit, { principal }: Caller): Promise<void> {
  const { version, at } = await house.ports.watch.confirmation(principal.organizationId)
  trail.known.policyVersion = version
  trail.known.knownSince = at
}

async function decideOnce(
  visit: Visit,
  caller: Caller,
  { reader, prologue }: ReadRequest,
): Promise<Judgement> {
  const { ports } = visit.house
  const { known } = visit.trail
  const house = served(visit, caller)
  const { organization } = house
  const { directory, roles } = ports
  const at = ports.now()
  const role = await findRole(caller, visit.source, at, roles)
  known.role = role
  known.facts = reader.facts
  const accessControl = await ports.accessControl.accessControlRules(organization.id)
  const circumstances = { sourceAddress: visit.source.address, at, accessControl }
  const ownersOf: Knowledge['ownersOf'] = (guids, users) =>
    ports.mailboxOwners.ownersOf(house, guids, users)
  const by = { organizationId: organization.id, roleId: role.id, principalId: caller.principal.id }
  const subscribersOf = (ids: readonly string[]) => ports.subscriptions.ownersOf(ids, by)
  const knowledge = { organization, directory, role, circumstances, ownersOf, subscribersOf }
  const judgement = await judge(knowledge, prologue, reader.facts)
  known.user = judgement.user
  return judgement
}

/**
 * Decides once more what was allowed: the caller's key may be gone, and the role another.
 *
 * @param actAs - as whom the request has been sent on
 * @throws Failure where it can no longer be allowed, but for a denial
 */
export async function decideAgain(
  visit: Visit,
  read: ReadRequest,
  actAs: string,
): Promise<Judgement> {
  const again = await decideNow(visit, read)
  if ('actAs' in again && again.actAs !== actAs)
    throw new Failure('policy-unavailable', 'The user got another address meanwhile')
  return again
}

/** The caller anew. @throws Failure where the credential is no longer good */
async function recall(visit: Visit): Promise<Caller> {
  const authentication = await authenticateAgain(visit)
  if (authentication.kind === 'authenticated') return authentication.caller
  if (authentication.kind === 'braked')
    throw new Failure('policy-unavailable', 'The credential cannot be judged again now')
  const reason = presentsToken(visit) ? 'credentials-refused' : 'role-not-permitted'
  throw new Failure(reason, 'The credential is no longer good')
}

export function served({ house }: Visit, { principal }: Caller): ServedOrganization {
  const served = house.ports.organizations.get(principal.organizationId)
  if (served === undefined)
    throw new Failure('role-unknown', `Organization ${principal.organizationId} is not configured`)
  return served
}

/** Only a lock has words of its own: those of whoever locked the role. */
export function denial({ trail }: Visit, { reason }: Deny): Failure {
  const message = reason === 'role-locked' ? trail.known.role?.lock?.message : undefined
  return new Failure(reason, message ?? '')
}
