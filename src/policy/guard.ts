/**
 * The conditions on what a body says, once what stands before it is allowed.
 *
 * First refusal wins: push subscriptions, sending and senders, apps, rules, grants, subscriptions,
 * mailboxes named by address or by id.
 *
 * @module
 */

import type { Reason } from '../model/decision.ts'
import type { BodyFacts, NamedMailbox, SentItem } from '../model/envelope.ts'
import type { Person, UserId } from '../model/identity.ts'
import type { ImpersonationRole, Mailboxes, RoleGuard, Senders } from '../model/role.ts'
import { type CompiledRole, type CompiledRules, evaluateRules } from './rules.ts'

/** The user or the neutral mailbox as which a request acts. */
export type Acting = Readonly<{ kind: 'user'; id: UserId } | { kind: 'neutral' }>

/** A mailbox that the body names, and whose it is; undefined: nobody's that is known. */
export type ResolvedMailbox = Readonly<{
  allowed: NamedMailbox['allowed']
  user: Person | undefined
}>

/** A subscription and the mailboxes that it watches. */
export type ResolvedSubscription = Readonly<{
  /** The user that Subscribe acted as; undefined: an unknown user. */
  user: Person | undefined
  /** Owners of the other mailboxes that Subscribe named; undefined: not determined. */
  others: readonly (Person | undefined)[] | undefined
}>

/** Users that the facts of a body name; undefined: an unknown user. */
export type ResolvedBody = Readonly<{
  mailboxes: readonly ResolvedMailbox[]
  senders: readonly (Person | undefined)[]
  /** Owners of the mailboxes that ids point into. */
  owners: readonly (Person | undefined)[]
  /** Undefined: none of the caller's that is known. */
  subscriptions: readonly (ResolvedSubscription | undefined)[]
  /** Whether ids may pass that do not say whose mailbox they point into. */
  opaqueIds: 'allow' | 'refuse'
  /** Whether the upstream itself checks who sends. */
  enforcesSendAs: boolean
}>

/**
 * Decides from what the body says, once the rest is allowed.
 *
 * @param named - whom `facts` name
 * @returns the reason for a refusal, or undefined
 */
export function judgeBody(
  { role, rules }: CompiledRole,
  target: Acting,
  facts: BodyFacts,
  named: ResolvedBody,
): Reason | undefined {
  if (facts.pushSubscription) return 'push-subscription'
  if (facts.sends) {
    if (!isSwitchedOn(role, 'sending')) return 'operation-refused'
    const { senders } = role.guard
    const maySend = (user: Person | undefined) => maySendAs(rules, senders, target, user)
    // If the upstream doesn't check who sends, `server` is as strict as `own`.
    const isLeftToServer = senders === 'server' && named.enforcesSendAs
    if (!isLeftToServer && (facts.unknownSender || !named.senders.every(maySend)))
      return 'sender-refused'
  }
  if (facts.installsApps) return 'operation-refused'
  if (facts.hiddenRules && !isSwitchedOn(role, 'inboxRules')) return 'operation-refused'
  if (facts.grants && !isSwitchedOn(role, 'delegation')) return 'grant-refused'
  const mayHear = (subscription: ResolvedSubscription | undefined) =>
    subscription !== undefined && mayWatch(role, rules, subscription)
  if (facts.unknownSubscription || !named.subscriptions.every(mayHear))
    return 'foreign-subscription'
  return staysInside(role, rules, target, facts, named) ? undefined : 'foreign-mailbox'
}

/** The upstream's answer about a stored item: its kind and its senders. */
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

function maySendAs(
  rules: CompiledRules,
  senders: Senders,
  target: Acting,
  user: Person | undefined,
): boolean {
  if (isOwn(target, user)) return true
  const isOpen = senders === 'permitted' && target.kind === 'user'
  return isOpen && evaluateRules(rules, user).effect === 'ALLOW'
}

