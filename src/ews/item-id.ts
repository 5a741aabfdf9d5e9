/**
 * Finds the mailbox that an ID of an item, folder, attachment, or conversation is in.
 *
 * IDs of Exchange are `base64(compression, payload)`. A payload begins with a storage type and a moniker: for
 * mailbox items, the GUID of the mailbox as text. IDs of grommunio are read in `gromox-id.ts`. Officially, IDs are
 * opaque. So an ID that looks like one of these servers, but does not have exactly its form, counts as `elsewhere`, and
 * not as an ID of another server.
 *
 * @see https://learn.microsoft.com/openspecs/exchange_server_protocols/ms-oxcext
 *
 * @module
 */

import { gromoxMailbox, looksLikeGromox } from './gromox-id.ts'

/**
 * `mailbox`: in the mailbox with this GUID, in lower case. `elsewhere`: an ID of Exchange or grommunio that is
 * incomplete, contradicts itself, or is in public folders or the address book. `opaque`: of an unknown form.
 *
 * The GUID of an ID of grommunio has two parts, see `gromox-id.ts`.
 */
export type ItemPlace =
  | Readonly<{ kind: 'mailbox'; guid: string }>
  | Readonly<{ kind: 'elsewhere' }>
  | Readonly<{ kind: 'opaque' }>

const ELSEWHERE: ItemPlace = { kind: 'elsewhere' }
const OPAQUE: ItemPlace = { kind: 'opaque' }

/** Maximum length of an ID in characters. Known IDs are shorter. */
const MAX_ID_LENGTH = 4_096
/** Maximum size of an unpacked ID in bytes, including its first byte. */
const MAX_UNPACKED_BYTES = 2_049

const RUN_LENGTHS = 1
const SMTP_ADDRESS = 0
const MAILBOX_GUID = 3
const CONVERSATION = 4
const LAST_TYPE = 6
/** Offset of the moniker, after the bytes for the compression, the type, and the length. */
const MONIKER_START = 4
const GUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i
const GUID_LENGTH = 36
/** Offset of the moniker in 32-bit words, because GUIDs are compared by words. */
const GUID_WORDS = MONIKER_START / 4
const LAST_INSTRUCTION = 3
const CONVERSATION_LENGTH = 16

/** Returns which mailbox an ID belongs to, from its text alone. */
export function placeOf(id: string): ItemPlace {
  if (id.length > MAX_ID_LENGTH) return ELSEWHERE
  for (let i = 0; i < id.length; i++) codes[i] = Math.min(id.charCodeAt(i), NO_CODE)
  return read(codes, 0, id.length)
}

/** Returns which mailbox an ID in bytes belongs to; undefined if the bytes are not complete base64. */
export function placeOfBase64(bytes: Uint8Array, from: number, to: number): ItemPlace | undefined {
  if (to - from > MAX_ID_LENGTH) return undefined
  const place = read(bytes, from, to)
  return isExact ? place : undefined
}

/** Returns the bytes of an ID of Exchange without compression; undefined if it is of another form. */
export function unpackedId(id: string): Uint8Array | undefined {
  if (placeOf(id).kind !== 'mailbox') return undefined
  const bytes = Buffer.from(id, 'base64')
  if (bytes[0] !== RUN_LENGTHS) return bytes
  return unpackedRoom.bytes.slice(0, unpack(bytes.length))
}

function read(text: Uint8Array, from: number, to: number): ItemPlace {
  const length = decode(text, from, to)
  const compression = decoded[0]
  if (compression === undefined || compression > RUN_LENGTHS) return OPAQUE
  if (compression === RUN_LENGTHS) {
    const unpacked = unpack(length)
    return unpacked === -1 ? ELSEWHERE : placeIn(unpackedRoom, unpacked)
  }
  return placeIn(decodedId, length)
}

/** Bytes, and the same memory as 32-bit words. */
type Bytes = Readonly<{ bytes: Uint8Array; words: Int32Array }>

/** Returns room for an ID of `length` bytes. */
function room(length: number): Bytes {
  const words = new Int32Array(Math.ceil(length / 4))
  return { bytes: new Uint8Array(words.buffer), words }
}

