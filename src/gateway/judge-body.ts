/**
 * Evaluates what a body names, and makes no lookup that can't change the result.
 *
 * First comes everything that the request itself decides: under the guard's `own`, addresses are
 * compared with those of the impersonated user, and under `any` nothing is compared. What is left is
 * looked up in a few batches, and the first denial ends it.
 *
 * @module
 */

import type { Directory } from '../directory/directory.ts'
import type { Reason } from '../model/decision.ts'
import type { BodyFacts, NamedMailbox } from '../model/envelope.ts'
import { foldName, type Organization, type User, type UserId } from '../model/identity.ts'
import type { Subscription } from '../model/subscription.ts'
import type { CompiledRole, Target } from '../policy/decide.ts'
import { isWatchable, judgeBody, type ResolvedBody, reachOf } from '../policy/guard.ts'
import { isNobodysTarget } from '../policy/reserved.ts'
import { batchesOf } from './batches.ts'

/** Maximum number of other users per request whose mailbox GUIDs the upstream is asked for. */
const MAX_ASKED = 20

/** Maximum number of mailboxes that the subscriptions of a request watch, each counted for itself. */
const MAX_WATCHED = 1_000

/** Inputs of the evaluation of a body that are not in the request. */
export type BodyKnowledge = Readonly<{
  organization: Organization
  directory: Directory
  /** Returns the owners of these mailbox GUIDs, according to what the upstream says of some users. */
  ownersOf: (
    guids: readonly string[],
    users: readonly User[],
  ) => Promise<readonly (UserId | undefined)[]>
  /** Whether the upstream gives a mailbox of the user to another user, too. */
  isShared: (user: User) => Promise<boolean>
  /** Returns these subscriptions, in their order; undefined for those that aren't the caller's. */
  subscriptionsOf: (ids: readonly string[]) => Promise<readonly (Subscription | undefined)[]>
}>

/** The request around the body. */
export type Requested = Readonly<{ compiled: CompiledRole; target: Target; user: User | undefined }>

/**
 * The reason for a denial; or the owners of the other mailboxes that an allowed body names,
 * undefined under the guard's `any`, because they are not looked up there.
 */
export type BodyResult = Readonly<
  { reason: Reason } | { reason?: undefined; others: readonly UserId[] | undefined }
>

/** Evaluates the body with a part of what it names resolved, as if it named nothing else. */
type Evaluate = (named: Partial<ResolvedBody>) => Reason | undefined

const NOTHING_NAMED = { mailboxes: [], senders: [], subscriptions: [], owners: [] } as const

/**
 * Evaluates a body as far as it has been read.
 *
 * @throws Failure `policy-unavailable`, or if the upstream can't say which mailbox an ID belongs to
 */
export async function evaluateBody(
  knowledge: BodyKnowledge,
  requested: Requested,
  facts: BodyFacts,
): Promise<BodyResult> {
  const { compiled, target, user } = requested
  const { opaqueIds = 'refuse' } = knowledge.organization
  const evaluate: Evaluate = named =>
    judgeBody(compiled, target, facts, { ...NOTHING_NAMED, opaqueIds, ...named })

  if (namesNothing(facts)) return resultOf(requested, evaluate({}), [])

  const ownAddresses = addressesOf(user)
  const ownerOf = (address: string) => (ownAddresses.has(foldName(address)) ? user : undefined)
  const isLookedUp = ({ address, allowed }: NamedMailbox) =>
    reachOf(compiled.role.guard, target, allowed) === 'permitted' && ownerOf(address) === undefined
  const reason =
    evaluate({
      mailboxes: facts.mailboxes
        .filter(named => !isLookedUp(named))
        .map(({ address, allowed }) => ({ allowed, user: ownerOf(address) })),
      senders: facts.senders.map(ownerOf),
    }) ?? (await evaluateSubscriptions(knowledge, requested, evaluate, facts.subscriptions))
  if (reason !== undefined) return { reason }
  const lookedUp = facts.mailboxes.filter(isLookedUp)
  return await evaluateMailboxes(knowledge, requested, evaluate, lookedUp, facts.mailboxGuids)
}

function resultOf(
  { compiled, target }: Requested,
  reason: Reason | undefined,
  others: readonly UserId[],
): BodyResult {
  if (reason !== undefined) return { reason }
  return { others: reachOf(compiled.role.guard, target) === 'any' ? undefined : others }
}

/** Whether there is nothing to compare or to look up, as in most requests. */
const namesNothing = ({ mailboxes, senders, mailboxGuids, subscriptions }: BodyFacts): boolean =>
  mailboxes.length + senders.length + mailboxGuids.length + subscriptions.length === 0

