/**
 * Senders as in grommunio: From and Sender are MAPI properties, and an ORGANIZER in calendar content takes
 * precedence over both.
 *
 * @module
 */

import { organizerOf } from './calendar-organizer.ts'
import type { Exchange } from './exchange.ts'
import { extendedEntry } from './properties.ts'
import type { NewItem } from './store.ts'
import { t, type XmlElement } from './xml.ts'

/** Tags of one sender, each list in order of precedence. */
type Tags = Readonly<{
  name: number
  routingType: number
  addresses: readonly number[]
  /** Binary properties, which contain the address. */
  keys: readonly number[]
}>

const REPRESENTED: Tags = {
  name: 0x0042,
  routingType: 0x0064,
  addresses: [0x5d02, 0x0065],
  keys: [0x0041, 0x003b],
}
const SENDING: Tags = {
  name: 0x0c1a,
  routingType: 0x0c1e,
  addresses: [0x5d01, 0x0c1f],
  keys: [0x0c19, 0x0c1d],
}

type Content = Pick<NewItem, 'kind' | 'properties' | 'extended' | 'mime'>

/**
 * Sets From and Sender of an item from its MAPI properties and its calendar content.
 *
 * @param owner - address of the mailbox that contains the item
 */
export function adoptSenders(exchange: Exchange, owner: string, item: Content) {
  const { kind, properties, extended = new Map(), mime } = item
  for (const [name, tags] of [
    ['From', REPRESENTED],
    ['Sender', SENDING],
  ] as const) {
    // An event has no Sender, and the server sends meetings without one.
    if (name === 'Sender' && kind === 'CalendarItem') continue
    const sender = senderOf(extended, tags, properties.get(name), owner)
    if (sender !== undefined) properties.set(name, t(name, sender))
  }
  const organizer = mime && organizerOf(mime)
  if (organizer === undefined) return
  const known = exchange.byAddress(organizer.address)
  const { name, address } = { ...organizer, ...(known && { name: known.displayName }) }
  properties.set('From', t('From', mailbox(name, address, 'SMTP')))
}

/**
 * Names the sender of a new event as grommunio does: by an entry ID and by SMTP addresses.
 *
 * @param sender - address of the user who creates the event
 */
export function nameSender({ behavior, gromox }: Exchange, sender: string, event: NewItem) {
  const entryId = Buffer.concat([
    ENTRY_ID,
    Buffer.from(`/o=sandbox/cn=Recipients/cn=${sender.replace(/@.*/, '')}\0`),
  ])
  for (const [word, type, value] of [
    ['0x0C19', 'Binary', entryId.toString('base64')],
    ['0x0C1F', 'String', sender],
    ['0x5D01', 'String', sender],
  ] as const) {
    if (!behavior.shows('read-meeting', word, gromox)) continue
    if (mapiValue(event.extended ?? new Map(), Number(word)) !== undefined) continue
    const uri = t('ExtendedFieldURI', { PropertyTag: word, PropertyType: type })
    const [key, property] = extendedEntry(t('ExtendedProperty', uri, t('Value', value)))
    ;(event.extended as Map<string, XmlElement>).set(key, property)
  }
}

/** Beginning of the entry ID of a user in the address book. */
const ENTRY_ID = Buffer.from('00000000dca740c8c042101ab4b908002b2fe1820100000000000000', 'hex')

/** Returns the value of a MAPI property by its tag, ignoring its type. */
export function mapiValue(
  extended: ReadonlyMap<string, XmlElement>,
  tag: number,
): string | undefined {
  for (const [key, property] of extended)
    if (key.startsWith(`${tag}|`)) return property.textAt('Value') ?? ''
  return undefined
}

function senderOf(
  extended: ReadonlyMap<string, XmlElement>,
  { name, routingType, addresses, keys }: Tags,
  old: XmlElement | undefined,
  owner: string,
): XmlElement | undefined {
  const value = (tag: number) => mapiValue(extended, tag)
  const found = {
    name: value(name),
    routingType: value(routingType),
    address: first([...addresses.map(value), ...keys.map(tag => addressIn(value(tag)))]),
  }
  if (first(Object.values(found)) === undefined) return undefined
  const before = (part: string) => old?.textAt('Mailbox', part)
  const address = found.address ?? before('EmailAddress') ?? owner
  return mailbox(
    found.name ?? before('Name') ?? address,
    address,
    found.routingType ?? before('RoutingType') ?? 'SMTP',
  )
}

const first = (values: readonly (string | undefined)[]) => values.find(value => value !== undefined)

const mailbox = (name: string, address: string, routingType: string) =>
  t('Mailbox', t('Name', name), t('EmailAddress', address), t('RoutingType', routingType))

/** Returns the address in an entry ID or a search key, with one or two bytes for each character. */
function addressIn(base64: string | undefined): string | undefined {
  const text = Buffer.from(base64 ?? '', 'base64')
    .toString('latin1')
    .replaceAll('\0', '')
  return /[\w.+-]+@[\w.-]+/.exec(text)?.[0].toLowerCase()
}
