/**
 * ExportItems and UploadItems.
 *
 * @module
 */

import { exportItem, importItem } from '../export-format.ts'
import { findFolder, findItem } from '../locate.ts'
import { itemId } from '../references.ts'
import type { Item } from '../store.ts'
import { isTrue, m, type XmlElement } from '../xml.ts'
import { type Call, type Operation, respond } from './operation.ts'

/** Returns the ID in the messages namespace, which these two operations use. */
const messagesItemId = (item: Item) => m('ItemId', itemId(item).attributes)

/** Returns whole items as opaque data. */
export const exportItems: Operation = call =>
  respond('ExportItems', call.request.listAt('ItemIds'), id => {
    const item = findItem(call, id)
    return [messagesItemId(item), m('Data', exportItem(item).toString('base64'))]
  })

/** Creates items from such data, or overwrites them. */
export const uploadItems: Operation = call =>
  respond('UploadItems', call.request.listAt('Items'), element => [
    messagesItemId(upload(call, element)),
  ])

function upload(call: Call, element: XmlElement): Item {
  const folder = findFolder(call, element.child('ParentFolderId'))
  const action = element.attribute('CreateAction') ?? 'CreateNew'
  const data = Buffer.from(element.textAt('Data') ?? '', 'base64')
  const item = importItem(data, folder.store)
  const isAssociated = isTrue(element.attribute('IsAssociated'))
  const id = element.child('ItemId')
  if (action === 'Update' || (action === 'UpdateOrCreate' && id !== undefined)) {
    const old = findItem(call, id)
    replace(old, item)
    return old
  }
  return folder.store.addItem(folder, { ...item, isAssociated })
}

function replace(old: Item, item: ReturnType<typeof importItem>) {
  old.properties.clear()
  for (const [name, property] of item.properties) old.properties.set(name, property)
  old.extended.clear()
  for (const [key, property] of item.extended ?? []) old.extended.set(key, property)
  old.attachments = [...(item.attachments ?? [])]
  old.mime = item.mime
  old.folder.store.touchItem(old)
}
