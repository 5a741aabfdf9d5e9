/**
 * Three people and their mailboxes, and the decision on a request that one of them makes: by the reader and
 * by `authorize()`, with a directory and owners in memory.
 *
 * @module
 */

import { writeId } from '../../sandbox/ids.ts'
import { authorize } from '../../src/decision/authorize.ts'
import { readEnvelope } from '../../src/ews/reader.ts'
import type { Reason } from '../../src/model/decision.ts'
import { type BodyFacts, MESSAGES_NS, SOAP_NS, TYPES_NS } from '../../src/model/envelope.ts'
import { type Person, type UserId, userId } from '../../src/model/identity.ts'
import type { DataKind } from '../../src/model/policy-data.ts'
import type { ImpersonationRole, RoleGuard } from '../../src/model/role.ts'
import type { StoredItemQuery, StoredItemResult } from '../../src/model/stored-item.ts'
import { compileRole } from '../../src/policy/rules.ts'
import { coldData, NOT_EVE } from '../decision/crowd.ts'
import { GET_FOLDER, ORGANIZATION } from '../decision/data.ts'

export const [ANN, BOB, EVE] = [userId('u-ann'), userId('u-bob'), userId('u-eve')]
export const GUIDS = {
  ann: '9362c853-fa03-45d1-9d7c-ef09db45f783',
  bob: '00000000-0000-4000-8000-0000000000b0',
  eve: '00000000-0000-4000-8000-0000000000e0',
  nobody: '00000000-0000-4000-8000-000000000000',
} as const
const OWNERS: Readonly<Record<string, UserId>> = {
  [GUIDS.ann]: ANN,
  [GUIDS.bob]: BOB,
  [GUIDS.eve]: EVE,
}

/** Returns the ID of an item, in Exchange's format. */
export const idIn = (guid: string): string => writeId({ guid, folder: 1, item: 2 })

/** A role that may impersonate everybody but Eve. */
const roleWith = (
  type: ImpersonationRole['type'],
  guard: Partial<RoleGuard> = {},
): ImpersonationRole => ({ ...NOT_EVE, type, guard: { ...NOT_EVE.guard, ...guard } })

/** The same, with its rules compiled. */
export const roleOf = (type: ImpersonationRole['type'], guard: Partial<RoleGuard> = {}) =>
  compileRole(roleWith(type, guard), { at: 0 })

export type Case = Readonly<{
  type?: ImpersonationRole['type']
  guard?: Partial<RoleGuard>
  opaqueIds?: 'allow' | 'refuse'
}>

const KNOWN: readonly DataKind[] = [
  'mailbox-owners',
  'name',
  'shared-mailbox',
  'stored-items',
  'subscription',
  'user',
]

/** Reports each item as found and without a sender. */
const storedItems = ({ items }: StoredItemQuery): readonly StoredItemResult[] =>
  items.map(({ changeKey = 'CK' }) => ({
    code: 'NoError',
    item: { kind: 'Message', changeKey, senders: [], unknownSender: false },
  }))

/** Returns the reason for which a body is denied to Ann in a role; undefined: none. */
export function denialOf(requestElement: string, body: BodyFacts, given: Case): Reason | undefined {
  const { type = 'FULL_ACCESS', guard, opaqueIds = 'refuse' } = given
  const { data } = coldData(KNOWN, {
    'mailbox-owners': ({ guids }: { guids: readonly string[] }) => guids.map(guid => OWNERS[guid]),
    'stored-items': storedItems,
  })
  data.put('role', NOT_EVE.id, roleWith(type, guard))
  const organization = { ...ORGANIZATION, opaqueIds }
  const decided = authorize({ ...GET_FOLDER, organization, requestElement, body }, data)
  if ('missing' in decided) throw new TypeError(`Missing: ${JSON.stringify(decided.missing)}`)
  return decided.decision.verdict === 'deny' ? decided.decision.reason : undefined
}

/** Returns the same for an operation element. */
export function guardOn(operation: string, given: Case = {}): Reason | undefined {
  const { prologue, facts } = readEnvelope(requestWith(operation))
  return denialOf(prologue.requestElement, facts, given)
}

export const personOf = (id: UserId | undefined): Person | undefined => id && { id }

export const requestWith = (operation: string): Uint8Array =>
  Buffer.from(
    `<s:Envelope xmlns:s="${SOAP_NS}" xmlns:m="${MESSAGES_NS}" xmlns:t="${TYPES_NS}"><s:Header>` +
      '<t:ExchangeImpersonation><t:ConnectingSID><t:PrimarySmtpAddress>ann@example.com' +
      '</t:PrimarySmtpAddress></t:ConnectingSID></t:ExchangeImpersonation></s:Header><s:Body>' +
      `${operation}</s:Body></s:Envelope>`,
  )
