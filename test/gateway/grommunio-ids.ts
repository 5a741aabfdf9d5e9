/**
 * A gateway before a sandbox that goes by the number in an ID, as grommunio does. There, Alice can open the mailbox of the CEO,
 * who is protected and denied by each role. The sandbox says which mailboxes were opened.
 *
 * @module
 */

import type { Test } from 'tap'
import type { Sandbox } from '../../sandbox/sandbox.ts'
import { codeOf, envelope } from '../kit/corpus.ts'
import {
  type GatewayTestServer,
  type GatewayTestServerOptions,
  ORGANIZATION,
  type RoleSeed,
  startGatewayTestServer,
} from '../kit/gateway-test-server.ts'
import { GUIDE_ORGANIZATION } from '../kit/grommunio.ts'
import { direct, PASSWORD } from './guard-rows.ts'

export const [ALICE, BOB, CEO] = ['alice@example.com', 'bob@example.com', 'ceo@example.com']

const role = (name: string, type: RoleSeed['type'], guard: RoleSeed['guard'] = {}): RoleSeed => ({
  name,
  type,
  allow: 'all',
  deny: [CEO],
  guard,
})
export const FULL = role('full', 'FULL_ACCESS')
export const BACKUP = role('backup', 'READ_ONLY')
export const PERMITTED = role('permitted', 'FULL_ACCESS', { mailboxes: 'permitted' })
export const ANY = role('any', 'FULL_ACCESS', { mailboxes: 'any' })

/** Offset of the number of the user in an ID. */
export const NUMBER_AT = 22

/** Returns an ID with another byte. */
export function changed(id: string, at: number, value: number): string {
  const bytes = Buffer.from(id, 'base64')
  bytes[at] = value
  return bytes.toString('base64')
}

const INBOX = '<t:DistinguishedFolderId Id="inbox"/>'
const FOLDER_SHAPE = '<m:FolderShape><t:BaseShape>IdOnly</t:BaseShape></m:FolderShape>'
const ITEM_SHAPE = '<m:ItemShape><t:BaseShape>AllProperties</t:BaseShape></m:ItemShape>'
const MIME_SHAPE =
  '<m:ItemShape><t:BaseShape>IdOnly</t:BaseShape><t:IncludeMimeContent>true</t:IncludeMimeContent></m:ItemShape>'
const NOTE = '<t:Message><t:Subject>x</t:Subject></t:Message>'
const folder = (id: string) => `<t:FolderId Id="${id}"/>`
const item = (id: string) => `<t:ItemId Id="${id}"/>`
const sourceOf = (id: string) => `<m:ItemIds>${item(id)}</m:ItemIds>`
const toFolder = (operation: string, target: string, own: Ids) =>
  `<m:${operation}><m:ToFolderId>${target}</m:ToFolderId>${sourceOf(own.item)}</m:${operation}>`
const updates = (name: string, field: string) =>
  `<t:Updates><t:SetItemField><t:FieldURI FieldURI="${name}"/><t:Message>${field}</t:Message></t:SetItemField></t:Updates>`

/** IDs in a mailbox, of every kind. */
export type Ids = Readonly<{
  folder: string
  item: string
  attachment: string
  occurrence: string
  conversation: string
}>
export type IdKind = keyof Ids

/** An operation that names something by an ID of a kind. */
export type NamingRow = Readonly<{
  kind: IdKind
  name: string
  /** Whether the operation only reads. */
  reads?: true
  /** @param own - IDs of the user, for what else the operation names */
  of: (id: string, own: Ids) => string
}>

const read = (kind: IdKind, name: string, of: NamingRow['of']): NamingRow => ({
  kind,
  name,
  reads: true,
  of,
})
const write = (kind: IdKind, name: string, of: NamingRow['of']): NamingRow => ({ kind, name, of })

export const findItem = (id: string) =>
  `<m:FindItem Traversal="Shallow">${ITEM_SHAPE}<m:ParentFolderIds>${folder(id)}</m:ParentFolderIds></m:FindItem>`
export const getFolder = (id: string) =>
  `<m:GetFolder>${FOLDER_SHAPE}<m:FolderIds>${folder(id)}</m:FolderIds></m:GetFolder>`
