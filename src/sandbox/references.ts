/**
 * Ids of folders, items and attachments as elements, with their change keys.
 *
 * @module
 */

import type { Attachment } from './attachment.ts'
import { type Target, writeChangeKey } from './ids.ts'
import type { Folder, Item } from './store.ts'
import { t, type XmlElement } from './xml.ts'

/** What an item's id points at. */
export const itemTarget = ({ folder, counter }: { folder: Folder; counter: number }): Target => ({
  guid: folder.store.guid,
  folder: folder.counter,
  item: counter,
})

/** The ID of an item as text. */
export const itemIdText = (item: { folder: Folder; counter: number }): string =>
  item.folder.store.ids.write(itemTarget(item))

/** The ID of a folder as text. */
export const folderIdText = ({ store, counter }: Pick<Folder, 'store' | 'counter'>): string =>
  store.ids.write({ guid: store.guid, folder: counter })

/** Changes whenever the item does. */
export const itemChangeKey = ({ folder, kind, readChanged }: Item): string =>
  writeChangeKey(folder.store.guid, kind, readChanged)

const folderChangeKey = ({ store, changed }: Folder): string =>
  writeChangeKey(store.guid, 'folder', changed)

/** `t:ItemId`, or an id of another name. */
export const itemId = (item: Item, name = 'ItemId'): XmlElement =>
  t(name, { Id: itemIdText(item), ChangeKey: itemChangeKey(item) })

/** `t:FolderId`, or an id of another name. */
export const folderId = (folder: Folder, name = 'FolderId'): XmlElement =>
  t(name, {
    Id: folderIdText(folder),
    ChangeKey: folderChangeKey(folder),
  })

/** `t:AttachmentId`, of an attachment of that item. */
export const attachmentId = (item: Item, { counter }: Attachment): XmlElement =>
  t('AttachmentId', {
    Id: item.folder.store.ids.write({ ...itemTarget(item), attachment: counter }),
  })
