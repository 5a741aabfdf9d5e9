/**
 * Mutants of real requests that ask for canaries: with other IDs, names, addresses, subscriptions, and impersonated
 * users, and with the changes of all other mutants.
 *
 * @module
 */

import type { CanaryMailboxes } from './canary-mailboxes.ts'
import type { Place } from './canary-plants.ts'
import { classesOf, type Limits } from './canary-roles.ts'
import { ACTOR, OWNERS } from './canary-table.ts'
import { HARMFUL } from './mutations.ts'
import { HARMLESS } from './mutations-harmless.ts'
import { Random } from './random.ts'
import { placeRequests, realRequests, requestOf } from './seeds.ts'
import { nameOf, type Tokens, tokensOf } from './tokens.ts'
import { USERS } from './world.ts'

/** Names of folders that no sandbox has, or that show items of others. */
const FAR = ['searchfolders', 'todosearch', 'publicfoldersroot', 'allitems', 'INBOX', 'favorites']

const SHAPE = '<m:ItemShape><t:BaseShape>AllProperties</t:BaseShape></m:ItemShape>'
const MIME =
  '<m:ItemShape><t:BaseShape>Default</t:BaseShape><t:IncludeMimeContent>true</t:IncludeMimeContent></m:ItemShape>'
const FOLDER_SHAPE = '<m:FolderShape><t:BaseShape>AllProperties</t:BaseShape></m:FolderShape>'
const ITEM = '<t:ItemId Id="x"/>'
const FOLDER = '<t:FolderId Id="x"/>'
const NAME = '<t:DistinguishedFolderId Id="inbox"/>'
const OWNED = `<t:DistinguishedFolderId Id="calendar"><t:Mailbox><t:EmailAddress>${ACTOR}</t:EmailAddress></t:Mailbox></t:DistinguishedFolderId>`
const MESSAGE = '<t:Message><t:Subject>New</t:Subject></t:Message>'

const find = (folder: string, traversal = 'Shallow') =>
  `<m:FindItem Traversal="${traversal}">${SHAPE}<m:ParentFolderIds>${folder}</m:ParentFolderIds></m:FindItem>`
const get = (item: string, shape = SHAPE) =>
  `<m:GetItem>${shape}<m:ItemIds>${item}</m:ItemIds></m:GetItem>`
const move = (operation: string, to: string) =>
  `<m:${operation}><m:ToFolderId>${to}</m:ToFolderId><m:ItemIds>${ITEM}</m:ItemIds></m:${operation}>`
const create = (folder: string, item = MESSAGE, disposition = 'SaveOnly') =>
  `<m:CreateItem MessageDisposition="${disposition}" SendMeetingInvitations="SendToNone"><m:SavedItemFolderId>${folder}</m:SavedItemFolderId><m:Items>${item}</m:Items></m:CreateItem>`
const subscribe = (kind: string, folder: string, rest: string) =>
  `<m:Subscribe><m:${kind}><t:FolderIds>${folder}</t:FolderIds><t:EventTypes><t:EventType>NewMailEvent</t:EventType></t:EventTypes>${rest}</m:${kind}></m:Subscribe>`
const change = (folder: string) =>
  `<m:UpdateFolder><m:FolderChanges><t:FolderChange>${folder}<t:Updates><t:SetFolderField><t:FieldURI FieldURI="folder:DisplayName"/><t:Folder><t:DisplayName>New</t:DisplayName></t:Folder></t:SetFolderField></t:Updates></t:FolderChange></m:FolderChanges></m:UpdateFolder>`

