/**
 * CreateAttachment, GetAttachment, DeleteAttachment.
 *
 * @module
 */

import type { Attachment } from '../attachment.ts'
import { composeAttachment } from '../compose-item.ts'
import { attachmentFields } from '../item-properties.ts'
import { attachedElement } from '../item-shape.ts'
import { findAttachment, findItem } from '../locate.ts'
import { attachmentId, itemChangeKey, itemIdText } from '../references.ts'
import type { Item } from '../store.ts'
import { isTrue, m, t, type XmlElement } from '../xml.ts'
import { type Operation, respond } from './operation.ts'

const NO_ATTACHMENTS = [m('Attachments')]

/** Adds files and items to an item. Exchange returns the ID and the new ChangeKey of the item, grommunio does not. */
export const createAttachment: Operation = call =>
  respond(
    'CreateAttachment',
    call.request.listAt('Attachments'),
    element => {
      const item = findItem(call, call.request.child('ParentItemId'))
      const attachment = composeAttachment(call.exchange, item.folder.store, element)
      item.attachments = [...item.attachments, attachment]
      item.folder.store.touchItem(item)
      const { behavior, gromox } = call.exchange
      const id = t('AttachmentId', {
        ...attachmentId(item, attachment).attributes,
        ...(behavior.shows('attach', 'root-item', !gromox) && rootItem(item)),
      })
      return [m('Attachments', t(elementName(attachment), id))]
    },
    NO_ATTACHMENTS,
  )

/** Returns attachments with their content. */
export const getAttachment: Operation = call => {
  const includeMime = isTrue(call.request.textAt('AttachmentShape', 'IncludeMimeContent'))
  return respond(
    'GetAttachment',
    call.request.listAt('AttachmentIds'),
    id => {
      const { item, attachment } = findAttachment(call, id)
      return [m('Attachments', attachmentElement(item, attachment, includeMime))]
    },
    NO_ATTACHMENTS,
  )
}

/** Removes attachments from their item. */
export const deleteAttachment: Operation = call =>
  respond('DeleteAttachment', call.request.listAt('AttachmentIds'), id => {
    const { item, attachment } = findAttachment(call, id)
    item.attachments = item.attachments.filter(other => other !== attachment)
    item.folder.store.touchItem(item)
    return [m('RootItemId', rootItem(item))]
  })

const rootItem = (item: Item) => ({
  RootItemId: itemIdText(item),
  RootItemChangeKey: itemChangeKey(item),
})

const elementName = ({ item }: Attachment) =>
  item === undefined ? 'FileAttachment' : 'ItemAttachment'

const attachmentElement = (item: Item, attachment: Attachment, includeMime: boolean): XmlElement =>
  t(
    elementName(attachment),
    attachmentId(item, attachment),
    attachmentFields(attachment),
    attachment.item === undefined
      ? t('Content', attachment.content?.toString('base64') ?? '')
      : attachedElement(attachment.item, includeMime),
  )