/** Addresses by which the directory would find the user. */
export const addressesOf = (user: User | undefined): ReadonlySet<string> =>
  new Set(user === undefined ? [] : [user.primarySmtpAddress, ...user.aliases].map(foldName))

async function evaluateSubscriptions(
  knowledge: BodyKnowledge,
  { compiled }: Requested,
  evaluate: Evaluate,
  ids: readonly string[],
): Promise<Reason | undefined> {
  const { guard } = compiled.role
  const watched: UserId[] = []
  for (const some of batchesOf(ids))
    for (const subscription of await knowledge.subscriptionsOf(some)) {
      if (subscription === undefined || !isWatchable(guard, subscription.others))
        return evaluate({ subscriptions: [undefined] })
      const { userId, others = [] } = subscription
      watched.push(userId, ...(guard.mailboxes === 'any' ? [] : others))
      if (watched.length > MAX_WATCHED) return evaluate({ subscriptions: [undefined] })
    }
  for (const some of batchesOf([...new Set(watched)])) {
    const users = await targetsById(knowledge, some)
    const reason = evaluate({ subscriptions: users.map(user => ({ user, others: [] })) })
    if (reason !== undefined) return reason
  }
  return undefined
}

/** Evaluates mailboxes that only the rules can allow, and then those that IDs point into. */
async function evaluateMailboxes(
  knowledge: BodyKnowledge,
  requested: Requested,
  evaluate: Evaluate,
  named: readonly NamedMailbox[],
  guids: readonly string[],
): Promise<BodyResult> {
  const { organization, directory } = knowledge
  const openable = new Map<UserId, User>()
  for (const some of batchesOf(named)) {
    const addresses = some.map(({ address }) => address)
    const found = await directory.resolveAddresses(organization.id, addresses)
    const users = await reachable(knowledge, found)
    const reason = evaluate({
      mailboxes: some.map(({ allowed }, i) => ({ allowed, user: users[i] })),
    })
    if (reason !== undefined) return { reason }
    for (const [i, user] of users.entries())
      if (user !== undefined && some[i]?.allowed === 'own') openable.set(user.id, user)
  }
  return await evaluateOwners(knowledge, requested, evaluate, [...openable.values()], guids)
}

/**
 * Evaluates the owners of the mailboxes that IDs point into. The upstream is asked for the GUIDs of
 * users that the request names by address, because later requests name them by these IDs alone.
 *
 * @param others - allowed users besides the impersonated one
 */
async function evaluateOwners(
  knowledge: BodyKnowledge,
  requested: Requested,
  evaluate: Evaluate,
  others: readonly User[],
  guids: readonly string[],
): Promise<BodyResult> {
  const { compiled, target, user } = requested
  const reach = reachOf(compiled.role.guard, target)
  const named = others.map(({ id }) => id)
  if (user === undefined || reach === 'any' || guids.length + others.length === 0)
    return resultOf(requested, undefined, named)
  const learned = others.slice(0, MAX_ASKED)
  const asked = guids.length === 0 ? learned : [user, ...learned]
  const foreign = new Set(await knowledge.ownersOf(guids, asked))
  foreign.delete(user.id)
  const ids = [...foreign].filter(id => id !== undefined)
  if (ids.length < foreign.size || (ids.length > 0 && reach === 'own'))
    return resultOf(requested, evaluate({ owners: [undefined] }), [])
  for (const some of batchesOf(ids)) {
    const reason = evaluate({ owners: await targetsById(knowledge, some) })
    if (reason !== undefined) return { reason }
  }
  return resultOf(requested, undefined, [...new Set([...named, ...ids])])
}

async function targetsById(
  knowledge: BodyKnowledge,
  ids: readonly UserId[],
): Promise<readonly (User | undefined)[]> {
  const { organization, directory } = knowledge
  return await reachable(knowledge, await directory.users(organization.id, ids))
}

/** Replaces users whose mailboxes no body can name with undefined. */
function reachable(
  { organization, isShared }: BodyKnowledge,
  users: readonly (User | undefined)[],
): Promise<readonly (User | undefined)[]> {
  return Promise.all(
    users.map(async found => {
      const user = targetOf(organization, found)
      return user && (await isShared(user)) ? undefined : user
    }),
  )
}

/** Returns the user if a request can name them at all: disabled and reserved accounts are unknown. */
export const targetOf = (organization: Organization, user: User | undefined): User | undefined =>
  user?.enabled && !isNobodysTarget(organization, user) ? user : undefined