/** One request for each way to reach a folder or an item. */
const REACHING: readonly string[] = [
  ...[FOLDER, NAME, OWNED].flatMap(folder => [
    find(folder),
    find(folder + FOLDER),
    find(folder, 'SoftDeleted'),
    `<m:GetFolder>${FOLDER_SHAPE}<m:FolderIds>${folder}</m:FolderIds></m:GetFolder>`,
    `<m:FindFolder Traversal="Deep">${FOLDER_SHAPE}<m:ParentFolderIds>${folder}</m:ParentFolderIds></m:FindFolder>`,
    `<m:SyncFolderItems>${SHAPE}<m:SyncFolderId>${folder}</m:SyncFolderId><m:MaxChangesReturned>9</m:MaxChangesReturned></m:SyncFolderItems>`,
    `<m:SyncFolderHierarchy>${FOLDER_SHAPE}<m:SyncFolderId>${folder}</m:SyncFolderId></m:SyncFolderHierarchy>`,
    subscribe('PullSubscriptionRequest', folder, '<t:Timeout>10</t:Timeout>'),
    subscribe('StreamingSubscriptionRequest', folder, ''),
    move('CopyItem', folder),
    move('MoveItem', folder),
    create(folder),
    create(folder, '<t:Contact><t:DisplayName>New</t:DisplayName></t:Contact>'),
    create(
      folder,
      '<t:CalendarItem><t:Subject>New</t:Subject><t:Start>2026-12-02T09:00:00Z</t:Start><t:End>2026-12-02T10:00:00Z</t:End></t:CalendarItem>',
    ),
    `<m:CreateFolder><m:ParentFolderId>${folder}</m:ParentFolderId><m:Folders><t:Folder><t:FolderClass>IPF.Note</t:FolderClass><t:DisplayName>New</t:DisplayName></t:Folder></m:Folders></m:CreateFolder>`,
    change(folder),
    `<m:MoveFolder><m:ToFolderId>${folder}</m:ToFolderId><m:FolderIds>${FOLDER}</m:FolderIds></m:MoveFolder>`,
    `<m:DeleteFolder DeleteType="HardDelete"><m:FolderIds>${folder}</m:FolderIds></m:DeleteFolder>`,
    `<m:EmptyFolder DeleteType="HardDelete" DeleteSubFolders="false"><m:FolderIds>${folder}</m:FolderIds></m:EmptyFolder>`,
  ]),
  get(ITEM),
  get(ITEM, MIME),
  get(ITEM + ITEM),
  '<m:GetAttachment><m:AttachmentIds><t:AttachmentId Id="x"/></m:AttachmentIds></m:GetAttachment>',
  `<m:ExportItems><m:ItemIds>${ITEM}</m:ItemIds></m:ExportItems>`,
  `<m:DeleteItem DeleteType="MoveToDeletedItems"><m:ItemIds>${ITEM}</m:ItemIds></m:DeleteItem>`,
  `<m:SendItem SaveItemToFolder="false"><m:ItemIds>${ITEM}</m:ItemIds></m:SendItem>`,
  `<m:UpdateItem ConflictResolution="AlwaysOverwrite" MessageDisposition="SaveOnly"><m:ItemChanges><t:ItemChange>${ITEM}<t:Updates><t:SetItemField><t:FieldURI FieldURI="item:Subject"/><t:Message><t:Subject>New</t:Subject></t:Message></t:SetItemField></t:Updates></t:ItemChange></m:ItemChanges></m:UpdateItem>`,
  '<m:GetEvents><m:SubscriptionId>x</m:SubscriptionId><m:Watermark>AQAAAAAAAAAAAAAAAAAAAA==</m:Watermark></m:GetEvents>',
  '<m:GetStreamingEvents><m:SubscriptionIds><t:SubscriptionId>x</t:SubscriptionId></m:SubscriptionIds><m:ConnectionTimeout>1</m:ConnectionTimeout></m:GetStreamingEvents>',
  '<m:Unsubscribe><m:SubscriptionId>x</m:SubscriptionId></m:Unsubscribe>',
  '<m:ResolveNames ReturnFullContactData="true"><m:UnresolvedEntry>Canary</m:UnresolvedEntry></m:ResolveNames>',
  '<m:ResolveNames ReturnFullContactData="true" SearchScope="ActiveDirectory"><m:UnresolvedEntry>Canary</m:UnresolvedEntry></m:ResolveNames>',
  `<m:SyncFolderHierarchy>${FOLDER_SHAPE}</m:SyncFolderHierarchy>`,
  `<m:ExpandDL><m:Mailbox>${ITEM}</m:Mailbox></m:ExpandDL>`,
  `<m:GetMailTips><m:SendingAs><t:EmailAddress>${ACTOR}</t:EmailAddress></m:SendingAs><m:Recipients><t:Mailbox>${ITEM}</t:Mailbox></m:Recipients><m:MailTipsRequested>All</m:MailTipsRequested></m:GetMailTips>`,
  `<m:ConvertId DestinationFormat="HexEntryId"><m:SourceIds><t:AlternateId Format="EwsId" Id="x" Mailbox="${ACTOR}"/></m:SourceIds></m:ConvertId>`,
]

/** Values and names that are replaced by others that reach more. */
const SWAPS = [
  ['Shallow', 'Associated'],
  ['IdOnly', 'AllProperties'],
  ['Default', 'AllProperties'],
  ['GetItem', 'FindItem'],
  ['GetFolder', 'FindFolder'],
  ['FindItem', 'SyncFolderItems'],
  ['SaveOnly', 'SendAndSaveCopy'],
] as const