/**
 * Returns which mailbox an uncompressed ID of `to` bytes belongs to. Ignores the first byte, which only tells the
 * compression.
 */
function placeIn({ bytes, words }: Bytes, to: number): ItemPlace {
  if (to < MONIKER_START) return OPAQUE
  const length = wordAt(bytes, 2)
  const end = MONIKER_START + length
  // Other servers' IDs begin with zeros, which would be the length of an empty moniker.
  if (length === 0) return placeInEntry(bytes, to)
  const type = bytes[1] as number
  if (end > to) return isExchange(type) && length === GUID_LENGTH ? ELSEWHERE : OPAQUE
  const mailbox = length === GUID_LENGTH ? mailboxIn(words, bytes) : undefined
  if (mailbox !== undefined) return isExact && isWhole(type, bytes, end, to) ? mailbox : ELSEWHERE
  const isAddress = type === SMTP_ADDRESS && bytes.subarray(MONIKER_START, end).every(isPrintable)
  return isAddress || isExchange(type) ? ELSEWHERE : OPAQUE
}

/** Returns which mailbox an uncompressed ID belongs to that begins with zeros, as a MAPI entry ID does. */
function placeInEntry(bytes: Uint8Array, to: number): ItemPlace {
  if (bytes !== decoded || !looksLikeGromox(bytes, to)) return OPAQUE
  return (isExact ? gromoxMailbox(bytes, to) : undefined) ?? ELSEWHERE
}

/** Whether a byte can be part of an address of any kind, including X.500. */
const isPrintable = (byte: number): boolean => byte >= 0x20 && byte !== 0x7f

const isExchange = (type: number): boolean => type > SMTP_ADDRESS && type <= LAST_TYPE

const wordAt = (bytes: Uint8Array, at: number): number =>
  (bytes[at] as number) | ((bytes[at + 1] as number) << 8)

/** Whether the data after the mailbox GUID is complete: a purpose and an entry ID, or a conversation ID. */
function isWhole(type: number, bytes: Uint8Array, from: number, to: number): boolean {
  if (type === CONVERSATION)
    return to === from + 2 + CONVERSATION_LENGTH && wordAt(bytes, from) === CONVERSATION_LENGTH
  if (type !== MAILBOX_GUID) return false
  const length = wordAt(bytes, from + 1)
  return (bytes[from] as number) <= LAST_INSTRUCTION && length > 0 && to >= from + 3 + length
}

/** Caches the GUID of the last ID and its mailbox, because most IDs of a request belong to the same mailbox. */
const lastWords = new Int32Array(GUID_LENGTH / 4)
let last: ItemPlace | undefined

function mailboxIn(words: Int32Array, bytes: Uint8Array): ItemPlace | undefined {
  if (last !== undefined && isLast(words)) return last
  const text = String.fromCharCode(...bytes.subarray(MONIKER_START, MONIKER_START + GUID_LENGTH))
  if (!GUID.test(text)) return undefined
  lastWords.set(words.subarray(GUID_WORDS, GUID_WORDS + lastWords.length))
  last = { kind: 'mailbox', guid: text.toLowerCase() }
  return last
}

function isLast(words: Int32Array): boolean {
  for (let i = 0; i < lastWords.length; i++)
    if (words[GUID_WORDS + i] !== lastWords[i]) return false
  return true
}

/**
 * Decompresses an ID. Two equal bytes are followed by the number of their repetitions. The size of the result is
 * limited.
 */
function unpack(end: number): number {
  let length = 1
  let i = 1
  while (i < end) {
    const byte = decoded[i] as number
    const isRun = i + 1 < end && decoded[i + 1] === byte
    if (isRun && i + 2 >= end) return -1
    const times = isRun ? (decoded[i + 2] as number) + 2 : 1
    if (length + times > MAX_UNPACKED_BYTES) return -1
    for (let n = 0; n < times; n++) unpackedRoom.bytes[length++] = byte
    i += isRun ? 3 : 1
  }
  return length
}

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'
const NONE = 64
const PADDING = '='.charCodeAt(0)
/** Number of bytes that an invalid group encodes. */
const NO_BYTES = 0
/** Flag of a character that is base64 only in URLs. */
const IN_URL = 128
const SEXTETS = new Uint8Array(256).fill(NONE)
for (const [i, character] of [...ALPHABET].entries()) SEXTETS[character.charCodeAt(0)] = i
SEXTETS['-'.charCodeAt(0)] = IN_URL | ALPHABET.indexOf('+')
SEXTETS['_'.charCodeAt(0)] = IN_URL | ALPHABET.indexOf('/')