const getItem = (content: string) =>
  `<m:GetItem>${MIME_SHAPE}<m:ItemIds>${content}</m:ItemIds></m:GetItem>`

/** Those that change or delete something come last. */
export const ROWS: readonly NamingRow[] = [
  read('folder', 'GetFolder', getFolder),
  read('folder', 'FindItem', findItem),
  read(
    'folder',
    'FindFolder',
    id =>
      `<m:FindFolder Traversal="Shallow">${FOLDER_SHAPE}<m:ParentFolderIds>${folder(id)}</m:ParentFolderIds></m:FindFolder>`,
  ),
  read(
    'folder',
    'SyncFolderItems',
    id =>
      `<m:SyncFolderItems>${ITEM_SHAPE}<m:SyncFolderId>${folder(id)}</m:SyncFolderId><m:MaxChangesReturned>1</m:MaxChangesReturned></m:SyncFolderItems>`,
  ),
  read(
    'folder',
    'Subscribe',
    id =>
      `<m:Subscribe><m:PullSubscriptionRequest><t:FolderIds>${folder(id)}</t:FolderIds><t:EventTypes><t:EventType>NewMailEvent</t:EventType></t:EventTypes><t:Timeout>1</t:Timeout></m:PullSubscriptionRequest></m:Subscribe>`,
  ),
  read('item', 'GetItem', id => getItem(item(id))),
  read('item', 'GetItem by OccurrenceItemId', id =>
    getItem(`<t:OccurrenceItemId RecurringMasterId="${id}" InstanceIndex="1"/>`),
  ),
  read('occurrence', 'GetItem of an occurrence', id => getItem(item(id))),
  read('occurrence', 'GetItem by RecurringMasterItemId', id =>
    getItem(`<t:RecurringMasterItemId OccurrenceId="${id}"/>`),
  ),
  read(
    'attachment',
    'GetAttachment',
    id =>
      `<m:GetAttachment><m:AttachmentIds><t:AttachmentId Id="${id}"/></m:AttachmentIds></m:GetAttachment>`,
  ),
  write(
    'folder',
    'CreateItem',
    id =>
      `<m:CreateItem MessageDisposition="SaveOnly"><m:SavedItemFolderId>${folder(id)}</m:SavedItemFolderId><m:Items>${NOTE}</m:Items></m:CreateItem>`,
  ),
  write('folder', 'CopyItem', (id, own) => toFolder('CopyItem', folder(id), own)),
  write(
    'item',
    'CreateItem with ReplyToItem',
    id =>
      `<m:CreateItem MessageDisposition="SaveOnly"><m:Items><t:ReplyToItem><t:ReferenceItemId Id="${id}"/></t:ReplyToItem></m:Items></m:CreateItem>`,
  ),
  write(
    'item',
    'CreateAttachment',
    id =>
      `<m:CreateAttachment><m:ParentItemId Id="${id}"/><m:Attachments><t:FileAttachment><t:Name>a</t:Name><t:Content>YQ==</t:Content></t:FileAttachment></m:Attachments></m:CreateAttachment>`,
  ),
  write(
    'item',
    'UpdateItem',
    id =>
      `<m:UpdateItem MessageDisposition="SaveOnly" ConflictResolution="AlwaysOverwrite"><m:ItemChanges><t:ItemChange>${item(id)}${updates('item:Subject', '<t:Subject>y</t:Subject>')}</t:ItemChange></m:ItemChanges></m:UpdateItem>`,
  ),
  write(
    'conversation',
    'ApplyConversationAction',
    id =>
      `<m:ApplyConversationAction><m:ConversationActions><t:ConversationAction><t:Action>SetReadState</t:Action><t:ConversationId Id="${id}"/><t:IsRead>true</t:IsRead></t:ConversationAction></m:ConversationActions></m:ApplyConversationAction>`,
  ),
  write(
    'attachment',
    'DeleteAttachment',
    id =>
      `<m:DeleteAttachment><m:AttachmentIds><t:AttachmentId Id="${id}"/></m:AttachmentIds></m:DeleteAttachment>`,
  ),
  write(
    'occurrence',
    'DeleteItem of an occurrence',
    id => `<m:DeleteItem DeleteType="HardDelete"><m:ItemIds>${item(id)}</m:ItemIds></m:DeleteItem>`,
  ),
  write(
    'folder',
    'EmptyFolder',
    id =>
      `<m:EmptyFolder DeleteType="HardDelete" DeleteSubFolders="false"><m:FolderIds>${folder(id)}</m:FolderIds></m:EmptyFolder>`,
  ),
]

