/**
 * Rebuilds the request: everything except the operation element is written by the gateway.
 *
 * @module
 */

import { type Frame, TYPES_NS } from '../model/envelope.ts'
import { escapeXml } from '../xml/text.ts'
import type { Preamble } from './prologue.ts'

/**
 * Returns everything before the operation element: XML declaration, Envelope and Body with the client's
 * names and namespace declarations, and a Header with exactly one ExchangeImpersonation.
 *
 * @param primarySmtpAddress - address of the impersonated user in the directory
 */
export function rebuildHead(prologue: Preamble, primarySmtpAddress: string): Uint8Array {
  const { envelope, body } = prologue
  const header = qualified(envelope, 'Header')
  return Buffer.from(
    `<?xml version="1.0" encoding="utf-8"?>${startTag(envelope)}<${header}>` +
      version(prologue.requestServerVersion) +
      (prologue.timeZoneContext ?? '') +
      element('MailboxCulture', prologue.mailboxCulture) +
      element('DateTimePrecision', prologue.dateTimePrecision) +
      `<ExchangeImpersonation xmlns="${TYPES_NS}"><ConnectingSID><PrimarySmtpAddress>` +
      escapeXml(primarySmtpAddress) +
      `</PrimarySmtpAddress></ConnectingSID></ExchangeImpersonation></${header}>${startTag(body)}`,
  )
}

/**
 * Returns the gateway's end tags in their shortest form. Blanks before the last one make them as long as the
 * client's end tags.
 *
 * @param length - number of bytes that the client sent after its operation element
 * @throws RangeError if the end tags are longer
 */
export function rebuildTail(prologue: Preamble, length: number): Uint8Array {
  const body = `</${prologue.body.name}>`
  const envelope = `</${prologue.envelope.name}>`
  const blanks = ' '.repeat(length - body.length - envelope.length)
  return Buffer.from(`${body}${blanks}${envelope}`)
}

/**
 * Caches the start tags of recent frames, because requests with the same cached prologue share them. Holds only a
 * few, because a WeakMap of all frames slowed down new prologues.
 */
const RECENT: { frame: Frame; tag: string }[] = []
const MAX_RECENT = 8

function startTag(frame: Frame): string {
  for (const known of RECENT) if (known.frame === frame) return known.tag
  const tag = writeStartTag(frame)
  if (RECENT.length >= MAX_RECENT) RECENT.shift()
  RECENT.push({ frame, tag })
  return tag
}

function writeStartTag({ name, namespaces }: Frame): string {
  const declarations = namespaces.map(
    ([prefix, uri]) => ` xmlns${prefix === '' ? '' : `:${prefix}`}="${escapeXml(uri)}"`,
  )
  return `<${name}${declarations.join('')}>`
}

/** Returns a local name with the prefix of a frame's name. */
function qualified({ name }: Frame, local: string): string {
  const colon = name.indexOf(':')
  return colon === -1 ? local : `${name.slice(0, colon)}:${local}`
}

function version(value: string | undefined): string {
  if (value === undefined) return ''
  return `<RequestServerVersion xmlns="${TYPES_NS}" Version="${escapeXml(value)}"/>`
}

function element(name: string, value: string | undefined): string {
  return value === undefined ? '' : `<${name} xmlns="${TYPES_NS}">${escapeXml(value)}</${name}>`
}
