/**
 * Byte classes of XML 1.0, for UTF-8.
 *
 * @module
 */

const TAB = 0x09
const LF = 0x0a
const CR = 0x0d
const SPACE = 0x20

/** A table of 256 flags: 1 for each byte that `holds`. */
function table(holds: (byte: number) => boolean): Uint8Array {
  return Uint8Array.from({ length: 256 }, (_, byte) => (holds(byte) ? 1 : 0))
}

const isSpace = (byte: number) => byte === TAB || byte === LF || byte === CR || byte === SPACE
const isLetter = (byte: number) =>
  (byte >= 0x41 && byte <= 0x5a) || (byte >= 0x61 && byte <= 0x7a) || byte === 0x5f
const isControl = (byte: number) => byte < SPACE && !isSpace(byte)

/** White space. */
export const SPACES = table(isSpace)

/** First byte of a name: a letter or `_`. Names with other letters than ASCII are refused. */
export const NAME_START = table(isLetter)

/** Bytes of a qualified name, the colon among them. */
export const NAME = table(
  byte =>
    isLetter(byte) ||
    (byte >= 0x30 && byte <= 0x39) ||
    byte === 0x2d ||
    byte === 0x2e ||
    byte === 0x3a,
)

/** Bytes at which plain character data needs a closer look: `<`, `&`, `]`, controls, not ASCII. */
export const TEXT_STOP = table(
  byte => byte === 0x3c || byte === 0x26 || byte === 0x5d || isControl(byte) || byte >= 0x80,
)

/** The same inside CDATA, where only `]` can end it. */
export const CDATA_STOP = table(byte => byte === 0x5d || isControl(byte) || byte >= 0x80)

/** The same inside a comment, where only `-` can end it. */
export const COMMENT_STOP = table(byte => byte === 0x2d || isControl(byte) || byte >= 0x80)

/** The same inside an attribute's value, whichever its quotes are. */
export const VALUE_STOP = table(
  byte =>
    byte === 0x3c ||
    byte === 0x26 ||
    byte === 0x22 ||
    byte === 0x27 ||
    isControl(byte) ||
    byte >= 0x80,
)

/** Whether a code point is a character of XML 1.0. */
export function isCharacter(code: number): boolean {
  if (code < SPACE) return isSpace(code)
  return (
    code <= 0xd7ff || (code >= 0xe000 && code <= 0xfffd) || (code >= 0x10000 && code <= 0x10ffff)
  )
}

const PREDEFINED: ReadonlyMap<string, string> = new Map([
  ['lt', '<'],
  ['gt', '>'],
  ['amp', '&'],
  ['apos', "'"],
  ['quot', '"'],
])

/** The longest reference: `#x10FFFF`, with room for leading zeros. */
export const MAX_REFERENCE = 16

/**
 * The character that `&name;` stands for, or undefined where it is no reference to one.
 *
 * @param name - what stands between `&` and `;`
 */
export function referenced(name: string): string | undefined {
  const number = /^#(?:x([0-9A-Fa-f]+)|([0-9]+))$/.exec(name)
  if (number === null) return PREDEFINED.get(name)

  const [, hexadecimal, decimal] = number
  const code = hexadecimal === undefined ? Number(decimal) : Number.parseInt(hexadecimal, 16)
  return isCharacter(code) ? String.fromCodePoint(code) : undefined
}
