/**
 * A server that keeps to the letter: libxml2, by namespace and by path.
 *
 * @module
 */

import { ParseOption, XmlDocument, type XmlNode, XmlParseError, XmlXPath } from 'libxml2-wasm'
import { MESSAGES_NS, SOAP_NS, TYPES_NS } from '../../src/model/envelope.ts'
import {
  comparable,
  isComparedAttribute,
  PRESENT,
  TEXTS,
  type Understanding,
} from './understanding.ts'

const NAMESPACES = { s: SOAP_NS, m: MESSAGES_NS, t: TYPES_NS }
const path = (text: string) => XmlXPath.compile(text, NAMESPACES)

const SIDS = path('/s:Envelope/s:Header/t:ExchangeImpersonation/t:ConnectingSID/*')
const OPERATIONS = path('/s:Envelope/s:Body/*')
/** Elements that occur more than once, or in another namespace. */
const MISPLACED = path(
  'count(/s:Envelope/*[not(self::s:Header or self::s:Body)] | /s:Envelope/s:Header[position() > 1]' +
    ' | /s:Envelope/s:Body[position() > 1] | /s:Envelope/s:Body/*[position() > 1 or namespace-uri() != "' +
    `${MESSAGES_NS}"] | /s:Envelope/s:Header/*[namespace-uri() != "${TYPES_NS}"]` +
    ' | /s:Envelope/s:Header/t:ExchangeImpersonation[position() > 1]' +
    ' | //comment() | //processing-instruction())',
)
const LEAVES = path('/s:Envelope/s:Body//*[(self::m:* or self::t:*) and not(*)]')
const ATTRIBUTES = path('/s:Envelope/s:Body//@*')
const GRANTS = path(
  [...PRESENT]
    .map(name => `/s:Envelope/s:Body//m:${name} | /s:Envelope/s:Body//t:${name}`)
    .join('|'),
)

/** Returns the server's understanding of a document, or the reason why it rejects it. */
export function strict(document: Uint8Array): Understanding | string {
  let read: XmlDocument
  try {
    read = XmlDocument.fromBuffer(document, { option: ParseOption.XML_PARSE_NONET })
  } catch (error) {
    return isOnlyAboutUris(error) ? NO_URI : `libxml2: ${(error as Error).message.trim()}`
  }
  try {
    const misplaced = read.eval(MISPLACED)
    if (misplaced !== 0) return `libxml2: ${misplaced} nodes where none should be`
    return understood(read)
  } finally {
    read.dispose()
  }
}

/** libxml2 rejects namespaces that are not URIs, although XML allows them. Nothing else is wrong. */
export const NO_URI = 'libxml2: a namespace is no URI'

const isOnlyAboutUris = (error: unknown) =>
  error instanceof XmlParseError &&
  error.details.every(({ message }) => / is not a valid URI\s*$/.test(message))

/** Whether a document is well-formed, with namespaces. */
export function isWellFormed(document: Uint8Array): boolean {
  try {
    XmlDocument.fromBuffer(document, { option: ParseOption.XML_PARSE_NONET }).dispose()
    return true
  } catch {
    return false
  }
}

type Named = XmlNode & Readonly<{ name: string }>

function understood(read: XmlDocument): Understanding {
  const found = (where: XmlXPath) => read.find(where) as Named[]
  const named: string[] = []
  for (const { name, content } of found(LEAVES))
    if (TEXTS.has(name)) named.push(`${name}=${comparable(content)}`)
  for (const { name } of found(GRANTS)) named.push(`+${name}`)
  for (const { name, content } of found(ATTRIBUTES))
    if (isComparedAttribute(name)) named.push(`@${name}=${comparable(content)}`)
  return {
    impersonated: found(SIDS)
      .map(({ name, content }) => (name === 'PrimarySmtpAddress' ? content : `${name} ${content}`))
      .join(),
    operation: found(OPERATIONS)
      .map(({ name }) => name)
      .join(),
    named: named.sort(),
  }
}
