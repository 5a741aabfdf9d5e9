/**
 * Two people and their mailboxes, and what a guard says of a body: by the reader and the judgement,
 * with a directory and owners that a page can hold.
 *
 * @module
 */

import { readEnvelope } from '../../src/ews/reader.ts'
import type { Reason } from '../../src/model/decision.ts'
import { MESSAGES_NS, SOAP_NS, TYPES_NS } from '../../src/model/envelope.ts'
import {
  foldName,
  organizationId,
  type Person,
  type UserId,
  userId,
} from '../../src/model/identity.ts'
import {
  DEFAULT_GUARD,
  type ImpersonationRole,
  type RoleGuard,
  roleId,
} from '../../src/model/role.ts'
import { type Acting, judgeBody } from '../../src/policy/guard.ts'
import { compileRules } from '../../src/policy/rules.ts'
import { writeId } from '../../src/sandbox/ids.ts'

export const [ANN, BOB, EVE] = [userId('u-ann'), userId('u-bob'), userId('u-eve')]
const ADDRESSES: Readonly<Record<string, UserId>> = {
  'ann@example.com': ANN,
  'ann.alias@example.com': ANN,
  // The user of fixtures/guard.
  'alice@example.com': ANN,
  'bob@example.com': BOB,
  'eve@example.com': EVE,
}
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

/** An item's id in Exchange's form. */
export const idIn = (guid: string): string => writeId({ guid, folder: 1, item: 2 })

/** A role that may impersonate everybody but Eve. */
export function roleOf(type: ImpersonationRole['type'], guard: Partial<RoleGuard> = {}) {
  const rules = [
    { id: 'everyone', effect: 'ALLOW' },
    { id: 'never-eve', effect: 'DENY', targetUsers: [EVE] },
  ] as const
  const role: ImpersonationRole = {
    id: roleId('r'),
    organizationId: organizationId('m-0123456789abcdef0123456789abcdef'),
    name: 'r',
    type,
    rules,
    guard: { ...DEFAULT_GUARD, ...guard },
    version: 1,
    tokensValidFrom: 0,
    createdAt: 0,
    modifiedAt: 0,
  }
  return { role, rules: compileRules(rules) }
}

export type Case = Readonly<{
  type?: ImpersonationRole['type']
  guard?: Partial<RoleGuard>
  opaqueIds?: 'allow' | 'refuse'
  target?: Acting
}>

const AS_ANN: Acting = { kind: 'user', id: ANN }

/** What a role's guard says of an operation element, as Ann where nobody else is meant. */
export function guardOn(operation: string, given: Case = {}): Reason | undefined {
  const { type = 'FULL_ACCESS', guard, opaqueIds = 'refuse', target = AS_ANN } = given
  const { facts } = readEnvelope(requestWith(operation))
  const resolve = (address: string) => personOf(ADDRESSES[foldName(address)])
  return judgeBody(roleOf(type, guard), target, facts, {
    mailboxes: facts.mailboxes.map(({ address, allowed }) => ({ allowed, user: resolve(address) })),
    senders: facts.senders.map(resolve),
    subscriptions: facts.subscriptions.map(id => ({ user: resolve(id), others: [] })),
    owners: facts.mailboxGuids.map(guid => personOf(OWNERS[guid])),
    opaqueIds,
  })
}

export const personOf = (id: UserId | undefined): Person | undefined => id && { id }

export const requestWith = (operation: string): Uint8Array =>
  Buffer.from(
    `<s:Envelope xmlns:s="${SOAP_NS}" xmlns:m="${MESSAGES_NS}" xmlns:t="${TYPES_NS}"><s:Header>` +
      '<t:ExchangeImpersonation><t:ConnectingSID><t:PrimarySmtpAddress>ann@example.com' +
      '</t:PrimarySmtpAddress></t:ConnectingSID></t:ExchangeImpersonation></s:Header><s:Body>' +
      `${operation}</s:Body></s:Envelope>`,
  )