const SIDS: readonly string[] = USERS.flatMap(
  ({ primarySmtpAddress, aliases, sid, principalName }) => [
    ...[primarySmtpAddress, ...aliases].flatMap(address => [
      `<t:PrimarySmtpAddress>${address}</t:PrimarySmtpAddress>`,
      `<t:SmtpAddress>${address}</t:SmtpAddress>`,
    ]),
    ...(sid === undefined ? [] : [`<t:SID>${sid}</t:SID>`]),
    ...(principalName === undefined ? [] : [`<t:PrincipalName>${principalName}</t:PrincipalName>`]),
  ],
)
const ADDRESSES = USERS.flatMap(({ primarySmtpAddress, aliases }) => [
  primarySmtpAddress,
  ...aliases,
])
const ID = /\sId=(?:"[^"]*"|'[^']*')/

export class CanaryMutants {
  readonly #seed: number
  readonly #mailboxes: CanaryMailboxes
  readonly #requests: readonly (readonly Tokens[])[] = [
    REACHING.map(operation => tokensOf(requestOf(operation))),
    realRequests().map(tokensOf),
    placeRequests().map(tokensOf),
  ]

  /** @param seed - the same numbers mean other mutants under another one */
  constructor(seed: number, mailboxes: CanaryMailboxes) {
    this.#seed = seed
    this.#mailboxes = mailboxes
  }

  /**
   * Returns a mutant for a role. Many name mainly what the role can reach, so that some are forwarded, or folders that
   * seem to be inside of its limits.
   */
  mutant(number: number, limits: Limits): Buffer {
    const random = new Random(this.#seed, number)
    const requests = this.#requests[random.below(6)] ?? this.#requests[0]
    const tokens = [...random.pick(requests as readonly Tokens[])]
    const from = this.#placesFor(limits, random)
    this.#aim(tokens, from, random)
    for (let left = random.below(3); left > 0 && tokens.length > 0; left--)
      random.pick(random.below(100) < 70 ? HARMLESS : HARMFUL)(tokens, random)
    const text = tokens.join('')
    const [old, other] = random.pick(SWAPS)
    return Buffer.from(random.once(6) ? text.replaceAll(old, other) : text)
  }

  #placesFor(limits: Limits, random: Random): readonly Place[] {
    const { places } = this.#mailboxes
    if (random.once(2)) return places
    const kinds: readonly string[] = [
      ...(classesOf(limits, 'GetItem') ?? []),
      ...(classesOf(limits, 'CreateItem') ?? []),
    ]
    const deceiving = places.filter(({ kind, seems }) => kind !== seems && kinds.includes(seems))
    if (deceiving.length > 0 && random.once(4)) return deceiving
    const own = places.filter(({ owner }) => owner === ACTOR)
    const inside = own.filter(({ kind }) => kinds.includes(kind))
    return inside.length > 0 ? inside : own
  }

  #aim(tokens: Tokens, from: readonly Place[], random: Random) {
    for (const [at, token] of tokens.entries()) {
      const before = tokens[at - 1] ?? ''
      if (token.startsWith('<')) {
        if (token.includes('Id=')) tokens[at] = this.#aimed(token, from, random)
      } else if (before.includes('SubscriptionId'))
        tokens[at] = random.pick(this.#mailboxes.watches).id
      else if (/@(?:corp\.)?example\.com/.test(token) && random.once(3))
        tokens[at] = random.pick(ADDRESSES)
    }
    const sid = tokens.findIndex(token => /^<(?:[\w.-]+:)?ConnectingSID\b/.test(token))
    if (sid !== -1 && random.once(8)) tokens.splice(sid + 1, 3, ...tokensOf(random.pick(SIDS)))
  }

  /** Returns a start tag with the ID of something else, and without its ChangeKey. The ID of a time zone names no object. */
  #aimed(token: string, from: readonly Place[], random: Random): string {
    const id = ID.exec(token)
    if (id === null || nameOf(token).endsWith('TimeZoneDefinition') || random.once(16)) return token
    const [attribute] = id
    const element = random.once(16) ? 'FolderId' : nameOf(token)
    return token
      .replace(attribute, ` Id="${idFor(element, random.pick(from), random)}"`)
      .replace(/ ChangeKey="[^"]*"/, '')
      .replace(/ Mailbox="[^"]*"/, ` Mailbox="${random.pick(OWNERS)}"`)
  }
}

function idFor(element: string, place: Place, random: Random): string {
  if (element.endsWith('DistinguishedFolderId')) return place.name ?? random.pick(FAR)
  if (element.endsWith('AttachmentId')) return place.attachmentId
  return element.includes('Folder') ? place.folderId : place.itemId
}
