/**
 * Byte classes of XML 1.0, for UTF-8.
 *
 * @module
 */

const TAB = 0x09
const LF = 0x0a
const CR = 0x0d
const SPACE = 0x20

/** Returns a table of 256 flags: 1 for each byte that `holds` accepts. */
function table(holds: (byte: number) => boolean): Uint8Array {
  return Uint8Array.from({ length: 256 }, (_, byte) => (holds(byte) ? 1 : 0))
}

const isSpace = (byte: number) => byte === TAB || byte === LF || byte === CR || byte === SPACE
const isLetter = (byte: number) =>
  (byte >= 0x41 && byte <= 0x5a) || (byte >= 0x61 && byte <= 0x7a) || byte === 0x5f
const isControl = (byte: number) => byte < SPACE && !isSpace(byte)

/** Bytes that are white space. */
export const SPACES = table(isSpace)

/** Bytes with which a name can begin: ASCII letters and `_`. */
export const NAME_START = table(isLetter)

/** Bytes of a qualified name, including the colon. */
export const NAME = table(
  // The colon is the byte after the digits.
  byte => isLetter(byte) || (byte >= 0x30 && byte <= 0x3a) || byte === 0x2d || byte === 0x2e,
)

/** Tables of the bytes that end a run of plain text, and of all pairs that contain such a byte. */
export type Delimiters = Readonly<{ bytes: Uint8Array; pairs: Uint8Array }>

/** Returns the delimiters of a context: control characters, bytes that are not ASCII, and `extra`. */
function delimiters(extra: string): Delimiters {
  const bytes = table(
    byte => isControl(byte) || byte >= 0x80 || extra.includes(String.fromCharCode(byte)),
  )
  // Works with both byte orders, because `|` is symmetric.
  const pairs = new Uint8Array(65_536).map(
    (_, pair) => (bytes[pair & 255] as number) | (bytes[pair >> 8] as number),
  )
  return { bytes, pairs }
}

/**
 * Delimiters of character data. `>` is included to find `]]>`, which is not allowed there, because `>` is rarer
 * than `]`.
 */
export const TEXT_DELIMITERS = delimiters('<&>')

/** Delimiters inside CDATA, which only `]` can end. */
export const CDATA_DELIMITERS = delimiters(']')

/** Delimiters inside a comment, which only `-` can end. */
export const COMMENT_DELIMITERS = delimiters('-')

/** Delimiters inside an attribute value, for both kinds of quotes. */
export const VALUE_DELIMITERS = delimiters('<&"\'')

/** Whether a code point is a character of XML 1.0. */
export function isCharacter(code: number): boolean {
  if (code < SPACE) return isSpace(code)
  return (
    code <= 0xd7ff || (code >= 0xe000 && code <= 0xfffd) || (code >= 0x10000 && code <= 0x10ffff)
  )
}
