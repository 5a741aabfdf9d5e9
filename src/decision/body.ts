/**
 * Evaluates the mailboxes, senders, IDs, and subscriptions that a body names. Skips lookups that can't change the
 * result.
 *
 * First come checks without lookups: if the guard has `own`, addresses are compared with those of the impersonated
 * user. With `any`, nothing is compared, unless users are protected from the role. The other names are looked up in a
 * few batches, up to the first denial.
 *
 * @module
 */

import type { Reason } from '../model/decision.ts'
import type { BodyFacts, NamedMailbox } from '../model/envelope.ts'
import { byAddress, foldName, type User, type UserId } from '../model/identity.ts'
import { type Acting, evaluateBody, reachOf } from '../policy/guard.ts'
import { isOutside } from '../policy/outside.ts'
import { batchesOf } from './batches.ts'
import type { BodyEvaluation } from './body-evaluation.ts'
import type { Outcome } from './decision.ts'
import type { Evaluation } from './evaluation.ts'
import { deny, NOT_MADE, PASS, UNKNOWN } from './outcome.ts'
import { evaluateReach } from './reach.ts'
import { findReachable } from './reachable.ts'
import { checkStoredItems } from './stored-items.ts'
import { checkSubscriptions } from './subscriptions.ts'
import { addressesOf, userOf } from './target.ts'

/** Maximum number of other users per request whose mailbox GUIDs the upstream is asked for. */
const MAX_ASKED = 20

const NO_OTHERS: readonly UserId[] = []

/** Evaluates the body as far as it has been read. */
export function checkBody(evaluation: Evaluation): Outcome {
  const { request, target, compiled, active: protection } = evaluation
  const { body: facts, organization } = request
  if (facts === undefined || (target.kind !== 'user' && target.kind !== 'neutral')) return NOT_MADE
  const { opaqueIds = 'refuse', enforcesSendAs = false } = organization
  const user = userOf(target)
  const acting: Acting = user === undefined ? { kind: 'neutral' } : { kind: 'user', id: user.id }
  const denialOf: BodyEvaluation['denialOf'] = ({
    mailboxes = [],
    senders = [],
    owners = [],
    subscriptions = [],
  }) =>
    evaluateBody(compiled, acting, facts, {
      mailboxes,
      senders,
      owners,
      subscriptions,
      opaqueIds,
      enforcesSendAs,
      protection,
    })
  const body = { ...evaluation, acting, user, facts, denialOf }

  const outcome = checkNamed(body)
  if (outcome.kind !== 'pass') return outcome
  const denial = enforcesSendAs ? undefined : checkStoredItems(body)
  return denial === undefined ? outcome : deny(denial)
}

function checkNamed(body: BodyEvaluation): Outcome {
  const { caller, compiled, acting, user, facts, denialOf, active } = body
  if (namesNothing(facts)) return outcomeOf(body, denialOf({}), NO_OTHERS)

  const ownAddresses = addressesOf(user)
  const ownerOf = (address: string) => (ownAddresses.has(foldName(address)) ? user : undefined)
  const isLookedUp = ({ address, allowed }: NamedMailbox) => {
    const reach = reachOf(compiled.role.guard, acting, allowed)
    const depends = reach === 'permitted' || (reach === 'any' && active !== undefined)
    return depends && ownerOf(address) === undefined
  }
  const isSenderLookedUp = (address: string) =>
    compiled.role.guard.senders === 'permitted' &&
    user !== undefined &&
    ownerOf(address) === undefined
  const denial = denialOf({
    mailboxes: facts.mailboxes
      .filter(named => !isLookedUp(named))
      .map(({ address, allowed }) => ({ allowed, user: ownerOf(address) })),
    senders: facts.senders.filter(address => !isSenderLookedUp(address)).map(ownerOf),
  })
  if (denial !== undefined) return deny(denial)
  // An explanation can have no principal. Then it is unknown whether the principal owns the subscriptions.
  if (caller.principal === undefined && facts.subscriptions.length > 0) return UNKNOWN
  const reason = checkSubscriptions(body)
  if (reason !== undefined) return deny(reason)
  if (body.lookup.missing.length > 0) return UNKNOWN
  const sent = facts.sends ? facts.senders.filter(isSenderLookedUp) : []
  return checkSenders(body, sent) ?? checkMailboxes(body, facts.mailboxes.filter(isLookedUp))
}

/** Whether there is nothing to compare or to look up, as in most requests. */
const namesNothing = ({ mailboxes, senders, mailboxGuids, subscriptions }: BodyFacts): boolean =>
  mailboxes.length + senders.length + mailboxGuids.length + subscriptions.length === 0