/**
 * Decides whether a request may send stored items of an upstream that doesn't check who sends: those of
 * users as which the role can send, as they were when the upstream was asked.
 *
 * @param stored - what the upstream says about each of `items`
 * @returns the reason for a denial, or undefined
 */
export function judgeSentItems(
  { role, rules }: CompiledRole,
  target: Acting,
  items: readonly SentItem[],
  stored: readonly StoredSenders[],
): 'sender-refused' | undefined {
  const { senders } = role.guard
  const maySend = (user: Person | undefined) => maySendAs(rules, senders, target, user)
  return items.every((item, i) => maySendItem(item, stored[i], maySend))
    ? undefined
    : 'sender-refused'
}

function maySendItem(
  { changeKey, onlyMeetings }: SentItem,
  stored: StoredSenders | undefined,
  maySend: (sender: Person | undefined) => boolean,
): boolean {
  if (stored === undefined || stored.kind === 'unknown') return false
  if (stored.kind === 'missing') return onlyMeetings === true
  if (onlyMeetings && stored.kind === 'other') return true
  if (changeKey !== undefined && (changeKey === '' || changeKey !== stored.changeKey)) return false
  return !stored.unknownSender && stored.senders.every(maySend)
}

/** Of a role that only reads no switch lets anything be changed. */
const isSwitchedOn = (
  { type, guard }: ImpersonationRole,
  name: 'inboxRules' | 'delegation' | 'sending',
): boolean => type === 'FULL_ACCESS' && guard[name]

const isOwn = (target: Acting, user: Person | undefined): boolean =>
  user !== undefined && target.kind === 'user' && target.id === user.id

/** Whether the present rules and guard would let Subscribe name what the subscription watches. */
function mayWatch(
  { guard }: ImpersonationRole,
  rules: CompiledRules,
  { user, others }: ResolvedSubscription,
): boolean {
  const isAllowed = (watched: Person | undefined) =>
    evaluateRules(rules, watched).effect === 'ALLOW'
  if (!isAllowed(user)) return false
  if (guard.mailboxes === 'any') return true
  return isWatchable(guard, others) && !!others?.every(isAllowed)
}

/**
 * Whether a guard lets a subscription watch these other mailboxes, whatever users they belong to. What was
 * not determined can be any mailbox, so only `any` allows it.
 */
export function isWatchable(
  { mailboxes }: RoleGuard,
  others: readonly unknown[] | undefined,
): boolean {
  if (mailboxes === 'any') return true
  return others !== undefined && (mailboxes === 'permitted' || others.length === 0)
}

function staysInside(
  { guard }: ImpersonationRole,
  rules: CompiledRules,
  target: Acting,
  facts: BodyFacts,
  { mailboxes, owners, opaqueIds }: ResolvedBody,
): boolean {
  if (target.kind === 'neutral' && facts.hasIds) return false
  if (reachOf(guard, target) === 'any') return true
  if (facts.unknownMailbox) return false
  if (facts.opaqueIds && opaqueIds === 'refuse') return false

  const mayName = (user: Person | undefined, allowed?: NamedMailbox['allowed']): boolean => {
    if (isOwn(target, user)) return true
    const reach = reachOf(guard, target, allowed)
    return reach === 'permitted' && evaluateRules(rules, user).effect === 'ALLOW'
  }
  return (
    mailboxes.every(({ allowed, user }) => mayName(user, allowed)) &&
    owners.every(user => mayName(user))
  )
}

/**
 * Returns which mailboxes a body can name: under `any` nothing that it names changes the decision,
 * under `own` nothing but the user's own mailbox is allowed, so neither needs a lookup.
 *
 * @param allowed - what the place in the request allows by itself
 */
export function reachOf(
  { mailboxes }: RoleGuard,
  target: Acting,
  allowed: NamedMailbox['allowed'] = 'own',
): Mailboxes {
  const reach = target.kind === 'neutral' ? 'own' : mailboxes
  return reach === 'own' ? allowed : reach
}
