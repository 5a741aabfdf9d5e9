/**
 * Facts that depend on which elements are open around an element, or have ended before it. A row also says that no other
 * fact is found.
 */

import t from 'tap'
import { writeId } from '../../sandbox/ids.ts'
import { NO_FACTS, readEnvelope } from '../../src/ews/reader.ts'
import type { BodyFacts } from '../../src/model/envelope.ts'
import { envelope } from '../kit/corpus.ts'

const ANN = 'ann@example.com'
const BOB = 'bob@example.com'

const factsOf = (operation: string): BodyFacts =>
  readEnvelope(Buffer.from(envelope(ANN, operation))).facts

const findItem = (content: string) => `<m:FindItem>${content}</m:FindItem>`
const folder = (content: string) =>
  `<t:DistinguishedFolderId Id="inbox">${content}</t:DistinguishedFolderId>`
const distinguished = (id: string) => findItem(`<t:DistinguishedFolderId Id="${id}"/>`)
const LONGEST = 'x'.repeat(48)
const address = (of: string) => `<t:EmailAddress>${of}</t:EmailAddress>`
const mailbox = (content: string) => `<t:Mailbox>${content}</t:Mailbox>`
const availability = (...contents: readonly string[]) =>
  `<m:GetUserAvailabilityRequest><m:MailboxDataArray>${contents
    .map(content => `<t:MailboxData><t:Email>${content}</t:Email></t:MailboxData>`)
    .join('')}</m:MailboxDataArray></m:GetUserAvailabilityRequest>`
const own = (...addresses: readonly string[]) =>
  addresses.map(of => ({ address: of, allowed: 'own' as const }))
const permitted = (...addresses: readonly string[]) =>
  addresses.map(of => ({ address: of, allowed: 'permitted' as const }))
const many = (count: number) => Array.from({ length: count }, (_, n) => `user${n}@example.com`)
const owners = (count: number) =>
  findItem(
    many(count)
      .map(of => folder(mailbox(address(of))))
      .join(''),
  )