function outcomeOf(
  body: BodyEvaluation,
  reason: Reason | undefined,
  others: readonly UserId[],
): Outcome {
  if (reason !== undefined) return deny(reason)
  return isUnlimited(body) ? PASS : { kind: 'pass', others }
}

/** Whether the body can name any mailbox, so that no owner needs to be found. */
const isUnlimited = ({ compiled, acting, active }: BodyEvaluation): boolean =>
  reachOf(compiled.role.guard, acting) === 'any' && active === undefined

/** Evaluates senders that are allowed only if the rules allow to impersonate them. */
function checkSenders(body: BodyEvaluation, named: readonly string[]): Outcome | undefined {
  for (const some of batchesOf(named)) {
    const senders = findReachable(body, 'name', some.map(byAddress))
    if (senders === undefined) return UNKNOWN
    const reason = body.denialOf({ senders })
    if (reason !== undefined) return deny(reason)
  }
  return undefined
}

/** Evaluates mailboxes that are allowed only if the rules allow them, and then the mailboxes that IDs belong to. */
function checkMailboxes(body: BodyEvaluation, named: readonly NamedMailbox[]): Outcome {
  const openable = new Map<UserId, User>()
  for (const some of batchesOf(named)) {
    const names = some.map(({ address }) => byAddress(address))
    const users = findReachable(body, 'name', names)
    if (users === undefined) return UNKNOWN
    const mailboxes = some.map(({ allowed }, i) => ({ allowed, user: users[i] }))
    const reason = body.denialOf({
      mailboxes: mailboxes.filter((_, i) => !isNoMailbox(body, some[i])),
    })
    if (reason !== undefined) return deny(reason)
    for (const [i, user] of users.entries())
      if (user !== undefined && isAsked(body, some[i]) && mayActAs(body, user))
        openable.set(user.id, user)
  }
  return checkOwners(body, [...openable.values()])
}

/** Whether the IDs of a named mailbox matter: later, if the server can open it, and now, if one of them is converted. */
function isAsked({ facts }: BodyEvaluation, named: NamedMailbox | undefined): boolean {
  if (named?.allowed === 'converted') return facts.mailboxGuids.length > 0
  return named?.allowed === 'own'
}

/** Whether the upstream can be asked as a user. With `any`, a body can also name users that the rules deny. */
const mayActAs = ({ compiled }: BodyEvaluation, user: User): boolean =>
  evaluateReach(compiled.rules, user).reason === undefined

/**
 * Whether an address is no mailbox of the server: it is outside the accepted domains, and no user has it. The
 * second condition matters because the list of domains can be incomplete. Applies only to lists such as attendees,
 * which can contain outside addresses.
 */
function isNoMailbox(
  { request, lookup }: BodyEvaluation,
  named: NamedMailbox | undefined,
): boolean {
  if (named?.allowed !== 'permitted' || !isOutside(request.organization, named.address))
    return false
  const entry = lookup.find('name', byAddress(named.address))
  return entry !== undefined && entry.value === undefined
}

/**
 * Evaluates the owners of the mailboxes that IDs belong to. Also asks the upstream for the mailbox GUIDs of users
 * that the rules allow and the request names by address, because later requests name these mailboxes only by IDs.
 *
 * @param others - allowed users in addition to the impersonated one
 */
function checkOwners(body: BodyEvaluation, others: readonly User[]): Outcome {
  const { compiled, acting, user, facts, lookup, denialOf } = body
  // Without a user, only an ID that is converted is evaluated here. All others are denied before.
  const reach = reachOf(compiled.role.guard, acting, 'converted')
  const guids = facts.mailboxGuids
  const named = others.map(({ id }) => id)
  if (isUnlimited(body) || guids.length + others.length === 0)
    return outcomeOf(body, undefined, named)
  const learned = others.slice(0, MAX_ASKED)
  const asked = guids.length === 0 || user === undefined ? learned : [user, ...learned]
  const owners = lookup.find('mailbox-owners', { guids, users: asked })
  if (owners?.value === undefined) return UNKNOWN
  const foreign = new Set(owners.value)
  if (user !== undefined) foreign.delete(user.id)
  const ids = [...foreign].filter(id => id !== undefined)
  if (ids.length < foreign.size || (ids.length > 0 && reach === 'own'))
    return outcomeOf(body, denialOf({ owners: [undefined] }), [])
  for (const some of batchesOf(ids)) {
    const users = findReachable(body, 'user', some)
    if (users === undefined) return UNKNOWN
    const reason = denialOf({ owners: users })
    if (reason !== undefined) return deny(reason)
  }
  return outcomeOf(body, undefined, [...new Set([...named, ...ids])])
}
