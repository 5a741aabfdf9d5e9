/**
 * A mailbox with a canary item in every folder, and a role for each profile.
 *
 * @module
 */

import type { Test } from 'tap'
import {
  FOLDER_CLASSES,
  type FolderClass,
  PROFILES,
  type ProfileName,
} from '../../src/model/profile.ts'
import { foldersOf } from '../../src/policy/folder-classes.ts'
import { accessOf } from '../../src/policy/profiles.ts'
import { envelope } from '../kit/corpus.ts'
import {
  type Answered,
  type GatewayTestServer,
  type GatewayTestServerOptions,
  type RoleSeed,
  startGatewayTestServer,
} from '../kit/gateway-test-server.ts'

const ALICE = 'alice@example.com'
const OPEN: RoleSeed = {
  name: 'open',
  type: 'FULL_ACCESS',
  allow: 'all',
  guard: { delegation: true, inboxRules: true },
}

/** A folder of the mailbox, with the ID of its canary and of that item's attachment. */
export type Canary = Readonly<{
  folder: string
  /** Undefined for folders that no profile with classes contains. */
  folderClass: FolderClass | undefined
  /** Name of a distinguished folder. */
  name: string | undefined
  folderId: string
  itemId: string
  attachmentId: string
  /** Text that only the item contains. */
  text: string
}>

/** Elements with which a canary is saved, by the class of its folder. */
const KINDS: Readonly<Partial<Record<FolderClass, string>>> = {
  calendar: 'CalendarItem',
  contacts: 'Contact',
  tasks: 'Task',
}
const TIMES = '<t:Start>2026-12-01T09:00:00Z</t:Start><t:End>2026-12-01T10:00:00Z</t:End>'
const ITEM_CLASSES: Readonly<Partial<Record<FolderClass, string>>> = {
  notes: 'IPM.StickyNote',
  other: 'IPM.Activity',
}

/** Folders that the sandbox does not have from its start: `[name, parent, element, container class]`. */
const OWN = [
  ['Projects', 'inbox', 'Folder', 'IPF.Note', 'mail'],
  ['Team', 'calendar', 'CalendarFolder', 'IPF.Appointment', 'calendar'],
  ['Mail below the calendar', 'calendar', 'Folder', 'IPF.Note', 'mail'],
  ['Unknown', 'inbox', 'Folder', 'IPF.Files', undefined],
  ['No class', 'inbox', 'Folder', 'IPF', undefined],
] as const

export class CanaryMailbox {
  readonly server: GatewayTestServer
  readonly canaries: readonly Canary[]

  private constructor(server: GatewayTestServer, canaries: readonly Canary[]) {
    this.server = server
    this.canaries = canaries
  }

  static async start(t: Test, options: GatewayTestServerOptions = {}): Promise<CanaryMailbox> {
    const server = await startGatewayTestServer(t, {
      ...options,
      enforcesSendAs: true,
      roles: [OPEN, ...PROFILES.map(name => ({ ...OPEN, name, profile: { name } }))],
    })
    const canaries: Canary[] = []
    const post = (operation: string) => postAs(server, 'open', operation)
    for (const folderClass of FOLDER_CLASSES)
      for (const name of foldersOf(folderClass)) {
        const folderId = idIn(
          (await post(getFolder(`<t:DistinguishedFolderId Id="${name}"/>`))).text,
          'FolderId',
        )
        if (folderId === undefined) continue
        const canary = await plant(post, `${folderClass} ${name}`, folderId, folderClass)
        canaries.push({ ...canary, name, folderClass })
      }
    for (const [name, parent, element, container, folderClass] of OWN) {
      const made = await post(
        `<m:CreateFolder><m:ParentFolderId><t:DistinguishedFolderId Id="${parent}"/></m:ParentFolderId><m:Folders>` +
          `<t:${element}><t:FolderClass>${container}</t:FolderClass><t:DisplayName>${name}</t:DisplayName></t:${element}></m:Folders></m:CreateFolder>`,
      )
      const folderId = idIn(made.text, 'FolderId')
      if (folderId === undefined) throw new TypeError(made.text)
      const canary = await plant(post, name, folderId, folderClass)
      canaries.push({ ...canary, name: undefined, folderClass })
    }
    return new CanaryMailbox(server, canaries)
  }

  /** Sends a request in the role with a profile. */
  post(profile: ProfileName | 'open', operation: string): Promise<Answered> {
    return postAs(this.server, profile, operation)
  }

  /** Returns the canaries whose bytes are in a response. */
  heard(text: string): readonly Canary[] {
    return this.canaries.filter(
      canary => text.includes(canary.text) || text.includes(base64(canary.text)),
    )
  }
}

export const getFolder = (id: string): string =>
  `<m:GetFolder><m:FolderShape><t:BaseShape>Default</t:BaseShape></m:FolderShape><m:FolderIds>${id}</m:FolderIds></m:GetFolder>`

const postAs = (server: GatewayTestServer, role: string, operation: string): Promise<Answered> =>
  server.post(envelope(ALICE, operation), { auth: server.client(role).key })

