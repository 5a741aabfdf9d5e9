/**
 * IDs of folders, items, and attachments as elements, with their change keys.
 *
 * @module
 */

import type { Attachment } from './attachment.ts'
import { type Target, writeChangeKey } from './ids.ts'
import type { Folder, Item } from './store.ts'
import { t, type XmlElement } from './xml.ts'

/** Returns the target of an item's ID. */
export const itemTarget = ({ folder, counter }: { folder: Folder; counter: number }): Target => ({
  guid: folder.store.guid,
  folder: folder.counter,
  item: counter,
})

export const itemIdText = (item: { folder: Folder; counter: number }): string =>
  item.folder.store.ids.write(itemTarget(item))

export const folderIdText = ({ store, counter }: Pick<Folder, 'store' | 'counter'>): string =>
  store.ids.write({ guid: store.guid, folder: counter })

/** Returns a text that changes with the item. */
export const itemChangeKey = ({ folder, kind, readChanged }: Item): string =>
  writeChangeKey(folder.store.guid, kind, readChanged)

const folderChangeKey = ({ store, changed }: Folder): string =>
  writeChangeKey(store.guid, 'folder', changed)

/** Returns a `t:ItemId`, or an ID element with another name. */
export const itemId = (item: Item, name = 'ItemId'): XmlElement =>
  t(name, { Id: itemIdText(item), ChangeKey: itemChangeKey(item) })

/** Returns a `t:FolderId`, or an ID element with another name. */
export const folderId = (folder: Folder, name = 'FolderId'): XmlElement =>
  t(name, {
    Id: folderIdText(folder),
    ChangeKey: folderChangeKey(folder),
  })

/** Returns the `t:AttachmentId` of an attachment of the item. */
export const attachmentId = (item: Item, { counter }: Attachment): XmlElement =>
  t('AttachmentId', {
    Id: item.folder.store.ids.write({ ...itemTarget(item), attachment: counter }),
  })
