/**
 * Checks that the gateway noticed everything that a server would act upon.
 *
 * This is the only file of the siege that knows a reader's facts. For a new fact, add a line here.
 *
 * @module
 */

import type { BodyFacts } from '../../src/model/envelope.ts'
import { GUID_OWNERS, guidIn } from './table.ts'
import { mailboxElementsOf, type Seen } from './understanding.ts'
import { addressesOf } from './world.ts'

/** Operations that name users without opening their mailboxes. See the comment of the selectors. */
const NAMES_NOBODY: ReadonlySet<string> = new Set(['ExpandDL', 'UpdateItem'])
/** Elements whose `Id` opens nothing: time zones, and the input of ConvertId. */
const NO_IDS: ReadonlySet<string> = new Set([
  'AlternateId',
  'EndTimeZone',
  'MeetingTimeZone',
  'Period',
  'StartTimeZone',
  'TimeZoneDefinition',
  'TransitionsGroup',
])
const KEPT = 100
const MAX_ID_LENGTH = 1_024

/** Returns a target in an operation element that its facts lack. Undefined if there is none. */
export function overlooked(operation: Seen, facts: BodyFacts): string | undefined {
  const all = descendants(operation)
  return (
    overlookedMailbox(operation, all, facts) ??
    overlookedId(operation, all, facts) ??
    overlookedSubscription(operation, all, facts) ??
    overlookedGrant(operation, all, facts)
  )
}

/** Addresses by which an operation names a mailbox in any place. */
export function mailboxesIn(operation: Seen): string[] {
  const all = descendants(operation)
  const owners = all
    .filter(({ name }) => name === 'DistinguishedFolderId' || name === 'WellKnownFolder')
    .flatMap(({ children }) => children.filter(({ name }) => name === 'Mailbox'))
  const converted = all.flatMap(({ name, attributes }) =>
    name === 'AlternateId' && !isProbe(attributes)
      ? attributes.filter(([local]) => local === 'Mailbox')
      : [],
  )
  return [...owners.flatMap(addressesIn), ...converted.map(([, address]) => address)]
}

/** Whether an ID and its address are those in the first request of exchangelib, or the address is that of DavMail. They name nothing. */
function isProbe(attributes: Seen['attributes']): boolean {
  const has = (name: string, value: string) =>
    attributes.some(one => one[0] === name && one[1] === value)
  return (has('Id', 'DUMMY') && has('Mailbox', 'DUMMY')) || has('Mailbox', 'blah@blah.com')
}

function overlookedMailbox(operation: Seen, all: readonly Seen[], facts: BodyFacts) {
  if (facts.unknownMailbox) return undefined
  const names = NAMES_NOBODY.has(operation.name) ? [] : mailboxElementsOf(operation.name)
  const others = all.filter(({ name }) => names.includes(name)).flatMap(addressesIn)
  const known = facts.mailboxes.map(({ address }) => address)
  const missing = [...mailboxesIn(operation), ...others].find(address => !known.includes(address))
  return missing === undefined ? undefined : `the mailbox ${JSON.stringify(missing)} is overlooked`
}

/** The element's own text, or that of what holds an address in it. */
function addressesIn({ text, children }: Seen): string[] {
  const named = children.filter(({ name }) => name === 'EmailAddress' || name === 'Address')
  if (named.length > 0) return named.map(child => child.text)
  return children.length === 0 && text.trim() !== '' ? [text] : []
}

function overlookedId(operation: Seen, all: readonly Seen[], facts: BodyFacts) {
  const known = [...facts.folders, ...facts.items]
  for (const { name, attributes } of [operation, ...all]) {
    if (NO_IDS.has(name)) continue
    for (const [local, value] of attributes) {
      if (!local.endsWith('Id')) continue
      if (!facts.hasIds) return `the id ${local} of ${name} is overlooked`
      const isKept = known.includes(value.slice(0, MAX_ID_LENGTH))
      if (!isKept && facts.folders.length < KEPT && facts.items.length < KEPT)
        return `the id ${JSON.stringify(value)} of ${name} is not recorded`
    }
  }
  return undefined
}

/** Operations that use or end a subscription. */
const USES_SUBSCRIPTIONS: ReadonlySet<string> = new Set([
  'GetEvents',
  'GetStreamingEvents',
  'Unsubscribe',
])

function overlookedSubscription(operation: Seen, all: readonly Seen[], facts: BodyFacts) {
  if (!USES_SUBSCRIPTIONS.has(operation.name) || facts.unknownSubscription) return undefined
  const missing = all.find(
    ({ name, text }) => name === 'SubscriptionId' && !facts.subscriptions.includes(text),
  )
  return missing && `the subscription ${JSON.stringify(missing.text)} is overlooked`
}

function overlookedGrant(operation: Seen, all: readonly Seen[], facts: BodyFacts) {
  const has = (pattern: RegExp) => all.some(({ name }) => pattern.test(name))
  if (has(/^(Calendar)?PermissionSet$/) && !facts.grants) return 'a grant is overlooked'
  const push = operation.name === 'Subscribe' && has(/^PushSubscriptionRequest$/)
  if (push && !facts.pushSubscription) return 'a push subscription is overlooked'
  return undefined
}

/** Operations that can name other users, if these can be impersonated too. */
const NAMES_OTHERS: ReadonlySet<string> = new Set(['GetMailTips', 'GetUserAvailabilityRequest'])

/**
 * Returns a target in a forwarded request that the impersonated user may not reach. Undefined if there is
 * none.
 */
export function reachesOthers(operation: Seen, actAs: string): string | undefined {
  const own = addressesOf(actAs)
  const isOwn = (address: string) =>
    own.includes(address.replace(/[A-Z]+/g, letters => letters.toLowerCase()))
  const all = descendants(operation)
  const isOpen = !NAMES_NOBODY.has(operation.name) && !NAMES_OTHERS.has(operation.name)
  const names = isOpen ? mailboxElementsOf(operation.name) : []
  const selected = all.filter(({ name }) => names.includes(name)).flatMap(addressesIn)
  const foreign = [...mailboxesIn(operation), ...selected].find(address => !isOwn(address))
  if (foreign !== undefined) return `reaches ${JSON.stringify(foreign)} as ${actAs}`

  const guids = all
    .flatMap(({ attributes }) => attributes)
    .filter(([local]) => local.endsWith('Id'))
    .flatMap(([, value]) => guidIn(value) ?? [])
  const other = guids.find(guid => !isOwn(GUID_OWNERS[guid] ?? ''))
  return other && `reaches the mailbox ${other} as ${actAs}`
}

const descendants = ({ children }: Seen): Seen[] =>
  children.flatMap(child => [child, ...descendants(child)])
