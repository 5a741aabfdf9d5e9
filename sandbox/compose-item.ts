/**
 * Creates items from CreateItem, UpdateItem, attachments, and MIME content.
 *
 * @module
 */

import type { AttachedItem, Attachment } from './attachment.ts'
import { complete } from './complete.ts'
import { mimeProperties } from './compose-mime.ts'
import type { Exchange } from './exchange.ts'
import { ResponseError } from './fault.ts'
import { adoptSenders, mapiValue } from './mapi-senders.ts'
import { readMime } from './mime-read.ts'
import { extendedEntry } from './properties.ts'
import type { MailStore, NewItem } from './store.ts'
import { isTrue, t, type XmlElement } from './xml.ts'

const CLASSES: Readonly<Record<string, string>> = {
  CalendarItem: 'IPM.Appointment',
  Contact: 'IPM.Contact',
  DistributionList: 'IPM.DistList',
  MeetingCancellation: 'IPM.Schedule.Meeting.Canceled',
  MeetingRequest: 'IPM.Schedule.Meeting.Request',
  MeetingResponse: 'IPM.Schedule.Meeting.Resp.Pos',
  PostItem: 'IPM.Post',
  Task: 'IPM.Task',
}

/** Children of an item's element that are not stored properties. */
const NOT_STORED: ReadonlySet<string> = new Set([
  'Attachments',
  'ExtendedProperty',
  'ItemId',
  'MimeContent',
  'ParentFolderId',
])

/** Creates an item from its element in CreateItem or ItemAttachment. */
export function composeItem(exchange: Exchange, store: MailStore, element: XmlElement): NewItem {
  const mimeText = element.textAt('MimeContent')
  const mime = mimeText === undefined ? undefined : decodeMime(mimeText)
  const kind = element.name === 'Item' ? 'Message' : element.name
  const message = mime && readMime(mime)
  const properties = new Map<string, XmlElement>()
  for (const property of message === undefined ? [] : mimeProperties(exchange, kind, message))
    properties.set(property.name, property)
  for (const property of element.children)
    if (!NOT_STORED.has(property.name)) properties.set(property.name, complete(exchange, property))
  if (!properties.has('ItemClass'))
    properties.set('ItemClass', t('ItemClass', CLASSES[kind] ?? 'IPM.Note'))
  const extended = new Map(
    element.children.filter(({ name }) => name === 'ExtendedProperty').map(extendedEntry),
  )
  if (exchange.gromox) adoptSenders(exchange, store.owner, { kind, properties, extended, mime })
  return {
    kind,
    properties,
    extended,
    mime,
    isAssociated: exchange.gromox
      ? isAssociatedInGromox(element, extended)
      : isTrue(element.textAt('IsAssociated')),
    attachments: [
      ...(message?.files ?? []).map(file => ({
        ...file,
        counter: store.nextCounter(),
        contentLocation: undefined,
        modifiedAt: exchange.now(),
        item: undefined,
      })),
      ...element
        .listAt('Attachments')
        .map(attachment => composeAttachment(exchange, store, attachment)),
    ],
  }
}

const ASSOCIATED = 0x67aa

/** Returns how grommunio interprets IsAssociated: like its XML library, as true for any number except 0. */
const isAssociatedInGromox = (
  element: XmlElement,
  extended: ReadonlyMap<string, XmlElement>,
): boolean =>
  [element.textAt('IsAssociated'), mapiValue(extended, ASSOCIATED)].some(
    text => text !== undefined && /^\s*(true|[+-]?0*[1-9])/i.test(text),
  )

/** Creates a file or an attached item from its element. */
export function composeAttachment(
  exchange: Exchange,
  store: MailStore,
  element: XmlElement,
): Attachment {
  const inner = element.children.find(({ name }) => ATTACHABLE.has(name))
  const content = element.textAt('Content')
  const attached = inner && composeItem(exchange, store, inner)
  return {
    counter: store.nextCounter(),
    name: element.textAt('Name') ?? attached?.properties.get('Subject')?.text ?? 'attachment',
    contentType:
      element.textAt('ContentType') ??
      (inner === undefined ? 'application/octet-stream' : 'message/rfc822'),
    contentId: element.textAt('ContentId'),
    contentLocation: element.textAt('ContentLocation'),
    isInline: isTrue(element.textAt('IsInline')),
    modifiedAt: exchange.now(),
    content: inner === undefined ? Buffer.from(content ?? '', 'base64') : undefined,
    item: attached && attachedFrom(attached),
  }
}

const attachedFrom = ({ kind, properties, mime }: NewItem): AttachedItem => ({
  kind,
  properties,
  mime,
})

const ATTACHABLE: ReadonlySet<string> = new Set(['Item', 'Message', ...Object.keys(CLASSES)])

function decodeMime(text: string): Buffer {
  const bytes = Buffer.from(text, 'base64')
  if (bytes.length === 0) throw new ResponseError('ErrorMimeContentInvalidBase64String')
  return bytes
}
