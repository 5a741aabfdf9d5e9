/**
 * UpdateItem: sets, extends, and deletes properties.
 *
 * @module
 */

import { complete } from '../complete.ts'
import { mimeProperties } from '../compose-mime.ts'
import { recipientsOf, send } from '../delivery.ts'
import { ResponseError } from '../fault.ts'
import { isMail } from '../item-properties.ts'
import { itemElement } from '../item-shape.ts'
import { findCurrentItem, findItem } from '../locate.ts'
import { distinguishedFolder } from '../mailbox.ts'
import { adoptSenders } from '../mapi-senders.ts'
import { invite } from '../meetings.ts'
import { readMime } from '../mime-read.ts'
import { entryKey, extendedEntry, type Path, readPath } from '../properties.ts'
import { isRead, sendReceipt } from '../receipts.ts'
import { type Item, MailStore } from '../store.ts'
import { isTrue, m, t, type XmlElement } from '../xml.ts'
import { ITEM_IDS, NO_ITEMS } from './items.ts'
import { type Call, dispositionOf, type Operation, respond } from './operation.ts'

/** Properties that only the server sets. */
const READ_ONLY: ReadonlySet<string> = new Set([
  ...'ItemId ParentFolderId Size DateTimeCreated LastModifiedTime HasAttachments'.split(' '),
  ...'ConversationId EffectiveRights Attachments'.split(' '),
])

/** Changes items, and sends them if MessageDisposition asks for it. */
export const updateItem: Operation = call =>
  respond(
    'UpdateItem',
    call.request.listAt('ItemChanges'),
    change => {
      const item = findChanged(call, change.children[0])
      const disposition = isMail(item)
        ? dispositionOf(call, 'update-without-disposition')
        : call.request.attribute('MessageDisposition')
      const updates = change.listAt('Updates')
      const wasRead = isRead(item)
      for (const update of updates) apply(call, item, update)
      const { actor, exchange, request } = call
      const isSuppressed = isTrue(request.attribute('SuppressReadReceipts'))
      if (!wasRead && isRead(item) && !isSuppressed) sendReceipt(exchange, actor, item)
      if (exchange.gromox) adoptSenders(exchange, item.folder.store.owner, item)
      item.folder.store.touchItem(item, updates.every(isReadFlag) ? 'read-flag' : 'all')
      const sent = sendUpdated(call, item, disposition)
      return [
        m('Items', itemElement(sent, ITEM_IDS, 'alone')),
        m('ConflictResults', t('Count', '0')),
      ]
    },
    [...NO_ITEMS],
  )

/**
 * Returns the item to change. AutoResolve and NeverOverwrite require the current ChangeKey, and
 * AlwaysOverwrite requires none.
 */
function findChanged(call: Call, id: XmlElement | undefined): Item {
  const resolution = call.request.attribute('ConflictResolution') ?? 'AutoResolve'
  if (resolution === 'AlwaysOverwrite') return findItem(call, id)
  if (id?.attribute('ChangeKey') === undefined && !call.exchange.gromox)
    throw new ResponseError('ErrorChangeKeyRequiredForWriteOperations')
  return resolution === 'NeverOverwrite' ? findCurrentItem(call, id) : findItem(call, id)
}

const isReadFlag = (update: XmlElement) =>
  update.child('FieldURI')?.attribute('FieldURI') === 'message:IsRead'

function apply(call: Call, item: Item, update: XmlElement) {
  const path = readPath(update.children[0])
  if (path === undefined) throw new ResponseError('ErrorInvalidPropertySet')
  if (path.kind !== 'extended' && READ_ONLY.has(path.name))
    throw new ResponseError('ErrorInvalidPropertySet', { detail: path.name })
  if (update.name === 'DeleteItemField') return remove(item, path)
  const given = update.children[1]?.children ?? []
  if (given.length === 0) throw new ResponseError('ErrorInvalidPropertySet')
  for (const property of given) {
    if (property.name === 'ExtendedProperty') item.extended.set(...extendedEntry(property))
    else if (property.name === 'MimeContent') setMime(call, item, property.text)
    else set(call, item, path, property, update.name === 'AppendToItemField')
  }
}

function setMime({ exchange }: Call, item: Item, base64: string) {
  item.mime = Buffer.from(base64, 'base64')
  if (!exchange.gromox) return
  for (const property of mimeProperties(exchange, item.kind, readMime(item.mime)))
    item.properties.set(property.name, property)
}

function set(call: Call, item: Item, path: Path, given: XmlElement, append: boolean) {
  const property = complete(call.exchange, given)
  const old = item.properties.get(property.name)
  const merged =
    path.kind === 'entry'
      ? merge(old, property, path)
      : append && old !== undefined
        ? joined(old, property)
        : property
  item.properties.set(property.name, merged)
}

const joined = (old: XmlElement, more: XmlElement) =>
  t(old.name, old.attributes, [...old.children, ...more.children], old.text + more.text)

/** Replaces one entry of EmailAddresses, PhoneNumbers, …, or one part of a PhysicalAddress. */
function merge(
  old: XmlElement | undefined,
  given: XmlElement,
  path: Extract<Path, { kind: 'entry' }>,
): XmlElement {
  const entries = old?.children ?? []
  const before = entries.find(entry => entryKey(entry) === path.key)
  const [entry] = given.children
  if (entry === undefined) return old ?? given
  const kept = before?.children.filter(part => entry.child(part.name) === undefined) ?? []
  const changed = t(entry.name, entry.attributes, [...kept, ...entry.children], entry.text)
  return t(given.name, [...entries.filter(other => other !== before), changed])
}

function remove(item: Item, path: Path) {
  if (path.kind === 'extended') item.extended.delete(path.key)
  else if (path.kind === 'property') item.properties.delete(path.name)
  else {
    const old = item.properties.get(path.name)
    const entries = old?.children.filter(entry => entryKey(entry) !== path.key) ?? []
    item.properties.set(path.name, t(path.name, entries))
  }
}

/** Sends the updated message or meeting, if the request asks for it. */
function sendUpdated(
  { exchange, actor, request }: Call,
  item: Item,
  disposition: string | undefined,
): Item {
  if (item.kind === 'CalendarItem') {
    const sending = request.attribute('SendMeetingInvitationsOrCancellations') ?? 'SendToNone'
    const attendees = recipientsOf(item.properties, ['RequiredAttendees', 'OptionalAttendees'])
    if (sending !== 'SendToNone' && attendees.length > 0) invite(exchange, actor, item, attendees)
    return item
  }
  if (!isMail(item) || disposition === undefined || disposition === 'SaveOnly') return item
  send(exchange, actor, item)
  const sentItems = distinguishedFolder(actor, 'sentitems')
  return sentItems === undefined ? item : MailStore.moveItem(item, sentItems)
}
