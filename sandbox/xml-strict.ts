/**
 * Rejects documents that Exchange does not accept as XML.
 *
 * fast-xml-parser alone is not strict: it accepts a second root, unbound prefixes, and a DTD.
 *
 * @module
 */

import { XMLValidator } from 'fast-xml-parser'
import { UNSAYABLE } from './xml-nodes.ts'

/** Thrown if a document can't be read. */
export class XmlError extends Error {
  override readonly name = 'XmlError'
}

/**
 * Throws an {@link XmlError} if a document is not well-formed, or contains a DTD or another part that Exchange
 * rejects.
 */
export function rejectMalformed(text: string) {
  const markup = text.replace(/<!--.*?-->|<!\[CDATA\[.*?\]\]>/gs, '')
  if (/<!DOCTYPE/i.test(markup)) throw new XmlError('For security reasons DTD is prohibited.')
  if (markup.replace(/^\ufeff?<\?xml\s[^>]*\?>/, '').includes('<?'))
    throw new XmlError('Processing instructions are prohibited.')
  const encoding = /^\ufeff?<\?xml\s[^>]*encoding\s*=\s*["']([^"']*)["']/.exec(text)?.[1]
  if (encoding !== undefined && encoding.toLowerCase() !== 'utf-8')
    throw new XmlError(`The encoding '${encoding}' is not supported.`)
  UNSAYABLE.lastIndex = 0
  if (UNSAYABLE.test(text)) throw new XmlError('The document has an invalid character.')
  if (/^\s*[^\s<]|[^\s>]\s*$/.test(text.replace(/^\ufeff/, '')))
    throw new XmlError('Data at the root level is invalid.')
  const verdict = XMLValidator.validate(text)
  if (verdict !== true) throw new XmlError(`${verdict.err.msg} Line ${verdict.err.line}.`)
}

const ENTITIES: Readonly<Record<string, string>> = {
  amp: '&',
  apos: "'",
  gt: '>',
  lt: '<',
  quot: '"',
}

/** Decodes the name in a reference. Returns undefined if it is not declared. */
export function decodeReference(name: string): string | undefined {
  if (Object.hasOwn(ENTITIES, name)) return ENTITIES[name]
  const [, hexadecimal, decimal] = /^#(?:x([0-9a-fA-F]{1,6})|([0-9]{1,7}))$/.exec(name) ?? []
  const code = hexadecimal === undefined ? Number(decimal ?? NaN) : Number.parseInt(hexadecimal, 16)
  const sayable = code >= 0x20 || code === 9 || code === 10 || code === 13
  return sayable && code <= 0x10ffff && (code < 0xd800 || code > 0xdfff)
    ? String.fromCodePoint(code)
    : undefined
}
