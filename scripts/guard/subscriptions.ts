/**
 * R15: subscriptions, and requests for their events after the role has changed.
 *
 * @module
 */

/** Values of the guard's switch for mailboxes. */
type Mailboxes = 'own' | 'permitted' | 'any'

/** One subscription of Alice, a change of the role, and a request for its events. */
export type SubscriptionRow = Readonly<{
  name: string
  ruling: 'R15'
  /** Guard of the role when the subscription is made. */
  mailboxes: Mailboxes
  /** Content of the subscription request. `{bob.inbox}` and its like are FolderIds. */
  watches: string
  /** Change of the role after that. */
  change: Readonly<{ mailboxes?: Mailboxes; deny?: readonly string[]; remove?: string }>
  /** Who asks for the events; Alice by default. */
  as?: string
  /** Absent: the events arrive. */
  reasons?: readonly string[]
  /** Owner of the mailbox whose new mail causes the events. */
  events: string
}>

const [ALICE, BOB, CEO] = ['alice@example.com', 'bob@example.com', 'ceo@example.com']

const named = (address: string) =>
  `<t:DistinguishedFolderId Id="inbox"><t:Mailbox><t:EmailAddress>${address}</t:EmailAddress></t:Mailbox></t:DistinguishedFolderId>`
const byId = (name: string) => `<t:FolderId Id="{${name}.inbox}"/>`
const OWN = '<t:DistinguishedFolderId Id="inbox"/>'
const folders = (ids: string) => `<t:FolderIds>${ids}</t:FolderIds>`

const DENIED = ['foreign-subscription']
const BOB_DENIED = { deny: [CEO, BOB] }
const SAME = { deny: [CEO] }

/** The ways to watch Bob as Alice. */
const WAYS: readonly (readonly [name: string, watches: string])[] = [
  ['by address', folders(named(BOB))],
  ['by address in capitals', folders(named(BOB.toUpperCase()))],
  ['by ID', folders(byId('bob'))],
  ['among own folders', folders(OWN + named(BOB))],
  ['before own folders', folders(byId('bob') + OWN)],
  ['twice, by address and by ID', folders(named(BOB) + byId('bob'))],
  ['in the messages namespace', folders(named(BOB)).replaceAll('t:Mailbox>', 'm:Mailbox>')],
]

const permitted = (
  name: string,
  watches: string,
  change: SubscriptionRow['change'],
  more: Partial<SubscriptionRow> = {},
): SubscriptionRow => ({
  name,
  ruling: 'R15',
  mailboxes: 'permitted',
  watches,
  change,
  events: BOB,
  ...more,
})
const reasons = DENIED

export const SUBSCRIPTIONS: readonly SubscriptionRow[] = [
  ...WAYS.flatMap(([name, watches]) => [
    permitted(`Bob ${name}`, watches, SAME),
    permitted(`Bob ${name}, who is denied then`, watches, BOB_DENIED, { reasons }),
    permitted(
      `Bob ${name}, and the guard allows only the own mailbox then`,
      watches,
      { ...SAME, mailboxes: 'own' },
      { reasons },
    ),
  ]),
  permitted('Bob, who is removed then', folders(named(BOB)), { ...SAME, remove: BOB }, { reasons }),
  permitted(
    'Bob, and Alice is denied then',
    folders(named(BOB)),
    { deny: [CEO, ALICE] },
    { as: 'carol@example.com', reasons },
  ),
  permitted('Bob, who is denied then, asked for by Carol', folders(named(BOB)), BOB_DENIED, {
    as: 'carol@example.com',
    reasons,
  }),
  permitted('Alice, and Bob is denied then', folders(OWN), BOB_DENIED, { events: ALICE }),
  permitted(
    'Alice, and the guard allows only the own mailbox then',
    folders(OWN),
    { ...SAME, mailboxes: 'own' },
    { events: ALICE },
  ),
  permitted('Alice by her own address, and Bob is denied then', folders(named(ALICE)), BOB_DENIED, {
    events: ALICE,
  }),
  {
    name: 'Alice under the strict guard, and Bob is denied then',
    ruling: 'R15',
    mailboxes: 'own',
    watches: folders(OWN),
    change: BOB_DENIED,
    events: ALICE,
  },
  {
    name: 'the CEO under a guard that allows any mailbox',
    ruling: 'R15',
    mailboxes: 'any',
    watches: folders(named(CEO)),
    change: SAME,
    events: CEO,
  },
  ...(['own', 'permitted'] as const).flatMap((mailboxes): readonly SubscriptionRow[] => [
    {
      name: `the CEO under a guard that allowed any mailbox and is ${mailboxes} then`,
      ruling: 'R15',
      mailboxes: 'any',
      watches: folders(named(CEO)),
      change: { ...SAME, mailboxes },
      events: CEO,
      reasons,
    },
    {
      name: `the CEO by ID under a guard that allowed any mailbox and is ${mailboxes} then`,
      ruling: 'R15',
      mailboxes: 'any',
      watches: folders(byId('ceo')),
      change: { ...SAME, mailboxes },
      events: CEO,
      reasons,
    },
  ]),
  {
    name: 'Bob under a guard that allowed any mailbox, is own then, and is denied',
    ruling: 'R15',
    mailboxes: 'any',
    watches: folders(named(BOB)),
    change: { ...BOB_DENIED, mailboxes: 'own' },
    events: BOB,
    reasons,
  },
]
