/**
 * Reads the addresses in a header field that names senders.
 *
 * A server that parses such a field less strictly than RFC 5322 can find an address in a name, a comment, or an
 * encoded word. So the result contains every address that any server could find. If a server could find anything
 * else, the senders are unknown.
 *
 * @see https://www.rfc-editor.org/rfc/rfc5322#section-3.4
 * @module
 */

import { Group, parseHeader } from '@haraka/email-address'
import { isAddress } from '../model/identity.ts'
import { decodeWords } from './encoded-words.ts'

/** Maximum length of a field. Longer fields are not read, because the time grows faster than the length. */
const MAX_FIELD_LENGTH = 1_024

const ADDRESS = String.raw`((?!')[!#-'*+\-./0-9=?A-Z^-~]+@[A-Za-z0-9.-]+)`
/**
 * Pattern of an address, optionally in quotes, between two delimiters. The text begins and ends with a delimiter. A server
 * could take other white space than blanks and tabs for a part of the address.
 */
const DELIMITED = new RegExp(
  String.raw`[<(,:][ \t]*(?:"'?${ADDRESS}'?"|'?${ADDRESS}'?)(?=[ \t]*[>),;<]|[ \t]+\()`,
  'g',
)
const ANGLED = /<[^<>]+@[^<>]+>(?=\s*[,;(])/g
/** Parts of an encoded word that was not decoded. */
const UNDECODED = /=\?|\?=|\?[bq]\?/i
/** Characters that make a text ambiguous: brackets in a name, undecodable characters, and control characters. */
const UNCLEAR = /[<>\ufffd]|[^\t -~\u0080-\uffff]/

const UTF_8 = new TextDecoder('utf-8', { ignoreBOM: true })

/**
 * Returns the addresses that servers could find, without duplicates.
 *
 * @param value - the unfolded text after the field's colon, in Latin-1
 * @returns undefined if servers could find something else
 */
export function addressesIn(value: string): readonly string[] | undefined {
  if (value.length > MAX_FIELD_LENGTH) return undefined
  const text = textOf(value)
  const found = new Set(parse(text))
  if (found.size === 0) return undefined
  const decoded = decodeWords(text)
  if (decoded.some(it => UNDECODED.test(it))) return undefined
  for (const view of [text, ...decoded]) {
    const seen = addressesSeen(view)
    if (seen === undefined) return undefined
    for (const address of seen) found.add(address)
  }
  return [...found].every(isAddress) ? [...found] : undefined
}

/** Decodes a field as UTF-8, or else as Latin-1, because mail programs use both. */
function textOf(value: string): string {
  const text = UTF_8.decode(Uint8Array.from(value, character => character.charCodeAt(0)))
  return text.includes('\ufffd') ? value : text
}

/**
 * Returns the addresses according to the standard; none if the field is invalid. Allows square brackets in names.
 */
function parse(text: string): readonly string[] {
  try {
    const entries = parseHeader(text.replace(/[[\]]/g, ''))
    const mailboxes = entries.flatMap(entry => (entry instanceof Group ? entry.addresses : entry))
    return mailboxes.map(({ address }) => address)
  } catch {
    return []
  }
}

/**
 * Returns the addresses that a lenient server finds; undefined if a server could find something that is not an
 * address.
 */
function addressesSeen(view: string): readonly string[] | undefined {
  const text = `,${view.normalize('NFKC')},`
  const seen = [...text.matchAll(DELIMITED)].map(([, quoted, bare = '']) => quoted ?? bare)
  const isAll = seen.length === text.split('@').length - 1
  return isAll && !UNCLEAR.test(text.replace(ANGLED, '')) ? seen : undefined
}
