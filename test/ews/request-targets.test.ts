/**
 * Decides on a request for every place in fixtures/ews-request-targets.json. There, a request names a
 * mailbox, an ID, an address that the server calls, or a user who gets access.
 */

import { readFileSync } from 'node:fs'
import t from 'tap'
import { OPERATIONS, type OperationName } from '../../src/ews/operations.ts'
import { DEFAULT_GUARD } from '../../src/model/role.ts'
import { decisionOn, ROLE } from '../decision/data.ts'
import { type Case, GUIDS, guardOn, idIn } from '../policy/guard-cases.ts'

type Row = Readonly<{
  requestElement: string
  mailboxSelectors: readonly string[]
  ids: readonly string[]
  urls: readonly string[]
  grantsOrOutbound: readonly string[]
}>

const { operations } = JSON.parse(
  readFileSync(new URL('../../fixtures/ews-request-targets.json', import.meta.url), 'utf8'),
) as { operations: Readonly<Record<string, Row>> }

/** Every switch of a guard, so that no operation is denied by itself. */
const SWITCHES = {
  delegation: true,
  inboxRules: true,
  extraReads: ['GetImItemList', 'GetImItems', 'GetAppManifests', 'GetAppMarketplaceUrl'],
} as const
/** The guard that allows most. */
const ANY = { guard: { mailboxes: 'any', ...SWITCHES } } as const
const MOST = { ...ROLE, guard: { ...DEFAULT_GUARD, ...ANY.guard } }
const mayEver = (element: string) => decisionOn(MOST, element).verdict === 'allow'

/** Selectors whose text is an address, without an EmailAddress. */
const TEXT = /(SmtpAddress|LegacyDN|\/t:Address|Photo\/m:Email)$/
/** Selectors of a mailbox that can't be compared. */
const OPAQUE = /(MailboxGuid|@OwnerPuid|@OwnerCid)$/

/** A request with the elements of a path, and the value at its end. */
function requestFor(path: string, value: string): string {
  const [attribute] = /(?<=@)\w+$/.exec(path) ?? []
  const steps = path.replace(/\/@\w+$/, '').split('/')
  const leaf = steps.at(-1) ?? ''
  const text = attribute !== undefined ? '' : TEXT.test(path) || OPAQUE.test(path) || isHandle(leaf)
  const inner =
    text === true ? value : text === '' ? '' : `<t:EmailAddress>${value}</t:EmailAddress>`
  return steps.reduceRight((content, step) => {
    const said =
      step === leaf && attribute !== undefined ? ` ${attribute}="${value}"${others(path)}` : ''
    return `<${step}${said}>${content}</${step}>`
  }, inner)
}

/** Attributes that an element needs beside the one at the end of a path. */
function others(path: string): string {
  if (path.endsWith('AlternateId/@Id')) return ' Mailbox="ann@example.com"'
  return path.endsWith('@Mailbox') ? '' : ' ChangeKey="CK"'
}

const isHandle = (step: string) =>
  /(SyncState|Watermark|SearchSessionId|SubscriptionId)$/.test(step)

/** Operations that a role can allow. For those, the test asks about everything in the table. */
const rows = Object.entries(operations).filter(([, { requestElement }]) => mayEver(requestElement))

t.test(
  'every operation is in the table, and those of tokens and administration are always denied',
  async t => {
    t.equal(Object.keys(operations).length, 125)
    t.ok(rows.length > 75, `${rows.length} can be allowed`)
    for (const [name, { requestElement }] of Object.entries(operations)) {
      const { class: of, wsdl } = OPERATIONS[name as OperationName]
      if (of === 'token' || of === 'admin') t.notOk(mayEver(requestElement), name)
      else if (wsdl) t.ok(mayEver(requestElement), name)
    }
  },
)

/** By the address that a selector has: what becomes of it under own, permitted and any. */
const ADDRESSES = [
  ['the own address', 'ann@example.com', [true, true, true]],
  ['it in capitals', 'ANN@EXAMPLE.COM', [true, true, true]],
  ['an alias of the own', 'ann.alias@example.com', [true, true, true]],
  ['a colleague', 'bob@example.com', [false, true, true]],
  ['a user that the role cannot impersonate', 'eve@example.com', [false, false, true]],
  ['an unknown user', 'stranger@example.org', [false, false, true]],
  ['nobody', '', [false, false, true]],
  ['the own with a blank', ' ann@example.com', [false, false, true]],
  ['the own with a prefix', 'SMTP:ann@example.com', [false, false, true]],
  ['the own in letters that only look so', 'ａnn@example.com', [false, false, true]],
  ['the own, written as references', '&#97;nn@example&#x2e;com', [true, true, true]],
] as const
const GUARDS = ['own', 'permitted', 'any'] as const
/** Other people by design: the operation is one of the address book, or of the meetings of many. */
const BY_DESIGN = /^m:(GetMailTips\/m:Recipients|GetUserAvailabilityRequest)\//
/** No mailbox is opened. */
const NO_MAILBOX = /^m:ExpandDL\/m:Mailbox/

