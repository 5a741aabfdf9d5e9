/**
 * A request's decision on the present state of everything it depends on, made as often as that may
 * have changed.
 *
 * @module
 */

import type { Confirmation } from '../cache/cache.ts'
import type { Caller } from '../credentials/credentials.ts'
import type { Deny } from '../model/decision.ts'
import { Failure } from '../model/failure.ts'
import type { User } from '../model/identity.ts'
import { authenticateAgain, presentsToken } from './authenticate.ts'
import { type Judgement, judge, judgeDiscovery, judgePrologue, type Knowledge } from './judge.ts'
import type { ServedOrganization } from './ports.ts'
import type { ReadRequest } from './read.ts'
import { findRole } from './role.ts'
import { askItems } from './stored-items.ts'
import type { Visit } from './visit.ts'

/** How often a decision is made anew because of changes meanwhile. */
const ATTEMPTS = 5

/** A caller, and the turn of the policy at which he was known. */
export type Recognized = Readonly<{ caller: Caller; turn: number }>

/**
 * Decides on everything before the operation, on one state. A body that has not arrived is not
 * waited for if this denies it.
 *
 * @throws Failure
 */
export const decidePrologue = (
  visit: Visit,
  { reader, prologue }: ReadRequest,
  recognized: Recognized,
): ReturnType<typeof judgePrologue> =>
  onOneState(visit, recognized, async caller => {
    visit.trail.known.facts = reader.facts
    return await judgePrologue(await knowledgeOf(visit, caller), prologue)
  })

/**
 * The decision on a request, on one state.
 *
 * @param recognized - absent: who calls is to be known anew
 * @throws Failure
 */
export const decideNow = (
  visit: Visit,
  { reader, prologue }: ReadRequest,
  recognized?: Recognized,
): Promise<Judgement> =>
  onOneState(visit, recognized, async caller => {
    visit.trail.known.facts = reader.facts
    return await judge(await knowledgeOf(visit, caller), prologue, reader.facts)
  })

/**
 * The decision whether a client may learn where somebody's mailbox is, on one state.
 *
 * @throws Failure
 */
export const decideDiscovery = (visit: Visit, address: string) =>
  onOneState(visit, undefined, async caller =>
    judgeDiscovery(await knowledgeOf(visit, caller), address),
  )

/** Where anything changes while it is read, the decision is made anew. */
async function onOneState<T extends Readonly<{ user: User | undefined }>>(
  visit: Visit,
  recognized: Recognized | undefined,
  decide: (caller: Caller) => Promise<T>,
): Promise<T> {
  const { watch } = visit.house.ports
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const { turn } = watch
    const caller = recognized?.turn === turn ? recognized.caller : await recall(visit)
    const { organizationId } = caller.principal
    confirm(visit, watch.confirmed(organizationId) ?? (await watch.confirmation(organizationId)))
    const judgement = await decide(caller)
    visit.trail.known.user = judgement.user
    confirm(visit, watch.confirmed(organizationId) ?? (await watch.confirmation(organizationId)))
    if (watch.turn === turn) return judgement
  }
  throw new Failure('policy-unavailable', 'The policy changes faster than it can be read')
}

/** Notes how good it is what is known now. */
function confirm({ trail }: Visit, { version, at }: Confirmation): void {
  trail.known.policyVersion = version
  trail.known.knownSince = at
}

/** What a caller's request is judged by. @throws Failure */
async function knowledgeOf(visit: Visit, caller: Caller): Promise<Knowledge> {
  const { ports } = visit.house
  const { known } = visit.trail
  const house = served(visit, caller)
  const { organization } = house
  const { directory, roles } = ports
  const at = ports.now()
  const role = await findRole(caller, visit.source, at, roles)
  known.role = role
  const accessControl = await ports.accessControl.accessControlRules(organization.id)
  const circumstances = { sourceAddress: visit.source.address, at, accessControl }
  const ownersOf: Knowledge['ownersOf'] = (guids, users) =>
    ports.mailboxOwners.ownersOf(house, guids, users)
  const isShared = (user: User) => ports.mailboxOwners.isShared(house, user)
  const by = { organizationId: organization.id, roleId: role.id, principalId: caller.principal.id }
  const subscriptionsOf = (ids: readonly string[]) => ports.subscriptions.find(ids, by)
  const ask: Knowledge['askItems'] = (items, user) =>
    askItems(house.upstream, items, user, caller.principal.id)
  const { mailbox } = caller
  const asked = { ownersOf, isShared, subscriptionsOf, askItems: ask }
  return { organization, directory, role, mailbox, circumstances, ...asked }
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

/** What a denial says. Only a lock has words of its own: those of whoever locked the role. */
export function wordsOf({ trail }: Visit, { reason }: Deny): string {
  return (reason === 'role-locked' && trail.known.role?.lock?.message) || ''
}
