/**
 * Operations on many items: MarkAllItemsAsRead, MarkAsJunk, ArchiveItem, and CopyFolder, and CreateFolderPath.
 *
 * @module
 */

import { ResponseError } from '../../../sandbox/fault.ts'
import { folderKind } from '../../../sandbox/folder-shape.ts'
import { itemElement } from '../../../sandbox/item-shape.ts'
import { findFolder, findItem, folderIn } from '../../../sandbox/locate.ts'
import { ITEM_IDS, NO_ITEMS } from '../../../sandbox/operations/items.ts'
import { type Call, type Operation, respond } from '../../../sandbox/operations/operation.ts'
import { markRead } from '../../../sandbox/receipts.ts'
import { folderId, itemId } from '../../../sandbox/references.ts'
import { type Folder, type Item, MailStore } from '../../../sandbox/store.ts'
import { isTrue, m, t } from '../../../sandbox/xml.ts'
import type { ServerSettings } from './mailbox-settings.ts'

/** Marks all items of folders as read or unread. */
export const markAllItemsAsRead: Operation = call =>
  respond('MarkAllItemsAsRead', call.request.listAt('FolderIds'), id => {
    const { exchange, actor, request } = call
    const how = {
      read: isTrue(request.textAt('ReadFlag')),
      isSuppressed: isTrue(request.textAt('SuppressReadReceipts')),
    }
    for (const item of findFolder(call, id).items.values()) markRead(exchange, actor, item, how)
    return []
  })

/** Blocks or unblocks the senders of items, and moves the items to the junk mail or to the inbox if asked for. */
export const markAsJunk =
  (settings: ServerSettings): Operation =>
  call =>
    respond('MarkAsJunk', call.request.listAt('ItemIds'), id => {
      const item = findItem(call, id)
      const isJunk = isTrue(call.request.attribute('IsJunk'))
      const { blocked } = settings.of(call.exchange.ownerOf(item) ?? call.actor)
      const sender = item.properties.get('From')?.textAt('Mailbox', 'EmailAddress') ?? ''
      if (isJunk) blocked.set(sender, 'blocked')
      else blocked.delete(sender)
      if (!isTrue(call.request.attribute('MoveItem'))) return []
      const target = item.folder.store.distinguished(isJunk ? 'junkemail' : 'inbox')
      if (target === undefined) throw new ResponseError('ErrorFolderNotFound')
      return [m('MovedItemId', itemId(MailStore.moveItem(item, target)).attributes)]
    })

/** Moves items to the folder of the archive that has the name of their folder. Creates it if there is none. */
export const archiveItem: Operation = call =>
  respond(
    'ArchiveItem',
    call.request.listAt('ItemIds'),
    id => {
      const source = folderIn(call, call.request.child('ArchiveSourceFolderId'))
      const item = findItem(call, id)
      if (item.folder !== source) throw new ResponseError('ErrorItemNotFound')
      return [
        m('Items', itemElement(MailStore.moveItem(item, archived(call, item)), ITEM_IDS, 'alone')),
      ]
    },
    NO_ITEMS,
  )

function archived({ exchange, actor }: Call, item: Item): Folder {
  const { archive } = exchange.ownerOf(item) ?? actor
  const { displayName, folderClass } = item.folder
  const root = archive.distinguished('archivemsgfolderroot')
  const named = [...archive.folders.values()].find(
    folder => folder.parent === root && folder.displayName === displayName,
  )
  return named ?? archive.addFolder(root, displayName, folderClass)
}

/** A request that copies a folder into itself again and again doubles it each time. */
const MAX_FOLDERS = 500

/** Copies folders with all items and folders in them, up to the quota of the mailbox. */
export const copyFolder: Operation = call =>
  respond(
    'CopyFolder',
    call.request.listAt('FolderIds'),
    id => {
      const target = folderIn(call, call.request.child('ToFolderId'))
      const copy = copyTo(findFolder(call, id), target)
      return [m('Folders', t(folderKind(copy), folderId(copy)))]
    },
    [m('Folders')],
  )

function copyTo(folder: Folder, target: Folder): Folder {
  const { displayName, folderClass, store } = folder
  if (target.store.folders.size >= MAX_FOLDERS) throw new ResponseError('ErrorMoveCopyFailed')
  const [items, children] = [[...folder.items.values()], store.childrenOf(folder)]
  const copy = target.store.addFolder(target, displayName, folderClass)
  for (const [name, property] of folder.properties) copy.properties.set(name, property)
  for (const item of items) MailStore.copyItem(item, copy)
  for (const child of children) copyTo(child, copy)
  return copy
}

/** Creates the folders of a path that are not there. */
export const createFolderPath: Operation = call => {
  let parent: Folder | undefined
  return respond(
    'CreateFolderPath',
    call.request.listAt('RelativeFolderPath'),
    element => {
      const above = parent ?? folderIn(call, call.request.child('ParentFolderId'))
      const name = element.textAt('DisplayName') ?? ''
      const known = above.store.childrenOf(above).find(({ displayName }) => displayName === name)
      parent =
        known ?? above.store.addFolder(above, name, element.textAt('FolderClass') ?? 'IPF.Note')
      for (const property of known === undefined ? element.children : [])
        if (/PermissionSet$/.test(property.name)) parent.properties.set(property.name, property)
      return [m('Folders', t(folderKind(parent), folderId(parent)))]
    },
    [m('Folders')],
  )
}
