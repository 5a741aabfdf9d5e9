/**
 * The worst requests that the gateway's limits and guard let one client make, and how much each may
 * make it look up.
 *
 * @module
 */

import { writeId } from '../../sandbox/ids.ts'
import type { Mailboxes } from '../../src/model/role.ts'
import { GET_FOLDER, requestOf } from './seeds.ts'

/** Number of users that the requests name, in addition to those of the siege's world. */
export const CROWD = 500
export const crowdAddress = (n: number): string => `crowd-${n}@example.com`

/** Subscriptions of the principal. */
export const SUBSCRIPTIONS = 200
export const subscriptionId = (n: number): string => `cost-subscription-${n}`

/** Values that a request looks up: in the process, and of the store. */
export type Lookups = Readonly<{ l1: number; store: number }>

export type CostCase = Readonly<{
  name: string
  /** The guard of the role that it is sent in. */
  guard: Mailboxes
  /** @param turn - another number for each request, for names that no earlier request had */
  body: (turn: number) => string
  status: 200 | 500
  lookups: Lookups
}>

/** The key for the authentication; key, role, access control rules, protection, and user for the decision. */
const READ = 6
/** The gateway decides on a body that arrives in chunks before it is complete, and again afterward. */
const BASE = READ + 5
const SMALL_BYTES = 262_144

const times = <T>(count: number, make: (n: number) => T): T[] =>
  Array.from({ length: count }, (_, n) => make(n))

const unknown = (turn: number) => times(500, n => `nobody-${turn}-${n}@example.com`)
const crowd = times(CROWD, crowdAddress)

const inbox = (address: string) =>
  `<t:DistinguishedFolderId Id="inbox"><t:Mailbox><t:EmailAddress>${address}</t:EmailAddress></t:Mailbox></t:DistinguishedFolderId>`
const find = (addresses: readonly string[]) =>
  requestOf(
    '<m:FindItem Traversal="Shallow"><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape></m:ItemShape>' +
      `<m:ParentFolderIds>${addresses.map(inbox).join('')}</m:ParentFolderIds></m:FindItem>`,
  )
const availability = (addresses: readonly string[]) =>
  requestOf(
    `<m:GetUserAvailabilityRequest><m:MailboxDataArray>${addresses
      .map(
        address =>
          `<t:MailboxData><t:Email><t:Address>${address}</t:Address></t:Email></t:MailboxData>`,
      )
      .join('')}</m:MailboxDataArray></m:GetUserAvailabilityRequest>`,
  )
const events = (ids: readonly string[]) =>
  requestOf(
    `<m:GetStreamingEvents><m:SubscriptionIds>${ids
      .map(id => `<t:SubscriptionId>${id}</t:SubscriptionId>`)
      .join(
        '',
      )}</m:SubscriptionIds><m:ConnectionTimeout>1</m:ConnectionTimeout></m:GetStreamingEvents>`,
  )
const guidOf = (n: number) => `00000000-0000-4000-8000-${n.toString(16).padStart(12, '0')}`
const items = requestOf(
  `<m:GetItem><m:ItemIds>${times(500, n => `<t:ItemId Id="${writeId({ guid: guidOf(n), folder: 1, item: 2 })}"/>`).join('')}</m:ItemIds></m:GetItem>`,
)

/** A mail that is saved, with as many copies of something inside as a small body has room for. */
function filled(inside: string): string {
  const request = (content: string) =>
    requestOf(
      `<m:CreateItem MessageDisposition="SaveOnly"><m:Items><t:Message>${content}</t:Message></m:Items></m:CreateItem>`,
    )
  const room = SMALL_BYTES - request('').length
  return request(inside.repeat(Math.floor(room / inside.length)))
}

const DEPTH = 56
const nested = '<t:a>'.repeat(DEPTH) + '</t:a>'.repeat(DEPTH)
const attributes = `<t:a${times(256, n => ` a${n}="x"`).join('')}/>`

const parsed = (name: string, inside: string): CostCase => ({
  name: `256 KiB of ${name}`,
  guard: 'own',
  body: () => filled(inside),
  status: 200,
  lookups: { l1: BASE, store: 0 },
})

/** The baseline of all comparisons. */
export const SMALL_READ: CostCase = {
  name: 'a small read',
  guard: 'own',
  body: () => requestOf(GET_FOLDER),
  status: 200,
  lookups: { l1: READ, store: 0 },
}

const naming = (
  name: string,
  guard: Mailboxes,
  body: CostCase['body'],
  status: CostCase['status'],
  [l1, store]: readonly [l1: number, store: number],
): CostCase => ({ name, guard, body, status, lookups: { l1: BASE + l1, store } })

export const COST_CASES: readonly CostCase[] = [
  naming('500 unknown folders under own', 'own', turn => find(unknown(turn)), 500, [0, 0]),
  naming('500 folders of others under own', 'own', () => find(crowd), 500, [0, 0]),
  naming('500 unknown folders', 'permitted', turn => find(unknown(turn)), 500, [15, 10]),
  naming('500 folders of others', 'permitted', () => find(crowd), 200, [500, 0]),
  naming('500 unknown folders under any', 'any', turn => find(unknown(turn)), 200, [0, 0]),
  naming('500 unknown attendees', 'own', turn => availability(unknown(turn)), 500, [15, 10]),
  naming('500 attendees', 'own', () => availability(crowd), 200, [500, 0]),
  naming(
    '499 attendees and a denied one',
    'own',
    () => availability([...crowd.slice(1), 'ceo@example.com']),
    500,
    [500, 0],
  ),
  naming('500 items of 500 others under own', 'own', () => items, 500, [0, 0]),
  naming('500 items of 500 others', 'permitted', () => items, 500, [0, 0]),
  naming('500 items of 500 others under any', 'any', () => items, 200, [0, 0]),
  naming(
    '200 unknown subscriptions',
    'own',
    turn => events(times(200, n => `unknown-${turn}-${n}`)),
    500,
    [15, 10],
  ),
  naming('200 subscriptions', 'own', () => events(times(SUBSCRIPTIONS, subscriptionId)), 200, [
    SUBSCRIPTIONS + 1,
    0,
  ]),
  parsed('elements inside one another', nested),
  parsed('attributes', attributes),
  parsed('empty elements', '<t:a/>'),
  parsed('references', '&lt;'),
  parsed('CDATA sections', '<![CDATA[]]>'),
  parsed('names of 1,000 bytes', `<t:${'n'.repeat(1_000)}/>`),
  parsed('sender properties', '<t:ExtendedFieldURI PropertyTag="0x0065" PropertyType="String"/>'),
]
