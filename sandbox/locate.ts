/**
 * Finds the folders, items, and attachments that a request names and that its user can open.
 *
 * Objects that the user can't open get the same response as objects that don't exist.
 *
 * @module
 */

import { rowOf } from '../src/ews/operations.ts'
import type { Attachment } from './attachment.ts'
import { ResponseError } from './fault.ts'
import type { Target } from './ids.ts'
import { distinguishedFolder, type Mailbox } from './mailbox.ts'
import type { Call } from './operations/operation.ts'
import { itemChangeKey } from './references.ts'
import type { Folder, Item, MailStore } from './store.ts'
import type { XmlElement } from './xml.ts'

/** Returns the folder of a FolderId or DistinguishedFolderId. */
export function findFolder(call: Call, id: XmlElement | undefined): Folder {
  if (id === undefined) throw new ResponseError('ErrorInvalidFolderId')
  if (id.name === 'DistinguishedFolderId') return findDistinguished(call, id)
  const target = readTarget(call, id)
  const folder = findStore(call, target, 'ErrorFolderNotFound').folders.get(target.folder)
  if (folder === undefined) throw new ResponseError('ErrorFolderNotFound')
  return folder
}

/** Returns the folder in an element like ParentFolderId or SavedItemFolderId. */
export const folderIn = (call: Call, holder: XmlElement | undefined): Folder =>
  findFolder(call, holder?.children[0])

function findDistinguished({ actor, exchange, request }: Call, id: XmlElement): Folder {
  const address = id.textAt('Mailbox', 'EmailAddress')
  const mailbox: Mailbox | undefined = address === undefined ? actor : exchange.byAddress(address)
  if (mailbox === undefined) throw new ResponseError('ErrorNonExistentMailbox')
  const folder = distinguishedFolder(mailbox, id.attribute('Id') ?? '')
  if (folder === undefined) throw new ResponseError('ErrorFolderNotFound')
  if (!exchange.mayOpen(actor, folder.store))
    exchange.behavior.apply(
      reads(request) ? 'read-other-folder' : 'write-other-folder',
      new ResponseError('ErrorFolderNotFound'),
    )
  exchange.noteOpened(folder.store, actor)
  return folder
}

/** Attributes with the ID of an item, in this order. Only IDs of occurrences have the last two. */
const ID_ATTRIBUTES = ['Id', 'RecurringMasterId', 'OccurrenceId'] as const

const reads = ({ name }: XmlElement): boolean => rowOf(name).class === 'read'

/** Returns the item of an ItemId, or of another element with an item's ID in `Id`. */
export function findItem(call: Call, id: XmlElement | undefined): Item {
  if (id === undefined) throw new ResponseError('ErrorInvalidIdEmpty')
  return itemOf(call, readTarget(call, id))
}

function itemOf(call: Call, target: Target): Item {
  if (target.item === undefined) throw new ResponseError('ErrorInvalidIdMalformed')
  const store = findStore(call, target, 'ErrorItemNotFound')
  const item = store.folders.get(target.folder)?.items.get(target.item)
  if (item === undefined) throw new ResponseError('ErrorItemNotFound')
  return item
}

/**
 * Returns the item to change. If the request contains a ChangeKey, it must be the current one.
 *
 * @param probe - shows whether the server compares ChangeKeys in this request
 */
export function findCurrentItem(
  call: Call,
  id: XmlElement | undefined,
  probe: 'write-stale' | 'send-stale' = 'write-stale',
): Item {
  const item = findItem(call, id)
  const changeKey = id?.attribute('ChangeKey')
  const isOther = changeKey !== undefined && changeKey !== itemChangeKey(item)
  const { behavior, gromox } = call.exchange
  const conflict = gromox ? undefined : new ResponseError('ErrorIrresolvableConflict')
  if (isOther) behavior.apply(probe, conflict)
  return item
}

/** Returns an attachment and the item that it belongs to. */
export function findAttachment(
  call: Call,
  id: XmlElement,
): Readonly<{ item: Item; attachment: Attachment }> {
  const target = call.exchange.ids.read(id.attribute('Id') ?? '')
  if (target?.attachment === undefined) throw new ResponseError('ErrorInvalidAttachmentId')
  const item = itemOf(call, target)
  const attachment = item.attachments.find(({ counter }) => counter === target.attachment)
  if (attachment === undefined) throw new ResponseError('ErrorAttachmentNotFound')
  return { item, attachment }
}

function readTarget({ exchange }: Call, id: XmlElement): Target {
  const text =
    ID_ATTRIBUTES.map(name => id.attribute(name)).find(value => value !== undefined) ?? ''
  if (text === '') throw new ResponseError('ErrorInvalidIdEmpty')
  const target = exchange.ids.read(text)
  if (target === undefined) throw new ResponseError('ErrorInvalidIdMalformed')
  return target
}

function findStore(
  { exchange, actor, request }: Call,
  { guid, otherGuid }: Target,
  missing: 'ErrorFolderNotFound' | 'ErrorItemNotFound',
): MailStore {
  const store = exchange.byGuid(guid)?.store
  if (store === undefined) throw new ResponseError(missing)
  if (otherGuid !== undefined) exchange.behavior.apply('read-mixed-id', undefined)
  if (!exchange.mayOpen(actor, store))
    exchange.behavior.apply(
      reads(request) ? 'read-foreign-id' : 'delete-foreign-id',
      new ResponseError(missing),
    )
  exchange.noteOpened(store, actor)
  return store
}
