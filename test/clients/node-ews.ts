/**
 * node-ews behind the gateway: how it is pointed there, what it asks, and what it is told.
 */

import { createRequire } from 'node:module'
import type { GatewayTestServer, Key } from '../kit/gateway-test-server.ts'

/** An XML element as node-ews parses it: a text, a list, or an object of elements by name. */
export type Tree = string | undefined | { readonly [name: string]: Tree } | readonly Tree[]

export type Client = Readonly<{
  run: (operation: string, request: object, header?: object) => Promise<Tree>
}>

// It is CommonJS and has no types.
const NodeEws = createRequire(import.meta.url)('node-ews') as new (config: object) => Client

/** @param temp - folder for the WSDL and the schemas that it fetches from the gateway */
export const clientFor = (server: GatewayTestServer, { id, secret }: Key, temp: string): Client =>
  new NodeEws({
    host: new URL(server.url).origin,
    username: id,
    password: secret,
    auth: 'basic',
    temp,
  })

/** Returns the header that impersonates a user, as in docs/clients.md. */
export const as = (value: string, kind = 'SmtpAddress') => ({
  't:ExchangeImpersonation': { 't:ConnectingSID': { [`t:${kind}`]: value } },
})

/** Returns a value deep in an answer, the first if there are several. Undefined if there is none. */
export function at(tree: Tree, ...path: readonly string[]): Tree {
  const [first] = Array.isArray(tree) ? (tree as readonly Tree[]) : [tree]
  const [name, ...rest] = path
  if (name === undefined) return first
  if (typeof first !== 'object') return undefined
  return at((first as { readonly [name: string]: Tree })[name], ...rest)
}

/** All of the elements that an answer has there. */
export function all(tree: Tree, name: string): readonly Tree[] {
  const found = typeof tree === 'object' ? (tree as { [name: string]: Tree })[name] : undefined
  if (found === undefined) return []
  return Array.isArray(found) ? (found as readonly Tree[]) : [found]
}

/** Returns the content of the only response message. */
export async function messageOf(answer: Promise<Tree>, operation: string): Promise<Tree> {
  return at(await answer, 'ResponseMessages', `${operation}ResponseMessage`)
}

/** The response code of the fault that a call ended in, the HTTP status, or `done`. */
export async function outcomeOf(call: Promise<Tree>): Promise<Tree | number> {
  try {
    await call
    return 'done'
  } catch (error) {
    const { root, response, statusCode } = error as Rejection
    const code = at(root, 'Envelope', 'Body', 'Fault', 'detail', 'ResponseCode')
    const status = statusCode ?? response?.statusCode
    if (code === undefined && status === undefined) throw error
    return code ?? status
  }
}

type Rejection = Readonly<{
  root?: Tree
  statusCode?: number
  response?: Readonly<{ statusCode: number }>
}>

const distinguished = (id: string) => ({ 't:DistinguishedFolderId': { attributes: { Id: id } } })
const shape = (base: string, more: object = {}) => ({ 't:BaseShape': base, ...more })
const item = (attributes: object) => ({ 't:ItemId': { attributes } })

export const findFolder = {
  attributes: { Traversal: 'Shallow' },
  FolderShape: shape('Default'),
  ParentFolderIds: distinguished('msgfolderroot'),
}

export const findItem = {
  attributes: { Traversal: 'Shallow' },
  ItemShape: shape('Default'),
  ParentFolderIds: distinguished('inbox'),
}

export const getItem = (id: object) => ({
  ItemShape: shape('AllProperties', { 't:IncludeMimeContent': 'true' }),
  ItemIds: item(id),
})

export const getAttachment = (id: string) => ({
  AttachmentShape: {},
  AttachmentIds: { 't:AttachmentId': { attributes: { Id: id } } },
})

export const sync = (state: string | undefined) => ({
  ItemShape: shape('Default'),
  SyncFolderId: distinguished('inbox'),
  ...(state !== undefined && { SyncState: state }),
  MaxChangesReturned: '100',
})

