/**
 * Computes the expected decision from the published catalogue of operations and the text of the rulings:
 * slow, naive, and without any code of the product.
 *
 * @module
 */

import { readFileSync } from 'node:fs'
import type { Reason } from '../../src/model/decision.ts'
import { NEUTRAL, type RoleSeed, SERVICE, USERS } from '../kit/gateway-test-server.ts'

export type Row = Readonly<{
  operation: string
  requestElement: string
  class: string
  readOnlyAllowed: boolean
  source: string
}>

export const CATALOGUE: readonly Row[] = JSON.parse(
  readFileSync(new URL('../../fixtures/ews-operations.json', import.meta.url), 'utf8'),
)

/** Operations that clients send without ExchangeImpersonation. */
export const NEUTRAL_ONES: readonly string[] = [
  'ConvertId',
  'ExpandDL',
  'GetRoomLists',
  'GetRooms',
  'GetServerTimeZones',
  'ResolveNames',
  'GetMailTips',
  'GetUserAvailability',
]
/** Operations of the upstream's address book. */
export const ADDRESS_BOOK: readonly string[] = [
  'ResolveNames',
  'ExpandDL',
  'FindPeople',
  'GetPersona',
  'GetUserPhoto',
  'GetRoomLists',
  'GetRooms',
  'GetMailTips',
  'GetUserAvailability',
]
/** Reads that READ_ONLY allows only if its role names them. */
export const EXTRAS: readonly string[] = [
  'GetImItemList',
  'GetImItems',
  'GetAppManifests',
  'GetAppMarketplaceUrl',
  'GetUserConfiguration',
]
/** Operations that always send. */
const SENDERS = ['SendItem', 'PlayOnPhone', 'ReportMessage', 'SetUserOofSettings']
const USUAL = ['read', 'session', 'write', 'send']

/** Facts of a request that a decision depends on. */
export type RequestInput = Readonly<{
  requestElement: string
  connectingSid?: Readonly<{ kind: string; value: string }>
  facts?: Readonly<{
    mailboxes?: readonly Readonly<{ address: string; allowed: string }>[]
    hasIds?: boolean
  }>
}>

/** Returns the reason why the type of a role denies an operation. Undefined if it doesn't. */
export function refusedByType(role: RoleSeed, row: Row): Reason | undefined {
  const { directoryLookups = true, extraReads = [], sending = true } = role.guard ?? {}
  const { delegation = false, inboxRules = false } = role.guard ?? {}
  if (!directoryLookups && ADDRESS_BOOK.includes(row.operation)) return 'operation-refused'
  const extra = EXTRAS.includes(row.operation)
  const named = (extraReads as readonly string[]).includes(row.operation)
  if (row.readOnlyAllowed && (!extra || named)) return undefined
  const usual =
    (USUAL.includes(row.class) || (row.class === 'delegation' && delegation)) &&
    /WSDL-\d/.test(row.source) &&
    (row.operation !== 'UpdateInboxRules' || inboxRules) &&
    (!SENDERS.includes(row.operation) || sending)
  if (!usual) return 'operation-refused'
  if (role.type !== 'READ_ONLY') return undefined
  return ['read', 'session'].includes(row.class) ? 'operation-refused' : 'role-is-read-only'
}

/** Returns the reason why a role denies a well-formed request. Undefined if the role allows it. */
export function reasonFor(role: RoleSeed, asked: RequestInput): Reason | undefined {
  const row = CATALOGUE.find(({ requestElement }) => requestElement === asked.requestElement)
  if (row === undefined) return 'operation-unknown'
  const refused = refusedByType(role, row)
  if (refused !== undefined) return refused

  const { mailboxes = [], hasIds = false } = asked.facts ?? {}
  if (asked.connectingSid === undefined) {
    if (!NEUTRAL_ONES.includes(row.operation)) return 'impersonation-missing'
    if (role.allow.length === 0) return 'no-rule-allows'
    if (hasIds) return 'foreign-mailbox'
  }
  const self = asked.connectingSid && addressOf(asked.connectingSid)
  if (asked.connectingSid !== undefined) {
    if (self === undefined) return 'unknown-user'
    if (role.deny?.includes(self)) return 'rule-denies'
    if (!isAllowed(role, self)) return 'no-rule-allows'
  }
  const foreign = mailboxes.some(({ address, allowed }) => {
    const named = addressOf({ kind: 'SmtpAddress', value: address })
    if (named !== undefined && named === self) return false
    return allowed !== 'permitted' || named === undefined || !isAllowed(role, named)
  })
  return foreign ? 'foreign-mailbox' : undefined
}

function isAllowed({ allow, deny = [] }: RoleSeed, address: string): boolean {
  return !deny.includes(address) && (allow === 'all' || allow.includes(address))
}

/** Returns the primary address of the user with a name. Undefined if the user can't be impersonated. */
export function addressOf({
  kind,
  value,
}: Readonly<{ kind: string; value: string }>): string | undefined {
  const found = USERS.find(({ primarySmtpAddress, aliases, principalName, sid }) => {
    if (kind === 'SID') return sid === value
    const names = kind === 'PrincipalName' ? [principalName] : [primarySmtpAddress, ...aliases]
    return names.some(name => name !== undefined && sameName(name, value))
  })?.primarySmtpAddress
  return found === NEUTRAL || found === SERVICE ? undefined : found
}

/** ASCII letters without case; everything else exactly. */
const sameName = (one: string, other: string) =>
  one.length === other.length &&
  [...one].every((letter, at) => {
    const counterpart = [...other][at] ?? ''
    return letter === counterpart || letter === asciiLower(counterpart)
  })

const asciiLower = (letter: string) => (/^[A-Z]$/.test(letter) ? letter.toLowerCase() : letter)