t.test('every selector of a mailbox by address', async t => {
  let cases = 0
  for (const [, { mailboxSelectors }] of rows)
    for (const path of mailboxSelectors.filter(
      path => !OPAQUE.test(path) && !NO_MAILBOX.test(path),
    ))
      for (const [name, address, passes] of ADDRESSES)
        for (const [i, mailboxes] of GUARDS.entries()) {
          cases += 1
          const isPush = path.includes('PushSubscription')
          const own = BY_DESIGN.test(path) && i === 0 ? passes[1] : passes[i]
          const expected = isPush ? 'push-subscription' : own ? undefined : 'foreign-mailbox'
          const found = guardOn(requestFor(path, address), {
            guard: { mailboxes, ...SWITCHES },
          })
          if (found !== expected) t.equal(found, expected, `${path}: ${name} under ${mailboxes}`)
        }
  t.ok(cases > 1_500, `${cases} cases`)
})

t.test('every selector that cannot be compared with a user', async t => {
  for (const [, { mailboxSelectors }] of rows)
    for (const path of mailboxSelectors.filter(path => OPAQUE.test(path))) {
      const request = requestFor(path, GUIDS.ann)
      for (const mailboxes of ['own', 'permitted'] as const)
        t.equal(
          guardOn(request, { guard: { mailboxes, ...SWITCHES }, opaqueIds: 'allow' }),
          'foreign-mailbox',
          path,
        )
      t.equal(guardOn(request, ANY), undefined, path)
    }
})

/** Paths that the check of IDs ignores: a subscription belongs to a client, and a public folder to no mailbox. */
const NO_ID = /(SubscriptionId|SharedFolderId|PhoneCallId)(\/@Id)?$|^m:ConvertId\/.*PublicFolder/
/** Paths at which an item names the owner of a mailbox, in a store or in the address book. */
const NAMES_OWNER =
  /(Folder(Id)?|^m:(\w+Delegate|CreateManagedFolder|GetMailTips))\/[mt]:Mailbox\/t:ItemId|(EmailAddress|ActingAs|SendingAs|Recipients\/t:Mailbox)\/t:ItemId/

const isId = (path: string) => !NO_ID.test(path)