/** Starts the gateway of the guide. */
export async function startNumbered(t: Test, options: GatewayTestServerOptions = {}) {
  const server = await startGatewayTestServer(t, {
    gromox: true,
    organization: GUIDE_ORGANIZATION,
    roles: [FULL, BACKUP, PERMITTED, ANY],
    upstreamPassword: PASSWORD,
    delegations: [CEO, BOB].map(owner => ({ owner, delegate: ALICE })),
    ...options,
  })
  const users = [await server.userId(CEO)]
  await server.store.putProtection(ORGANIZATION, { users, groups: [], exceptions: [] })
  return server
}

/** Returns IDs in the mailbox of a user, as the sandbox gives them. */
export async function idsOf(sandbox: Sandbox, user: string): Promise<Ids> {
  const inbox = await direct(
    sandbox,
    user,
    `<m:FindItem Traversal="Shallow">${ITEM_SHAPE}<m:ParentFolderIds>${INBOX}</m:ParentFolderIds></m:FindItem>`,
  )
  const [, parent = ''] = /ParentFolderId Id="([^"]+)"/.exec(inbox) ?? []
  const [withFiles = ''] =
    /<t:Message>(?:(?!<.t:Message>).)*HasAttachments>true.*?<.t:Message>/s.exec(inbox) ?? []
  const [, id = ''] = /ItemId Id="([^"]+)"/.exec(withFiles) ?? []
  const [, conversation = ''] = /ConversationId Id="([^"]+)"/.exec(withFiles) ?? []
  const whole = await direct(
    sandbox,
    user,
    `<m:GetItem>${ITEM_SHAPE}<m:ItemIds>${item(id)}</m:ItemIds></m:GetItem>`,
  )
  const [, attachment = ''] = /AttachmentId Id="([^"]+)"/.exec(whole) ?? []
  const bytes = Buffer.from(id, 'base64')
  const occurrence = Buffer.concat([bytes.subarray(0, -1), Buffer.from([7, 0, 0, 0, 4])])
  const ids = { folder: parent, item: id, attachment, conversation }
  if (Object.values(ids).includes('')) throw new TypeError(`The sandbox lacks IDs: ${inbox}`)
  return { ...ids, occurrence: occurrence.toString('base64') }
}

/** Sends an operation as Alice. */
export async function ask(server: GatewayTestServer, { name }: RoleSeed, operation: string) {
  const auth = server.client(name).key
  const { text, headers } = await server.post(envelope(ALICE, operation), { auth })
  return { text, code: codeOf(text), id: headers['x-decision-id'] }
}

/** Returns the owners of the mailboxes that were opened for Alice since the last call. */
export function openedIn(sandbox: Sandbox): readonly string[] {
  const owners = sandbox.opened.filter(({ as }) => as === ALICE).map(({ owner }) => owner)
  sandbox.forget()
  return [...new Set(owners)].toSorted()
}

const PARALLEL = 8

/** Sends operations, several at a time. */
export async function askAll(
  server: GatewayTestServer,
  role: RoleSeed,
  operations: readonly string[],
): Promise<void> {
  const rest = [...operations]
  const next = async (): Promise<void> => {
    for (let one = rest.pop(); one !== undefined; one = rest.pop()) await ask(server, role, one)
  }
  await Promise.all(Array.from({ length: PARALLEL }, next))
}

/** Other values of a byte: all, or a few of them. */
export function valuesOf(byte: number, all: boolean): readonly number[] {
  const values = all
    ? Array.from({ length: 256 }, (_, value) => value)
    : [0, byte ^ 1, byte ^ 2, byte ^ 0x80, 255]
  return [...new Set(values)].filter(value => value !== byte)
}
