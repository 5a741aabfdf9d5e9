/**
 * GetItem, MoveItem, CopyItem, DeleteItem, SendItem.
 *
 * @module
 */

import { send } from '../delivery.ts'
import { ResponseError } from '../fault.ts'
import { itemElement, readItemShape } from '../item-shape.ts'
import { findCurrentItem, findItem, folderIn } from '../locate.ts'
import { distinguishedFolder } from '../mailbox.ts'
import { cancel } from '../meetings.ts'
import { MailStore } from '../store.ts'
import { isTrue, m, type XmlElement } from '../xml.ts'
import { bin } from './folders.ts'
import { type Call, type Operation, respond } from './operation.ts'

/** Shape of responses with only IDs. */
export const ITEM_IDS = readItemShape(undefined)
/** Elements that the schema requires in an error message about items. */
export const NO_ITEMS = [m('Items')]

/** Returns items by ID, with their MIME content on request. */
export const getItem: Operation = call => {
  const shape = readItemShape(call.request.child('ItemShape'))
  return respond(
    'GetItem',
    call.request.listAt('ItemIds'),
    id => [m('Items', itemElement(findItem(call, id), shape, 'alone'))],
    NO_ITEMS,
  )
}

const relocate =
  (operation: string, place: typeof MailStore.moveItem): Operation =>
  call =>
    respond(
      operation,
      call.request.listAt('ItemIds'),
      id => {
        const target = folderIn(call, call.request.child('ToFolderId'))
        const item = place(findCurrentItem(call, id), target)
        return [m('Items', itemElement(item, ITEM_IDS, 'alone'))]
      },
      NO_ITEMS,
    )

/** Moves items, which get other IDs. */
export const moveItem: Operation = relocate('MoveItem', MailStore.moveItem)
/** Copies items. */
export const copyItem: Operation = relocate('CopyItem', MailStore.copyItem)

/**
 * Deletes items permanently, or moves them to the folder for deleted items. Cancels a meeting of the user if the request
 * asks for it.
 */
export const deleteItem: Operation = call =>
  respond('DeleteItem', call.request.listAt('ItemIds'), id => {
    const item = findItem(call, id)
    const sending = call.request.attribute('SendMeetingCancellations') ?? 'SendToNone'
    if (sending !== 'SendToNone' && item.kind === 'CalendarItem')
      cancel(call.exchange, call.actor, item)
    const target = bin(item.folder.store, call.request.attribute('DeleteType') ?? 'HardDelete')
    if (target === undefined || target === item.folder) item.folder.store.removeItem(item)
    else MailStore.moveItem(item, target)
    return []
  })

/** Sends saved messages. */
export const sendItem: Operation = call =>
  respond('SendItem', call.request.listAt('ItemIds'), id => {
    if (id.attribute('ChangeKey') === undefined && !call.exchange.gromox)
      throw new ResponseError('ErrorChangeKeyRequired')
    const item = findCurrentItem(call, id, 'send-stale')
    const target = savedTo(call)
    send(call.exchange, call.actor, item)
    if (target === undefined) item.folder.store.removeItem(item)
    else MailStore.moveItem(item, target)
    return []
  })

function savedTo(call: Call) {
  const folder: XmlElement | undefined = call.request.child('SavedItemFolderId')
  const save = isTrue(call.request.attribute('SaveItemToFolder'))
  if (!save && folder !== undefined) throw new ResponseError('ErrorInvalidSendItemSaveSettings')
  if (!save) return undefined
  return folder === undefined
    ? distinguishedFolder(call.actor, 'sentitems')
    : folderIn(call, folder)
}
