/**
 * Properties of an item that are not stored but computed.
 *
 * @module
 */

import { createHash } from 'node:crypto'
import type { Attachment } from './attachment.ts'
import { dateText } from './elements.ts'
import { htmlToText } from './html.ts'
import { adjacentMeetings, conflictingMeetings } from './other-meetings.ts'
import { attachmentId, folderId, itemId } from './references.ts'
import type { Item } from './store.ts'
import { t, type XmlElement } from './xml.ts'

/** Returns a property as in responses, or undefined if the item has none with that name. */
export function itemProperty(item: Item, name: string): XmlElement | undefined {
  const compute = COMPUTED.get(name)
  if (compute !== undefined) return compute(item)
  const stored = item.properties.get(name)
  if (stored !== undefined) return stored
  return FALLBACKS.get(name)?.(item)
}

type Compute = (item: Item) => XmlElement | undefined

const text = (item: Item, name: string) => item.properties.get(name)?.text

/** Whether an item is a message, also one about a meeting. */
export const isMail = ({ kind }: Item): boolean => kind === 'Message' || kind.startsWith('Meeting')
const isEvent = ({ kind }: Item) => kind === 'CalendarItem'

/** Computed properties, which take precedence over stored ones. */
const COMPUTED: ReadonlyMap<string, Compute> = new Map<string, Compute>([
  ['ItemId', item => itemId(item)],
  ['ParentFolderId', item => folderId(item.folder, 'ParentFolderId')],
  ['Attachments', attachments],
  ['Size', item => t('Size', String(sizeOf(item)))],
  ['DateTimeCreated', item => t('DateTimeCreated', dateText(item.createdAt))],
  ['DisplayTo', item => displayNames(item, 'DisplayTo', 'ToRecipients')],
  ['DisplayCc', item => displayNames(item, 'DisplayCc', 'CcRecipients')],
  [
    'HasAttachments',
    item => t('HasAttachments', String(item.attachments.some(file => !file.isInline))),
  ],
  ['EffectiveRights', () => RIGHTS],
  ['LastModifiedTime', item => t('LastModifiedTime', dateText(item.modifiedAt))],
  ['IsAssociated', item => t('IsAssociated', String(item.isAssociated))],
  ['ConversationId', conversationId],
  ['ConversationTopic', item => (isMail(item) ? t('ConversationTopic', topic(item)) : undefined)],
  ['IsRecurring', item => (isEvent(item) ? t('IsRecurring', 'false') : undefined)],
  ['ConflictingMeetings', conflictingMeetings],
  ['AdjacentMeetings', adjacentMeetings],
  ['ExtendedProperty', () => undefined],
])

/** Properties that are computed if they are not stored. */
const FALLBACKS: ReadonlyMap<string, Compute> = new Map<string, Compute>([
  ['Sensitivity', () => t('Sensitivity', 'Normal')],
  ['Importance', () => t('Importance', 'Normal')],
  ['Culture', () => t('Culture', 'en-US')],
  ['DateTimeReceived', item => t('DateTimeReceived', dateText(item.createdAt))],
  [
    'DateTimeSent',
    item => (isMail(item) ? t('DateTimeSent', dateText(item.createdAt)) : undefined),
  ],
  ['IsSubmitted', () => t('IsSubmitted', 'false')],
  ['IsDraft', () => t('IsDraft', 'false')],
  ['IsFromMe', () => t('IsFromMe', 'false')],
  ['IsResend', () => t('IsResend', 'false')],
  ['IsUnmodified', () => t('IsUnmodified', 'false')],
  ['ReminderIsSet', () => t('ReminderIsSet', 'false')],
  ['ReminderMinutesBeforeStart', () => t('ReminderMinutesBeforeStart', '0')],
  ['IsRead', item => (isMail(item) ? t('IsRead', 'false') : undefined)],
  [
    'IsReadReceiptRequested',
    item => (isMail(item) ? t('IsReadReceiptRequested', 'false') : undefined),
  ],
  [
    'IsDeliveryReceiptRequested',
    item => (isMail(item) ? t('IsDeliveryReceiptRequested', 'false') : undefined),
  ],
  ['Flag', item => (isMail(item) ? t('Flag', t('FlagStatus', 'NotFlagged')) : undefined)],
  ['Preview', preview],
  ['TextBody', textBody],
  ['UniqueBody', item => renamed(item.properties.get('Body'), 'UniqueBody')],
  ['NormalizedBody', item => renamed(item.properties.get('Body'), 'NormalizedBody')],
  ['IsAllDayEvent', item => (isEvent(item) ? t('IsAllDayEvent', 'false') : undefined)],
  ['LegacyFreeBusyStatus', item => (isEvent(item) ? t('LegacyFreeBusyStatus', 'Busy') : undefined)],
  ['IsCancelled', item => (isEvent(item) ? t('IsCancelled', 'false') : undefined)],
  ['IsMeeting', item => (isEvent(item) ? t('IsMeeting', String(hasAttendees(item))) : undefined)],
  ['CalendarItemType', calendarItemType],
  ['MyResponseType', item => (isEvent(item) ? t('MyResponseType', 'Organizer') : undefined)],
  ['Duration', duration],
  ['IsResponseRequested', item => (isEvent(item) ? t('IsResponseRequested', 'true') : undefined)],
])

