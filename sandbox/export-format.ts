/**
 * Encodes exported items in a format that is opaque to clients, as Exchange's is.
 *
 * @module
 */

import { deserialize, serialize } from 'node:v8'
import type { AttachedItem } from './attachment.ts'
import { ResponseError } from './fault.ts'
import type { Item, MailStore, NewItem } from './store.ts'
import { XmlElement } from './xml.ts'

const MAGIC = Buffer.from('EWS sandbox export 1\n')

type Plain = Readonly<{
  namespace: string
  name: string
  attributes: Readonly<Record<string, string>>
  children: readonly Plain[]
  text: string
}>

type Exported = Readonly<{
  kind: string
  properties: readonly Plain[]
  extended: readonly (readonly [string, Plain])[]
  mime: Uint8Array | undefined
  attachments: readonly Readonly<{
    name: string
    contentType: string
    contentId: string | undefined
    contentLocation: string | undefined
    isInline: boolean
    modifiedAt: number
    content: Uint8Array | undefined
    item: ExportedAttachedItem | undefined
  }>[]
}>

type ExportedAttachedItem = Readonly<{
  kind: string
  properties: readonly Plain[]
  mime: Uint8Array | undefined
}>

/** Returns an item with all its attachments as bytes. */
export function exportItem({ kind, properties, extended, mime, attachments }: Item): Buffer {
  const exported: Exported = {
    kind,
    properties: [...properties.values()].map(toPlain),
    extended: [...extended].map(([key, property]) => [key, toPlain(property)] as const),
    mime,
    attachments: attachments.map(({ counter: _, item, ...rest }) => ({
      ...rest,
      item: item && {
        kind: item.kind,
        properties: [...item.properties.values()].map(toPlain),
        mime: item.mime,
      },
    })),
  }
  return Buffer.concat([MAGIC, serialize(exported)])
}

/**
 * Reads the result of {@link exportItem}.
 *
 * @throws ResponseError if the data has another format
 */
export function importItem(data: Buffer, store: MailStore): NewItem {
  const exported = read(data)
  return {
    kind: exported.kind,
    properties: propertyMap(exported.properties),
    extended: new Map(exported.extended.map(([key, plain]) => [key, fromPlain(plain)])),
    mime: exported.mime && Buffer.from(exported.mime),
    attachments: exported.attachments.map(attachment => ({
      ...attachment,
      counter: store.nextCounter(),
      content: attachment.content && Buffer.from(attachment.content),
      item: attachment.item && attachedFrom(attachment.item),
    })),
  }
}

function read(data: Buffer): Exported {
  if (!data.subarray(0, MAGIC.length).equals(MAGIC)) throw new ResponseError('ErrorItemCorrupt')
  try {
    return deserialize(data.subarray(MAGIC.length)) as Exported
  } catch {
    throw new ResponseError('ErrorItemCorrupt')
  }
}

const attachedFrom = ({ kind, properties, mime }: ExportedAttachedItem): AttachedItem => ({
  kind,
  properties: propertyMap(properties),
  mime: mime && Buffer.from(mime),
})

const propertyMap = (properties: readonly Plain[]) =>
  new Map(properties.map(plain => [plain.name, fromPlain(plain)]))

const toPlain = ({ namespace, name, attributes, children, text }: XmlElement): Plain => ({
  namespace,
  name,
  attributes,
  children: children.map(toPlain),
  text,
})

const fromPlain = ({ namespace, name, attributes, children, text }: Plain): XmlElement =>
  new XmlElement(namespace, name, attributes, children.map(fromPlain), text)
