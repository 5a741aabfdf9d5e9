/**
 * The naive model's operations, read from the documented table in `fixtures/ews-operations.json`.
 *
 * @module
 */

import { readFileSync } from 'node:fs'
import type { Role } from './terms.ts'

type Documented = Readonly<{
  operation: string
  requestElement: string
  class: string
  readOnlyAllowed: boolean
  source: string
}>

const FILE = new URL('../../fixtures/ews-operations.json', import.meta.url)
const DOCUMENTED: readonly Documented[] = JSON.parse(readFileSync(FILE, 'utf8'))

/** Operations that touch no mailbox, so that clients omit the header. */
const NEUTRAL = [
  'ConvertId',
  'ExpandDL',
  'GetRoomLists',
  'GetRooms',
  'GetServerTimeZones',
  'ResolveNames',
  'GetMailTips',
  'GetUserAvailability',
]

/** Operations that use the address book of the upstream. */
const LOOKUPS = [
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

/** Reads that a READ_ONLY role needs to name. */
const EXTRA_READS = [
  'GetImItemList',
  'GetImItems',
  'GetAppManifests',
  'GetAppMarketplaceUrl',
  'GetUserConfiguration',
]

/** Operations that always send: mail, calls, and automatic replies. */
const SENDING = ['SendItem', 'PlayOnPhone', 'ReportMessage', 'SetUserOofSettings']

/** The elements of all documented operations. */
export const REQUEST_ELEMENTS = DOCUMENTED.map(({ requestElement }) => requestElement)

export const isNeutral = (element: string): boolean =>
  NEUTRAL.includes(documentedAs(element)?.operation ?? element)

/** The reason to deny an operation to a role, whichever user it is for. */
export function refusalOfOperation(role: Role, element: string): string | undefined {
  const documented = documentedAs(element)
  if (documented === undefined) return 'operation-unknown'
  const { operation } = documented
  if (LOOKUPS.includes(operation) && !role.guard.directoryLookups) return 'operation-refused'
  const isExtra = EXTRA_READS.includes(operation) && !role.guard.extraReads.includes(operation)
  if (documented.readOnlyAllowed && !isExtra) return undefined
  if (!isOpenToFullAccess(role, documented)) return 'operation-refused'
  if (role.type === 'FULL_ACCESS') return undefined
  return /^(?:read|session)$/.test(documented.class) ? 'operation-refused' : 'role-is-read-only'
}

function isOpenToFullAccess({ guard }: Role, { operation, ...row }: Documented): boolean {
  if (!/WSDL-\d/.test(row.source)) return false
  if (operation === 'UpdateInboxRules') return guard.inboxRules
  if (row.class === 'delegation') return guard.delegation
  if (SENDING.includes(operation)) return guard.sending
  return ['read', 'session', 'write', 'send'].includes(row.class)
}

const documentedAs = (element: string): Documented | undefined =>
  DOCUMENTED.find(({ requestElement }) => requestElement === element)