/** Returns the value of a base64 character: 0 to 63, or 64 and more for other characters. */
export const sextet = (code: number): number => SEXTETS[code] ?? NONE

/** Code that replaces every character above one byte. Like these, it is not a base64 character. */
const NO_CODE = 0xff

/** Number of characters that contain the mailbox and the length of the entry ID after it. */
const HEAD_CHARACTERS = 60

// Buffers for the current ID. Only one is read at a time.
const codes = new Uint8Array(MAX_ID_LENGTH)
const decodedId = room(MAX_ID_LENGTH)
const unpackedRoom = room(MAX_UNPACKED_BYTES)
const decoded = decodedId.bytes
/** Whether every base64 decoder returns the same bytes for the current text. */
let isExact = false

/**
 * Decodes base64 leniently into `decoded`. For the ID of mailbox content, decodes only the beginning, because
 * nothing after it is needed.
 *
 * @returns the number of bytes in the whole text
 */
function decode(text: Uint8Array, from: number, to: number): number {
  let i = decodeGroups(text, from, Math.min(to, from + HEAD_CHARACTERS))
  const isHeadEnough =
    i - from === HEAD_CHARACTERS && decoded[0] !== RUN_LENGTHS && decoded[1] !== SMTP_ADDRESS
  i = isHeadEnough ? skipGroups(text, i, to) : decodeGroups(text, from, to)
  let length = ((i - from) >> 2) * 3
  const rest = i + 4 === to ? bytesOfLastGroup(text, i) : 0
  isExact = i === to || rest > 0
  if (isHeadEnough && isExact) return length + rest
  let bits = 0
  let count = 0
  for (; i < to; i++) {
    const value = sextet(text[i] as number)
    if (value === NONE) continue
    bits = ((bits << 6) | (value & 63)) & 0xffffff
    count += 6
    if (count < 8) continue
    count -= 8
    decoded[length++] = (bits >> count) & 0xff
  }
  return length
}

/** Decodes groups of four characters, up to the first invalid group. @returns its offset */
function decodeGroups(text: Uint8Array, from: number, to: number): number {
  let length = 0
  let i = from
  for (; i + 4 <= to; i += 4) {
    const a = SEXTETS[text[i] as number] as number
    const b = SEXTETS[text[i + 1] as number] as number
    const c = SEXTETS[text[i + 2] as number] as number
    const d = SEXTETS[text[i + 3] as number] as number
    if ((a | b | c | d) >= NONE) break
    decoded[length++] = (a << 2) | (b >> 4)
    decoded[length++] = ((b & 15) << 4) | (c >> 2)
    decoded[length++] = ((c & 3) << 6) | d
  }
  return i
}

/** Skips valid groups of four characters. @returns the offset of the first invalid group */
function skipGroups(text: Uint8Array, from: number, to: number): number {
  let i = from
  while (
    i + 4 <= to &&
    ((SEXTETS[text[i] as number] as number) |
      (SEXTETS[text[i + 1] as number] as number) |
      (SEXTETS[text[i + 2] as number] as number) |
      (SEXTETS[text[i + 3] as number] as number)) <
      NONE
  )
    i += 4
  return i
}

/**
 * Returns the number of bytes that the last four characters encode; 0 if they are not valid, for example because
 * unused bits are set.
 */
function bytesOfLastGroup(text: Uint8Array, at: number): number {
  const b = sextet(text[at + 1] as number)
  if (text[at + 3] !== PADDING || sextet(text[at] as number) >= NONE || b >= NONE) return NO_BYTES
  if (text[at + 2] === PADDING) return (b & 15) === 0 ? 1 : NO_BYTES
  const c = sextet(text[at + 2] as number)
  return c < NONE && (c & 3) === 0 ? 2 : NO_BYTES
}