export const pull = {
  PullSubscriptionRequest: {
    't:FolderIds': distinguished('inbox'),
    't:EventTypes': { 't:EventType': 'NewMailEvent' },
    't:Timeout': '10',
  },
}

export const createItem = (disposition: string, subject: string) => ({
  attributes: { MessageDisposition: disposition },
  SavedItemFolderId: distinguished('drafts'),
  Items: {
    't:Message': {
      't:Subject': subject,
      't:ToRecipients': { 't:Mailbox': { 't:EmailAddress': 'bob@example.com' } },
    },
  },
})

export const createAttachment = (parent: object, content: Buffer) => ({
  ParentItemId: { attributes: parent },
  Attachments: {
    't:FileAttachment': { 't:Name': 'big.bin', 't:Content': content.toString('base64') },
  },
})

export const upload = (folder: object, data: string) => ({
  Items: {
    't:Item': {
      attributes: { CreateAction: 'CreateNew' },
      't:ParentFolderId': { attributes: folder },
      't:Data': data,
    },
  },
})

/** Returns every write operation of the sandbox's WSDL, for the item with an ID. */
export const writesOf = (
  id: object,
): readonly (readonly [operation: string, request: object])[] => {
  const drafts = { ToFolderId: distinguished('drafts') }
  const inbox = { FolderIds: distinguished('inbox') }
  const named = { 't:Folder': { 't:DisplayName': 'New' } }
  return [
    ['CreateItem', createItem('SaveOnly', 'x')],
    ['CreateItem', createItem('SendAndSaveCopy', 'x')],
    [
      'UpdateItem',
      {
        attributes: { ConflictResolution: 'AlwaysOverwrite', MessageDisposition: 'SaveOnly' },
        ItemChanges: {
          't:ItemChange': {
            ...item(id),
            't:Updates': {
              't:SetItemField': {
                't:FieldURI': { attributes: { FieldURI: 'item:Subject' } },
                't:Message': { 't:Subject': 'changed' },
              },
            },
          },
        },
      },
    ],
    ['DeleteItem', { attributes: { DeleteType: 'HardDelete' }, ItemIds: item(id) }],
    ['MoveItem', { ...drafts, ItemIds: item(id) }],
    ['CopyItem', { ...drafts, ItemIds: item(id) }],
    ['SendItem', { attributes: { SaveItemToFolder: 'false' }, ItemIds: item(id) }],
    ['CreateAttachment', createAttachment(id, Buffer.from('small'))],
    ['CreateAttachment', createAttachment(id, Buffer.alloc(10 * 1024 * 1024))],
    ['DeleteAttachment', getAttachment('AAA=')],
    ['CreateFolder', { ParentFolderId: distinguished('inbox'), Folders: named }],
    [
      'UpdateFolder',
      {
        FolderChanges: {
          't:FolderChange': {
            ...distinguished('inbox'),
            't:Updates': {
              't:SetFolderField': {
                't:FieldURI': { attributes: { FieldURI: 'folder:DisplayName' } },
                ...named,
              },
            },
          },
        },
      },
    ],
    ['DeleteFolder', { attributes: { DeleteType: 'HardDelete' }, ...inbox }],
    [
      'EmptyFolder',
      {
        attributes: { DeleteType: 'HardDelete', DeleteSubFolders: 'true' },
        ...inbox,
      },
    ],
    ['MoveFolder', { ...drafts, ...inbox }],
    ['UploadItems', upload({ Id: 'AAA=' }, 'AAAA')],
    ['SetUserOofSettings', setOof('Enabled')],
  ]
}

export const getOof = { 't:Mailbox': { 't:Address': 'alice@example.com' } }

export const setOof = (state: string) => ({
  ...getOof,
  't:UserOofSettings': { 't:OofState': state, 't:ExternalAudience': 'All' },
})