const RIGHTS = t(
  'EffectiveRights',
  ['CreateAssociated', 'CreateContents', 'CreateHierarchy'].map(right => t(right, 'false')),
  ['Delete', 'Modify', 'Read', 'ViewPrivateItems'].map(right => t(right, 'true')),
)

function attachments(item: Item): XmlElement | undefined {
  if (item.attachments.length === 0) return undefined
  return t(
    'Attachments',
    item.attachments.map(attachment => attachmentHead(item, attachment)),
  )
}

/** Returns an attachment without its content. */
export function attachmentHead(item: Item, attachment: Attachment): XmlElement {
  const kind = attachment.item === undefined ? 'FileAttachment' : 'ItemAttachment'
  return t(kind, attachmentId(item, attachment), attachmentFields(attachment))
}

/** Returns the fields of an attachment, except its ID and content. */
export const attachmentFields = (attachment: Attachment): readonly (XmlElement | undefined)[] => [
  t('Name', attachment.name),
  t('ContentType', attachment.contentType),
  attachment.contentId === undefined ? undefined : t('ContentId', attachment.contentId),
  attachment.contentLocation === undefined
    ? undefined
    : t('ContentLocation', attachment.contentLocation),
  t('Size', String(attachment.content?.length ?? 0)),
  t('LastModifiedTime', dateText(attachment.modifiedAt)),
  t('IsInline', String(attachment.isInline)),
]

/** Returns an item's approximate size in bytes. */
export function sizeOf({ properties, attachments: files, mime }: Item): number {
  const texts = [...properties.values()].reduce((sum, { text }) => sum + text.length, 512)
  return files.reduce((sum, { content }) => sum + (content?.length ?? 0), mime?.length ?? texts)
}

function displayNames(item: Item, name: string, recipients: string): XmlElement {
  const names = item.properties.get(recipients)?.children.map(recipient => {
    const label = recipient.textAt('Name')
    return label || (recipient.textAt('EmailAddress') ?? '')
  })
  return t(name, names?.join('; ') ?? '')
}

const topic = (item: Item) =>
  (text(item, 'Subject') ?? '').replace(/^(?:(?:re|fw|fwd|aw):\s*)+/i, '')

function conversationId(item: Item): XmlElement | undefined {
  if (!isMail(item)) return undefined
  const { guid, ids } = item.folder.store
  const hash = createHash('sha256').update(topic(item).toLowerCase()).digest().subarray(0, 16)
  return t('ConversationId', { Id: ids.conversation(guid, hash) })
}

function preview(item: Item): XmlElement | undefined {
  const body = item.properties.get('Body')
  return (
    body &&
    t(
      'Preview',
      body.text
        .replace(/<[^>]*>/g, '')
        .trim()
        .slice(0, 255),
    )
  )
}

function textBody(item: Item): XmlElement | undefined {
  const body = item.properties.get('Body')
  if (body === undefined) return undefined
  const text = body.attribute('BodyType') === 'HTML' ? htmlToText(body.text) : body.text
  return t('TextBody', { BodyType: 'Text' }, text)
}

const renamed = (body: XmlElement | undefined, name: string) =>
  body && t(name, body.attributes, body.text)

const hasAttendees = ({ properties }: Item) =>
  ['RequiredAttendees', 'OptionalAttendees', 'Resources'].some(
    name => (properties.get(name)?.children.length ?? 0) > 0,
  )

function calendarItemType(item: Item): XmlElement | undefined {
  if (!isEvent(item)) return undefined
  return t('CalendarItemType', item.properties.has('Recurrence') ? 'RecurringMaster' : 'Single')
}

function duration(item: Item): XmlElement | undefined {
  const [start, end] = [text(item, 'Start'), text(item, 'End')]
  if (start === undefined || end === undefined) return undefined
  const minutes = Math.round((Date.parse(end) - Date.parse(start)) / 60_000)
  return t('Duration', `PT${minutes}M`)
}