t.test('every selector of a mailbox by ID', async t => {
  let cases = 0
  const places = rows.flatMap(([, { ids }]) => ids.filter(isId))
  for (const path of places.filter(path => !path.includes('PushSubscription'))) {
    const handle = isHandle(path.replace(/.*\//, ''))
    const never =
      NAMES_OWNER.test(path) || /AddressListId/.test(path) || /WellKnownFolder/.test(path)
    const decide = (id: string, given: Case) => {
      cases += 1
      return guardOn(requestFor(path, id), {
        ...given,
        guard: { ...SWITCHES, ...given.guard },
      })
    }
    const allowed = { opaqueIds: 'allow' } as const
    const permitted = { guard: { mailboxes: 'permitted' } } as const
    const whole = (id: string, given: Case = allowed) => decide(id, given)
    if (!never && !handle) {
      t.equal(whole(idIn(GUIDS.ann), {}), undefined, `${path}: the own mailbox`)
      t.equal(whole(idIn(GUIDS.bob), permitted), undefined, `${path}: a colleague, permitted`)
    }
    if (/FindPeople.*AddressListId/.test(path)) continue
    if (!handle) {
      for (const guid of [GUIDS.bob, GUIDS.eve, GUIDS.nobody])
        t.equal(whole(idIn(guid)), 'foreign-mailbox', `${path}: ${guid}`)
      for (const guid of [GUIDS.eve, GUIDS.nobody])
        t.equal(whole(idIn(guid), { ...allowed, ...permitted }), 'foreign-mailbox', path)
    }
    t.equal(whole('T3BhcXVl', {}), 'foreign-mailbox', `${path}: an id of no form`)
    if (!never) t.equal(whole('T3BhcXVl'), undefined, `${path}: which the organization allows`)
    t.equal(whole(idIn(GUIDS.nobody), ANY), undefined, `${path}: any`)
  }
  t.ok(cases > 1_000, `${cases} cases`)
})

t.test('every grant, and every address that the server would call', async t => {
  for (const [name, { grantsOrOutbound, urls }] of rows) {
    for (const path of grantsOrOutbound) {
      const { class: of } = OPERATIONS[name as OperationName]
      t.ok(
        ['delegation', 'send'].includes(of) || name === 'UpdateInboxRules',
        `${path} needs a switch by its class`,
      )
    }
    for (const path of urls)
      if (path.includes('PushSubscription'))
        t.equal(guardOn(requestFor(path, 'x'), ANY), 'push-subscription')
      else t.match(path, /PlayOnPhone/, 'a telephone is called only by a role that sends')
  }
})

/** Names as R12 has them, which no operation knows. */
const UNKNOWN = [
  '<t:OtherMailbox/>',
  '<t:OtherEmailAddress>ann@example.com</t:OtherEmailAddress>',
  '<m:OwnerSmtpAddress/>',
  '<t:OwnerLegacyDN/>',
  '<t:StoreGuid/>',
  '<t:CallbackUrl/>',
  `<t:OtherId Id="${idIn(GUIDS.ann)}"/>`,
  `<t:Thing Id="${idIn(GUIDS.ann)}"/>`,
  `<t:Thing MailboxId="${idIn(GUIDS.ann)}"/>`,
  '<t:ExtendedFieldURI StoreId="1"/>',
]

t.test('R12 elements that look like a selector but are not in the table', async t => {
  for (const [, { requestElement }] of rows)
    for (const element of UNKNOWN) {
      const request = `<m:${requestElement} MessageDisposition="SaveOnly"><t:Deep>${element}</t:Deep></m:${requestElement}>`
      const found = guardOn(request, { guard: SWITCHES, opaqueIds: 'allow' })
      // Any other element of these operations could be the ID of a subscription.
      const watches = /^(Get(Streaming)?Events|Unsubscribe)$/.test(requestElement)
      const denial = watches ? 'foreign-subscription' : 'foreign-mailbox'
      if (found !== denial) t.equal(found, denial, request)
      // The upstream can't be asked who sends what is no item.
      const sends = requestElement === 'SendItem' && element.includes('Id="')
      const always = watches ? denial : undefined
      t.equal(guardOn(request, ANY), sends ? 'sender-refused' : always, request)
    }
  for (const request of [
    `<m:GetItem><m:ItemIds><t:FolderId Id="${idIn(GUIDS.ann)}"/></m:ItemIds></m:GetItem>`,
    '<m:FindItem><m:MailboxSmtpAddress>ann@example.com</m:MailboxSmtpAddress></m:FindItem>',
  ])
    t.equal(guardOn(request), 'foreign-mailbox', 'known, but not there')
})

t.test('R12 a request can name at most 500 mailboxes', async t => {
  const guid = (n: number) => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`
  const many = (of: number) =>
    `<m:GetItem><m:ItemIds>${Array.from({ length: of }, (_, n) => `<t:ItemId Id="${idIn(guid(n))}"/>`).join('')}</m:ItemIds></m:GetItem>`
  t.equal(guardOn(many(501), ANY), undefined)
  t.equal(guardOn(many(501)), 'foreign-mailbox')
})

for (const [name, request, given, expected] of [
  [
    'public folders',
    '<m:GetFolder><m:FolderIds><t:DistinguishedFolderId Id="publicfoldersroot"/></m:FolderIds></m:GetFolder>',
    {},
    'foreign-mailbox',
  ],
  [
    'public folders in capitals',
    '<m:GetFolder><m:FolderIds><t:DistinguishedFolderId Id="PublicFoldersRoot"/></m:FolderIds></m:GetFolder>',
    {},
    'foreign-mailbox',
  ],
  ...['directory', 'adminauditlogs', 'AdminAuditLogs'].map(
    folder =>
      [
        `properties of ${folder}, for which exchangelib asks`,
        `<m:GetFolder><m:FolderIds><t:DistinguishedFolderId Id="${folder}"><t:Mailbox><t:EmailAddress>ann@example.com</t:EmailAddress></t:Mailbox></t:DistinguishedFolderId></m:FolderIds></m:GetFolder>`,
        {},
        undefined,
      ] as const,
  ),
  [
    'the audit of administrators as a folder',
    '<m:FindItem><m:ParentFolderIds><t:DistinguishedFolderId Id="adminauditlogs"/></m:ParentFolderIds></m:FindItem>',
    {},
    'foreign-mailbox',
  ],
  [
    'the own archive',
    '<m:GetFolder><m:FolderIds><t:DistinguishedFolderId Id="archivemsgfolderroot"/></m:FolderIds></m:GetFolder>',
    {},
    undefined,
  ],
  [
    'the address book, where it is looked up',
    '<m:FindPeople><m:ParentFolderId><t:DistinguishedFolderId Id="directory"/></m:ParentFolderId></m:FindPeople>',
    {},
    undefined,
  ],
  [
    'the address book as a folder',
    '<m:FindItem><m:ParentFolderIds><t:DistinguishedFolderId Id="directory"/></m:ParentFolderIds></m:FindItem>',
    {},
    'foreign-mailbox',
  ],
  [
    'a first synchronisation',
    '<m:SyncFolderItems><m:SyncState></m:SyncState></m:SyncFolderItems>',
    {},
    undefined,
  ],
  [
    'the next one',
    '<m:SyncFolderItems><m:SyncState>H4sI</m:SyncState></m:SyncFolderItems>',
    {},
    'foreign-mailbox',
  ],
  [
    'which the organization allows',
    `<m:SyncFolderItems><m:SyncState>${'H4sI'.repeat(1_000)}</m:SyncState></m:SyncFolderItems>`,
    { opaqueIds: 'allow' },
    undefined,
  ],
] as const)
  t.equal(guardOn(request, given), expected, `guard on ${name}`)
