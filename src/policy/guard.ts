/**
 * Evaluates the guard of a role: limits on the body of a request that is allowed otherwise.
 *
 * The first denial wins, in this order: push subscriptions, sending and senders, apps, inbox rules, grants,
 * subscriptions, mailboxes by address or by ID.
 *
 * @module
 */

import type { Reason } from '../model/decision.ts'
import type { BodyFacts, NamedMailbox, SentItem } from '../model/envelope.ts'
import type { OpaqueIds, Person, UserId } from '../model/identity.ts'
import type {
  ImpersonationRole,
  Mailboxes,
  RoleContent,
  RoleGuard,
  Senders,
} from '../model/role.ts'
import { type ActiveProtection, isProtected } from './protection.ts'
import { type CompiledRole, type CompiledRules, evaluateRules } from './rules.ts'

/** User or neutral mailbox as which a request acts. */
export type Acting = Readonly<{ kind: 'user'; id: UserId } | { kind: 'neutral' }>

/** A mailbox that the body names. */
export type ResolvedMailbox = Readonly<{
  allowed: NamedMailbox['allowed']
  /** Owner of the mailbox. Undefined if it is not known. */
  user: Person | undefined
}>

/** A subscription and the mailboxes that it watches. */
export type ResolvedSubscription = Readonly<{
  /** User that Subscribe acted as. Undefined if the user is unknown. */
  user: Person | undefined
  /** Owners of the other mailboxes that Subscribe named. Undefined if they were not determined. */
  others: readonly (Person | undefined)[] | undefined
}>

/** Users that the facts of a body name. An unknown user is undefined. */
export type ResolvedBody = Readonly<{
  mailboxes: readonly ResolvedMailbox[]
  senders: readonly (Person | undefined)[]
  /** Owners of the mailboxes that IDs belong to. */
  owners: readonly (Person | undefined)[]
  /** Subscriptions that the body names. A subscription that is unknown or belongs to another caller is undefined. */
  subscriptions: readonly (ResolvedSubscription | undefined)[]
  /** Which IDs to allow that don't tell which mailbox they belong to. */
  opaqueIds: OpaqueIds
  /** Whether the upstream itself checks senders. */
  enforcesSendAs: boolean
  /** Users that are protected from the role. While there are any, `any` allows only known users. */
  protection: ActiveProtection | undefined
}>

/**
 * Decides on the body of a request that is allowed otherwise.
 *
 * @param named - users that `facts` name
 * @returns the reason for a denial, or undefined
 */
export function evaluateBody(
  { role, rules }: CompiledRole,
  target: Acting,
  facts: BodyFacts,
  named: ResolvedBody,
): Reason | undefined {
  if (facts.pushSubscription) return 'push-subscription'
  if (facts.sends) {
    if (!isSwitchedOn(role, 'sending')) return 'operation-refused'
    const { senders } = role.guard
    const maySend = (user: Person | undefined) =>
      maySendAs(permits(rules, named.protection), senders, target, user)
    // Treats `server` like `own` if the upstream doesn't check senders.
    const isLeftToServer = senders === 'server' && named.enforcesSendAs
    if (!isLeftToServer && (facts.unknownSender || !named.senders.every(maySend)))
      return 'sender-refused'
  }
  // An item that is only saved can be sent later, also by another client.
  if (facts.foreignHeaders && !named.enforcesSendAs) return 'sender-refused'
  if (facts.installsApps) return 'operation-refused'
  if (facts.hiddenRules && !isSwitchedOn(role, 'inboxRules')) return 'operation-refused'
  if (facts.grants && !isSwitchedOn(role, 'delegation')) return 'grant-refused'
  const mayHear = (subscription: ResolvedSubscription | undefined) =>
    subscription !== undefined && mayWatch(role, rules, subscription, named.protection)
  if (facts.unknownSubscription || !named.subscriptions.every(mayHear))
    return 'foreign-subscription'
  return staysInside(role, rules, target, facts, named) ? undefined : 'foreign-mailbox'
}

/** Kind and senders of a stored item, as the upstream returned them. */
export type StoredSenders =
  | Readonly<{ kind: 'missing' }>
  | Readonly<{ kind: 'unknown' }>
  | Readonly<{
      kind: 'meeting' | 'other'
      changeKey: string
      senders: readonly (Person | undefined)[]
      /** Whether the item names a sender that can't be compared with a user. */
      unknownSender: boolean
    }>

/** Returns whether the rules allow a user that is not protected. */
const permits =
  (rules: CompiledRules, protection: ActiveProtection | undefined) =>
  (user: Person | undefined): boolean =>
    !isProtected(protection, user) && evaluateRules(rules, user).effect === 'ALLOW'

function maySendAs(
  isPermitted: (user: Person | undefined) => boolean,
  senders: Senders,
  target: Acting,
  user: Person | undefined,
): boolean {
  if (isOwn(target, user)) return true
  const isOpen = senders === 'permitted' && target.kind === 'user'
  return isOpen && isPermitted(user)
}

/**
 * Decides whether a request can send stored items, for an upstream that doesn't check senders itself. All senders
 * must be users as which the role can send. If the upstream compares ChangeKeys, the request must name those of the items
 * that were read, so the upstream sends no others.
 *
 * @param stored - result of the upstream for each of `items`
 * @returns the reason for a denial, or undefined
 */