const idIn = (text: string, element: string): string | undefined =>
  new RegExp(`<(?:\\w+:)?${element} Id="([^"]*)"`).exec(text)?.[1]

/** Returns base64 of a text whose length is a multiple of three. */
const base64 = (text: string): string => Buffer.from(text).toString('base64')

async function plant(
  post: (operation: string) => Promise<Answered>,
  folder: string,
  folderId: string,
  folderClass: FolderClass | undefined,
): Promise<Omit<Canary, 'name' | 'folderClass'>> {
  const token = `CANARY.${Buffer.from(folder).toString('hex')}`
  const text = token.padEnd(Math.ceil(token.length / 3) * 3, 'x')
  const kind = (folderClass && KINDS[folderClass]) ?? 'Message'
  const itemClass = folderClass && ITEM_CLASSES[folderClass]
  const saved = await post(
    '<m:CreateItem MessageDisposition="SaveOnly" SendMeetingInvitations="SendToNone">' +
      `<m:SavedItemFolderId><t:FolderId Id="${folderId}"/></m:SavedItemFolderId><m:Items><t:${kind}>` +
      `${itemClass ? `<t:ItemClass>${itemClass}</t:ItemClass>` : ''}<t:Subject>${text}</t:Subject>` +
      `<t:Body BodyType="Text">${text}</t:Body>${kind === 'CalendarItem' ? TIMES : ''}</t:${kind}></m:Items></m:CreateItem>`,
  )
  const itemId = idIn(saved.text, 'ItemId')
  if (itemId === undefined) throw new TypeError(`${folder}: ${saved.text}`)
  const attached = await post(
    `<m:CreateAttachment><m:ParentItemId Id="${itemId}"/><m:Attachments><t:FileAttachment><t:Name>${text}</t:Name>` +
      `<t:Content>${base64(text)}</t:Content></t:FileAttachment></m:Attachments></m:CreateAttachment>`,
  )
  return { folder, folderId, itemId, attachmentId: idIn(attached.text, 'AttachmentId') ?? '', text }
}

const SHAPE = '<m:ItemShape><t:BaseShape>Default</t:BaseShape></m:ItemShape>'
export const findItem = (ids: string): string =>
  `<m:FindItem Traversal="Shallow">${SHAPE}<m:ParentFolderIds>${ids}</m:ParentFolderIds></m:FindItem>`
export const getItem = (ids: string): string =>
  `<m:GetItem>${SHAPE}<m:ItemIds>${ids}</m:ItemIds></m:GetItem>`
const sync = (id: string) =>
  `<m:SyncFolderItems>${SHAPE}<m:SyncFolderId>${id}</m:SyncFolderId><m:MaxChangesReturned>10</m:MaxChangesReturned></m:SyncFolderItems>`
export const folderOf = ({ folderId: id }: Canary): string => `<t:FolderId Id="${id}"/>`
export const itemOf = ({ itemId: id }: Canary): string => `<t:ItemId Id="${id}"/>`

/** Requests that read a canary, by operation. */
const READS: readonly (readonly [
  operation: string,
  requestFor: (canary: Canary) => string | undefined,
])[] = [
  ['FindItem', canary => findItem(folderOf(canary))],
  ['FindItem', ({ name }) => name && findItem(`<t:DistinguishedFolderId Id="${name}"/>`)],
  ['SyncFolderItems', canary => sync(folderOf(canary))],
  ['GetItem', canary => getItem(itemOf(canary))],
  [
    'GetAttachment',
    ({ attachmentId }) =>
      `<m:GetAttachment><m:AttachmentIds><t:AttachmentId Id="${attachmentId}"/></m:AttachmentIds></m:GetAttachment>`,
  ],
]

/**
 * Reads every canary in every way, in a role of each profile.
 *
 * @returns number of reads that a profile allowed
 */
export async function readCanaries(
  t: Test,
  mailbox: CanaryMailbox,
  profiles: readonly ProfileName[],
): Promise<number> {
  let read = 0
  for (const canary of mailbox.canaries)
    for (const [operation, requestFor] of READS) {
      const request = requestFor(canary)
      if (request === undefined) continue
      const open = await mailbox.post('open', request)
      if (!mailbox.heard(open.text).includes(canary)) t.fail(`${operation} ${canary.folder}`)
      for (const profile of profiles) {
        const { text } = await mailbox.post(profile, request)
        const isRead = mailbox.heard(text).includes(canary)
        const isDenied = text.includes('ErrorAccessDenied') && mailbox.heard(text).length === 0
        if (isRead) read += 1
        if (reaches(profile, operation, canary) ? !isRead : !isDenied)
          t.fail(`${profile} ${operation} ${canary.folder}`)
      }
    }
  return read
}

/** Whether the profile allows an operation in the folder of a canary. */
function reaches(profile: ProfileName, operation: string, { folderClass }: Canary): boolean {
  const access = accessOf(profile, operation)
  return access === 'any' || (folderClass !== undefined && access.includes(folderClass))
}