const guid = (n: number) => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`
const ids = (count: number) =>
  Array.from({ length: count }, (_, n) => writeId({ guid: guid(n), folder: 1, item: 2 }))
const items = (count: number) =>
  `<m:GetItem><m:ItemIds>${ids(count)
    .map(id => `<t:ItemId Id="${id}"/>`)
    .join('')}</m:ItemIds></m:GetItem>`
const inMailboxes = (count: number) => ({
  hasIds: true,
  items: ids(Math.min(count, 100)),
  itemCount: count,
  mailboxGuids: Array.from({ length: Math.min(count, 500) }, (_, n) => guid(n)),
})

const INBOX = { hasIds: true, folders: ['inbox'] }
const INBOXES = { hasIds: true, folders: ['inbox', 'inbox'] }
const named = (count: number) => ({
  hasIds: true,
  folders: Array(Math.min(count, 100)).fill('inbox'),
})

const { content: _, ...NOTHING } = NO_FACTS
for (const [name, operation, found] of [
  ['nothing', findItem(''), {}],
  [
    'an owner behind an item in the same folder',
    findItem(folder(`<t:ItemId/>${mailbox(address(BOB))}`)),
    { ...INBOX, mailboxes: own(BOB) },
  ],
  [
    'a mailbox behind a folder in a folder',
    findItem(folder(folder('')) + mailbox(address(BOB))),
    INBOXES,
  ],
  [
    'an owner behind a folder in a folder',
    findItem(folder(folder('') + mailbox(address(BOB)))),
    { ...INBOXES, mailboxes: own(BOB) },
  ],
  [
    'an owner with an address in references',
    findItem(folder(mailbox(address('&#98;ob&#64;example.com')))),
    { ...INBOX, mailboxes: own(BOB) },
  ],
  [
    'an owner in an owner',
    findItem(folder(mailbox(address(ANN) + mailbox(address(BOB))))),
    { ...INBOX, mailboxes: own(ANN, BOB) },
  ],
  [
    'an owner without an address in an owner',
    findItem(folder(mailbox(address(ANN) + mailbox('')))),
    { ...INBOX, mailboxes: own(ANN), unknownMailbox: true },
  ],
  [
    'addresses of other users',
    availability(`<t:Address>${ANN}</t:Address>`, `<t:Address>${BOB}</t:Address>`),
    { mailboxes: permitted(ANN, BOB) },
  ],
  [
    'an address of another user outside of its element',
    `<m:GetUserAvailabilityRequest><t:Address>${BOB}</t:Address></m:GetUserAvailabilityRequest>`,
    { mailboxes: permitted(BOB) },
  ],
  [
    'an element whose text is an address',
    `<m:GetUserPhoto><m:Email>${BOB}</m:Email></m:GetUserPhoto>`,
    { mailboxes: own(BOB) },
  ],
  [
    'the same address in capitals',
    findItem(folder(mailbox(address(BOB) + address(BOB.toUpperCase())))),
    { ...INBOX, mailboxes: own(BOB, BOB.toUpperCase()) },
  ],
  ['500 mailboxes of items', items(500), inMailboxes(500)],
  ['501 mailboxes of items', items(501), { ...inMailboxes(501), unknownMailbox: true }],
  [
    'a long ID, of which the audit keeps the beginning',
    findItem(`<t:FolderId Id="${'x'.repeat(1_025)}"/>`),
    { hasIds: true, folders: ['x'.repeat(1_024)], opaqueIds: true, unknownIds: true },
  ],
  ['a folder with the longest name', distinguished(LONGEST), { ...INBOX, folders: [LONGEST] }],
  ...['', ' ', 'inbox ', ' inbox', 'in-box', `${LONGEST}x`].map(
    id =>
      [
        `a folder with the name "${id}"`,
        distinguished(id),
        { hasIds: true, folders: [id], unknownMailbox: true },
      ] as const,
  ),
  ...['publicfoldersroot', 'adminauditlogs', 'directory', 'Directory'].map(
    id =>
      [
        `the folder ${id}`,
        distinguished(id),
        { hasIds: true, folders: [id], unknownMailbox: true },
      ] as const,
  ),
  [
    'the address book in an operation that looks people up',
    distinguished('directory').replaceAll('FindItem', 'FindPeople'),
    { hasIds: true, folders: ['directory'] },
  ],
  ...['XId', 'XGuid', 'XMailbox', 'XEmailAddress', 'XSmtpAddress', 'XLegacyDN', 'XUrl'].map(
    element =>
      [
        `an unknown element ${element}`,
        findItem(`<t:${element}/>`),
        { unknownMailbox: true },
      ] as const,
  ),
  ...['IsRead', 'Index', 'Attendees', 'EmailAddresses', 'PIN', 'Total'].map(
    element =>
      [`an element ${element}, which names no mailbox`, findItem(`<t:${element}/>`), {}] as const,
  ),
  ['500 owners', owners(500), { ...named(500), mailboxes: own(...many(500)) }],
  [
    '501 owners',
    owners(501),
    { ...named(501), mailboxes: own(...many(500)), unknownMailbox: true },
  ],
] as const) {
  const { content: _, ...facts } = factsOf(operation)
  t.strictSame(facts, { ...NOTHING, ...found }, `TargetReader finds ${name}`)
}

for (const [element, operation] of [
  ['EmailAddress', findItem(folder(mailbox(address('<![CDATA[x]]>'))))],
  ['SyncState', '<m:SyncFolderItems><m:SyncState><![CDATA[x]]></m:SyncState></m:SyncFolderItems>'],
] as const)
  t.throws(
    () => factsOf(operation),
    { message: `${element} has a CDATA section; write its text without it` },
    `TargetReader names ${element} when it has a CDATA section`,
  )
