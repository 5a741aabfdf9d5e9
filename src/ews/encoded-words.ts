/**
 * Decodes the encoded words of a header field.
 *
 * @see https://www.rfc-editor.org/rfc/rfc2047
 * @module
 */

import { Base64Reader, decodedLength } from './base64-reader.ts'

/** Character sets that all mail programs decode in the same way, at least the part that is ASCII. */
const CHARSETS: ReadonlySet<string> = new Set([
  ...['utf-8', 'us-ascii', 'koi8-r', 'koi8-u', 'gb2312', 'gbk', 'gb18030', 'big5'],
  ...['iso-2022-jp', 'shift_jis', 'euc-jp', 'euc-kr', 'ks_c_5601-1987'],
  ...[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 14, 15, 16].map(part => `iso-8859-${part}`),
  ...[0, 1, 2, 3, 4, 5, 6, 7, 8].map(page => `windows-125${page}`),
])
/** Pattern of consecutive encoded words, with only blanks between them. */
const RUN = /=\?[\w.:*-]*\?[BbQq]\?[^?]*\?=(?:\s*=\?[\w.:*-]*\?[BbQq]\?[^?]*\?=)*/g
/** An encoded word: character set, optional language, encoding, text. */
const WORD = /=\?([\w.:-]*)[\w.:*-]*\?([BbQq])\?([^?]*)\?=/g
const UNDECODABLE = '\ufffd'

/** Bytes of an encoded word; undefined if programs could decode it differently. */
type Word = Readonly<{ charset: string; bytes: readonly number[] }> | undefined

/**
 * Returns the text as two kinds of programs read it: without the blanks between encoded words, as the standard
 * requires, and with them. In the first text, U+FFFD replaces everything that programs could decode differently.
 */
export const decodeWords = (text: string): readonly [joined: string, spaced: string] => [
  text.replace(RUN, run => joined(wordsOf(run))),
  text.replace(RUN, run => wordsOf(run).map(textOf).join(' ').replaceAll(UNDECODABLE, '')),
]

const wordsOf = (run: string): readonly Word[] =>
  [...run.matchAll(WORD)].map(([, charset = '', encoding, text = '']) =>
    wordOf(
      charset.toLowerCase(),
      encoding === 'b' || encoding === 'B' ? base64(text) : quoted(text),
    ),
  )

const wordOf = (charset: string, bytes: readonly number[] | undefined): Word =>
  bytes !== undefined && CHARSETS.has(charset) ? { charset, bytes } : undefined

/** Joins words before decoding, because some programs split a character between two words. */
function joined(words: readonly Word[]): string {
  let text = ''
  for (let from = 0, to = from; from < words.length; from = to) {
    const first = words[from]
    while (to < words.length && words[to]?.charset === first?.charset) to += 1
    const bytes = words.slice(from, to).flatMap(word => word?.bytes ?? [])
    text += textOf(first && { charset: first.charset, bytes })
  }
  return text
}

const textOf = (word: Word): string =>
  word === undefined
    ? UNDECODABLE
    : new TextDecoder(word.charset, { ignoreBOM: true }).decode(Uint8Array.from(word.bytes))

function base64(text: string): readonly number[] | undefined {
  const written = bytesOf(text)
  if (written === undefined) return undefined
  const reader = new Base64Reader()
  const bytes = new Uint8Array(decodedLength(written.length))
  const length = reader.decode(Uint8Array.from(written), 0, written.length, bytes)
  return reader.isWhole ? [...bytes.subarray(0, length)] : undefined
}

const quoted = (text: string): readonly number[] | undefined =>
  bytesOf(
    text
      .replaceAll('_', ' ')
      .replace(/=([\dA-Fa-f]{2})/g, (_, code) => String.fromCharCode(Number.parseInt(code, 16))),
  )

/** Returns the characters as bytes; undefined if one does not fit into a byte. */
function bytesOf(text: string): readonly number[] | undefined {
  const bytes = Array.from(text, character => character.codePointAt(0) as number)
  return bytes.every(byte => byte <= 0xff) ? bytes : undefined
}