export function evaluateSentItems(
  { role, rules }: CompiledRole,
  target: Acting,
  items: readonly SentItem[],
  stored: readonly StoredSenders[],
  {
    protection,
    comparesChangeKeys,
  }: Readonly<{ protection: ActiveProtection | undefined; comparesChangeKeys: boolean }>,
): 'sender-refused' | undefined {
  const { senders } = role.guard
  const maySend = (user: Person | undefined) =>
    maySendAs(permits(rules, protection), senders, target, user)
  const isSendable = (item: SentItem, i: number): boolean =>
    maySendItem(item, stored[i], maySend) && (!comparesChangeKeys || isCurrent(item, stored[i]))
  return items.every(isSendable) ? undefined : 'sender-refused'
}

/** Whether a request names the version of an item that was read, if the server sends only this version. */
function isCurrent({ changeKey, onlyMeetings }: SentItem, stored: StoredSenders | undefined) {
  if (changeKey === undefined || stored === undefined || !('changeKey' in stored)) return true
  if (onlyMeetings && stored.kind === 'other') return true
  return changeKey !== '' && changeKey === stored.changeKey
}

function maySendItem(
  { onlyMeetings }: SentItem,
  stored: StoredSenders | undefined,
  maySend: (sender: Person | undefined) => boolean,
): boolean {
  if (stored === undefined || stored.kind === 'unknown') return false
  if (stored.kind === 'missing') return onlyMeetings === true
  if (onlyMeetings && stored.kind === 'other') return true
  return !stored.unknownSender && stored.senders.every(maySend)
}

/** Whether a switch of the guard is on. READ_ONLY roles ignore the switches that allow changes. */
export const isSwitchedOn = (
  { type, guard }: RoleContent,
  name: 'inboxRules' | 'delegation' | 'sending',
): boolean => type === 'FULL_ACCESS' && guard[name]

const isOwn = (target: Acting, user: Person | undefined): boolean =>
  user !== undefined && target.kind === 'user' && target.id === user.id

/** Whether the current rules and guard would allow the Subscribe request that created a subscription. */
function mayWatch(
  { guard }: ImpersonationRole,
  rules: CompiledRules,
  { user, others }: ResolvedSubscription,
  protection: ActiveProtection | undefined,
): boolean {
  const isPermitted = permits(rules, protection)
  if (!isPermitted(user)) return false
  if (!isWatchable(guard, others, protection)) return false
  if (guard.mailboxes !== 'any') return !!others?.every(isPermitted)
  return protection === undefined || !!others?.every(isKnownBeside(protection))
}

/**
 * Whether a guard can allow a subscription to these other mailboxes, before their owners are checked. If the owners
 * were not determined, only the guard's `any` allows them.
 */
export function isWatchable(
  { mailboxes }: RoleGuard,
  others: readonly unknown[] | undefined,
  protection: ActiveProtection | undefined,
): boolean {
  if (mailboxes === 'any' && protection === undefined) return true
  return others !== undefined && (mailboxes !== 'own' || others.length === 0)
}

/** Returns whether a user is known and not protected. */
const isKnownBeside =
  (protection: ActiveProtection | undefined) =>
  (user: Person | undefined): boolean =>
    user !== undefined && !isProtected(protection, user)

function staysInside(
  { guard }: ImpersonationRole,
  rules: CompiledRules,
  target: Acting,
  facts: BodyFacts,
  { mailboxes, owners, opaqueIds, protection }: ResolvedBody,
): boolean {
  if (target.kind === 'neutral' && facts.hasIds) return false
  if (reachOf(guard, target) === 'any' && protection === undefined) return true
  if (facts.unknownMailbox) return false
  if (!isOpen(facts, opaqueIds)) return false

  const isPermitted = permits(rules, protection)
  const isKnown = isKnownBeside(protection)
  const mayName = (user: Person | undefined, allowed?: NamedMailbox['allowed']): boolean => {
    if (isOwn(target, user)) return true
    const reach = reachOf(guard, target, allowed)
    if (reach === 'any') return isKnown(user)
    return reach === 'permitted' && isPermitted(user)
  }
  return (
    mailboxes.every(({ allowed, user }) => mayName(user, allowed)) &&
    owners.every(user => mayName(user, 'converted'))
  )
}

/** Whether the organization allows the IDs of a body that don't tell which mailbox they belong to. */
function isOpen(facts: BodyFacts, opaqueIds: OpaqueIds): boolean {
  if (opaqueIds === 'allow') return true
  return opaqueIds === 'states' ? !facts.unknownIds : !facts.opaqueIds
}

/**
 * Returns which mailboxes a body can name at a position in the request. `any` and `own` need no lookup: `any`
 * allows all, and `own` allows only the user's own mailbox.
 *
 * @param allowed - owners that the position allows whatever the guard says
 */
export function reachOf(
  { mailboxes }: RoleGuard,
  target: Acting,
  allowed: NamedMailbox['allowed'] = 'own',
): Mailboxes {
  const isNeutral = target.kind === 'neutral'
  const reach = isNeutral ? 'own' : mailboxes
  if (reach !== 'own') return reach
  return allowed === 'converted' ? (isNeutral ? 'permitted' : 'own') : allowed
}
