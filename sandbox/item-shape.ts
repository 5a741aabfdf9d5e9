/**
 * Items in responses: the properties that an ItemShape asks for, in the schema's order.
 *
 * @module
 */

import type { AttachedItem } from './attachment.ts'
import { writeCalendar } from './calendar-text.ts'
import { htmlToText, textToHtml } from './html.ts'
import { itemExtended } from './item-extended.ts'
import { itemProperty } from './item-properties.ts'
import { writeMime } from './mime-write.ts'
import { entryOf, type Path, PROPERTY_ORDER, readPath } from './properties.ts'
import type { Item } from './store.ts'
import { isTrue, t, type XmlElement } from './xml.ts'

/** Properties that a request asks for. */
export type ItemShape = Readonly<{
  /** Property names in the order of the schema. */
  names: ReadonlySet<string> | 'all'
  entries: readonly Extract<Path, { kind: 'entry' }>[]
  extended: readonly string[]
  bodyType: 'Best' | 'HTML' | 'Text'
  includeMime: boolean
}>

const DEFAULTS = [
  ...'ItemId ParentFolderId ItemClass Subject Sensitivity DateTimeReceived Size Importance'.split(
    ' ',
  ),
  ...'IsSubmitted IsDraft IsFromMe DateTimeSent DateTimeCreated HasAttachments Attachments'.split(
    ' ',
  ),
  ...'Body From Sender ToRecipients CcRecipients IsRead InternetMessageId Start End'.split(' '),
  ...'IsAllDayEvent LegacyFreeBusyStatus Location IsMeeting CalendarItemType Organizer UID'.split(
    ' ',
  ),
  ...'RequiredAttendees FileAs CompleteName CompanyName EmailAddresses PhoneNumbers'.split(' '),
  ...'ImAddresses DueDate PercentComplete Status StartDate'.split(' '),
]

/** Properties that FindItem and SyncFolderItems never return. */
const NOT_IN_LISTS: ReadonlySet<string> = new Set([
  ...'Attachments Body UniqueBody NormalizedBody TextBody InternetMessageHeaders'.split(' '),
  ...'ToRecipients CcRecipients BccRecipients ReplyTo RequiredAttendees'.split(' '),
  ...'OptionalAttendees Resources MimeContent ResponseObjects'.split(' '),
  ...'ConflictingMeetings AdjacentMeetings'.split(' '),
])

/** Reads an ItemShape. Without one, the response contains only IDs. */
export function readItemShape(shape: XmlElement | undefined): ItemShape {
  const base = shape?.textAt('BaseShape') ?? 'IdOnly'
  const paths = (shape?.listAt('AdditionalProperties') ?? [])
    .map(readPath)
    .filter(path => path !== undefined)
  const named = paths.filter(path => path.kind === 'property').map(({ name }) => name)
  return {
    names:
      base === 'AllProperties'
        ? 'all'
        : orderedNames(['ItemId', ...(base === 'Default' ? DEFAULTS : []), ...named]),
    entries: paths.filter(path => path.kind === 'entry'),
    extended: paths.filter(path => path.kind === 'extended').map(({ key }) => key),
    bodyType: readBodyType(shape?.textAt('BodyType')),
    includeMime: isTrue(shape?.textAt('IncludeMimeContent')) || named.includes('MimeContent'),
  }
}

const readBodyType = (text: string | undefined) =>
  text === 'HTML' || text === 'Text' ? text : 'Best'

/** Returns the item's element with the properties that the shape asks for. */
export function itemElement(item: Item, shape: ItemShape, place: 'alone' | 'list'): XmlElement {
  const names = shape.names === 'all' ? allNames(item) : shape.names
  const children: XmlElement[] = shape.includeMime && place === 'alone' ? [mimeContent(item)] : []
  for (const name of names) {
    if (place === 'list' && NOT_IN_LISTS.has(name)) continue
    const property = itemProperty(item, name)
    if (property !== undefined)
      children.push(name === 'Body' ? bodyAs(property, shape.bodyType) : property)
  }
  for (const path of shape.entries) {
    const entry = names.has(path.name) ? undefined : entryOf(itemProperty(item, path.name), path)
    if (entry !== undefined) children.push(entry)
  }
  for (const key of shape.extended) {
    const property = itemExtended(item, key)
    if (property !== undefined) children.push(property)
  }
  return t(item.kind, children)
}

/** Returns an attached item's element with all properties. */
export const attachedElement = (item: AttachedItem, includeMime: boolean): XmlElement =>
  t(
    item.kind,
    includeMime && item.mime !== undefined
      ? t('MimeContent', { CharacterSet: 'UTF-8' }, item.mime.toString('base64'))
      : undefined,
    [...orderedNames([...item.properties.keys()])].map(name => item.properties.get(name)),
  )

const RANK: ReadonlyMap<string, number> = new Map(PROPERTY_ORDER.map((name, rank) => [name, rank]))

const orderedNames = (names: readonly string[]): ReadonlySet<string> =>
  new Set(names.toSorted((a, b) => (RANK.get(a) ?? RANK.size) - (RANK.get(b) ?? RANK.size)))

/** Properties that must be requested by name. AllProperties doesn't include them. */
const ON_DEMAND: ReadonlySet<string> = new Set(['NormalizedBody', 'TextBody', 'UniqueBody'])

const ALL: ReadonlySet<string> = new Set(PROPERTY_ORDER.filter(name => !ON_DEMAND.has(name)))

function allNames({ properties }: Item): ReadonlySet<string> {
  const others = [...properties.keys()].filter(name => !RANK.has(name))
  return others.length === 0 ? ALL : new Set([...ALL, ...others])
}

/** Returns the original MIME content, or content created from the item. */
export const mimeOf = (item: Item): Buffer =>
  item.mime ?? (item.kind === 'CalendarItem' ? writeCalendar(item) : writeMime(item))

const mimeContent = (item: Item) =>
  t('MimeContent', { CharacterSet: 'UTF-8' }, mimeOf(item).toString('base64'))

function bodyAs(body: XmlElement, type: 'Best' | 'HTML' | 'Text'): XmlElement {
  if (type === 'Best' || body.attribute('BodyType') === type) return body
  const text = type === 'Text' ? htmlToText(body.text) : textToHtml(body.text)
  return t('Body', { ...body.attributes, BodyType: type }, text)
}
