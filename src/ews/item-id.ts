/**
 * Ids of items, folders, attachments and conversations: whose mailbox one points into.
 *
 * Exchange's ids are `base64(compression, payload)`, and a payload begins with a storage type and
 * a moniker: for mailbox items the GUID of the mailbox, as text. Officially they are opaque, so
 * whatever has their look but not exactly their form is told apart from ids of other servers.
 *
 * @see https://learn.microsoft.com/openspecs/exchange_server_protocols/ms-oxcext
 * @module
 */

/**
 * `mailbox`: in the mailbox with this GUID, in lower case. `elsewhere`: Exchange's, but of public
 * folders, the address book, or not whole. `opaque`: of no form that is known.
 */
export type ItemPlace =
  | Readonly<{ kind: 'mailbox'; guid: string }>
  | Readonly<{ kind: 'elsewhere' }>
  | Readonly<{ kind: 'opaque' }>

const ELSEWHERE: ItemPlace = { kind: 'elsewhere' }
const OPAQUE: ItemPlace = { kind: 'opaque' }

/** Longer than any id that is known. */
const MAX_ID_LENGTH = 4_096
/** Of an id that is unpacked, its first byte with it: more is none. */
const MAX_UNPACKED_BYTES = 2_049

const RUN_LENGTHS = 1
const SMTP_ADDRESS = 0
const MAILBOX_GUID = 3
const CONVERSATION = 4
const LAST_TYPE = 6
/** Behind the compression, the type and the length. */
const MONIKER_START = 4
const GUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i
const GUID_LENGTH = 36
/** A GUID is compared by fours. */
const GUID_WORDS = MONIKER_START / 4
const LAST_INSTRUCTION = 3
const CONVERSATION_LENGTH = 16

/** Where an id points, from its text alone. */
export function placeOf(id: string): ItemPlace {
  if (id.length > MAX_ID_LENGTH) return ELSEWHERE
  for (let i = 0; i < id.length; i++) codes[i] = Math.min(id.charCodeAt(i), NO_CODE)
  return read(codes, 0, id.length)
}

/** The same of text that stands in bytes; undefined where it is anything but whole base64. */
export function placeOfBase64(bytes: Uint8Array, from: number, to: number): ItemPlace | undefined {
  if (to - from > MAX_ID_LENGTH) return undefined
  const place = read(bytes, from, to)
  return isExact ? place : undefined
}

function read(text: Uint8Array, from: number, to: number): ItemPlace {
  const length = decode(text, from, to)
  const compression = decoded[0]
  if (length === 0 || compression === undefined || compression > RUN_LENGTHS) return OPAQUE
  if (compression === RUN_LENGTHS) {
    const unpacked = unpack(length)
    return unpacked === -1 ? ELSEWHERE : placeIn(unpackedId, unpacked)
  }
  return placeIn(decodedId, length)
}

/** Bytes, and the same by fours. */
type Bytes = Readonly<{ bytes: Uint8Array; words: Int32Array }>

function room(length: number): Bytes {
  const words = new Int32Array(Math.ceil(length / 4))
  return { bytes: new Uint8Array(words.buffer), words }
}

/** Where an id of so many bytes points, whose first says how it is packed and no more. */
function placeIn({ bytes, words }: Bytes, to: number): ItemPlace {
  const type = to > 1 ? (bytes[1] as number) : LAST_TYPE + 1
  const length = to >= MONIKER_START ? wordAt(bytes, 2) : 0
  const end = MONIKER_START + length
  // The ids of other servers begin with zeros, which would be a moniker of no length.
  if (length === 0) return OPAQUE
  if (end > to) return isExchange(type) && length === GUID_LENGTH ? ELSEWHERE : OPAQUE
  const mailbox = length === GUID_LENGTH ? mailboxIn(words, bytes) : undefined
  if (mailbox !== undefined) return isExact && isWhole(type, bytes, end, to) ? mailbox : ELSEWHERE
  const isAddress = type === SMTP_ADDRESS && bytes.subarray(MONIKER_START, end).every(isPrintable)
  return isAddress || isExchange(type) ? ELSEWHERE : OPAQUE
}

/** An address of any kind, of X.500 too, has nothing else. */
const isPrintable = (byte: number): boolean => byte >= 0x20 && byte !== 0x7f

const isExchange = (type: number): boolean => type > SMTP_ADDRESS && type <= LAST_TYPE

const wordAt = (bytes: Uint8Array, at: number): number =>
  (bytes[at] as number) | ((bytes[at + 1] as number) << 8)

/** What follows a mailbox's GUID: an entry id with what it is for, or a conversation's id. */
function isWhole(type: number, bytes: Uint8Array, from: number, to: number): boolean {
  if (type === CONVERSATION)
    return to === from + 2 + CONVERSATION_LENGTH && wordAt(bytes, from) === CONVERSATION_LENGTH
  if (type !== MAILBOX_GUID || to < from + 3) return false
  const length = wordAt(bytes, from + 1)
  return (bytes[from] as number) <= LAST_INSTRUCTION && length > 0 && to >= from + 3 + length
}

/** The mailbox of the id that was read last, and its GUID: most ids of a request are in the same. */
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

/** Undoes run lengths, behind the byte that says so: a byte that stands twice is followed by how often more; bounded. */
function unpack(end: number): number {
  let length = 1
  let i = 1
  while (i < end) {
    const byte = decoded[i] as number
    const isRun = i + 1 < end && decoded[i + 1] === byte
    if (isRun && i + 2 >= end) return -1
    const times = isRun ? (decoded[i + 2] as number) + 2 : 1
    if (length + times > MAX_UNPACKED_BYTES) return -1
    for (let n = 0; n < times; n++) unpackedId.bytes[length++] = byte
    i += isRun ? 3 : 1
  }
  return length
}

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'
const NONE = 64
const PADDING = '='.charCodeAt(0)
/** Beside the bits of a character that means them only in a URL. */
const IN_URL = 128
const SEXTETS = new Uint8Array(256).fill(NONE)
for (let i = 0; i < ALPHABET.length; i++) SEXTETS[ALPHABET.charCodeAt(i)] = i
SEXTETS['-'.charCodeAt(0)] = IN_URL | ALPHABET.indexOf('+')
SEXTETS['_'.charCodeAt(0)] = IN_URL | ALPHABET.indexOf('/')

/** The 6 bits of a character of base64; 64 or more: it is none. */
export const sextet = (code: number): number => SEXTETS[code] ?? NONE

/** Stands for every character that no byte has: like it, it is none of base64. */
const NO_CODE = 0xff

/** As many as say whose mailbox it is, and how long the entry is that follows. */
const HEAD_CHARACTERS = 60

// One id is read at a time: these hold what the last one was.
const codes = new Uint8Array(MAX_ID_LENGTH)
const decodedId = room((MAX_ID_LENGTH * 3) >> 2)
const unpackedId = room(MAX_UNPACKED_BYTES)
const decoded = decodedId.bytes
/** Whether no two readers would make different bytes of its text. */
let isExact = false

/**
 * Makes of base64 what any reader might, into `decoded`: all of it, or of a mailbox's id the head.
 *
 * @returns how many bytes all of it has
 */
function decode(text: Uint8Array, from: number, to: number): number {
  let i = decodeGroups(text, from, Math.min(to, from + HEAD_CHARACTERS))
  const isHeadEnough =
    i - from === HEAD_CHARACTERS && decoded[0] === 0 && decoded[1] !== SMTP_ADDRESS
  i = isHeadEnough ? skipGroups(text, i, to) : decodeGroups(text, from, to)
  let length = ((i - from) >> 2) * 3
  const rest = i + 4 === to ? bytesOfLastGroup(text, i) : 0
  isExact = i === to || rest > 0
  if (isHeadEnough && isExact) return length + rest
  let [bits, count] = [0, 0]
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

/** Decodes by fours, as long as that goes. @returns where it ends */
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

/** Passes over what could be decoded by fours. @returns where that ends */
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

/** Of four characters that end base64 with its padding, and no bits left over; 0: they do not. */
function bytesOfLastGroup(text: Uint8Array, at: number): number {
  const b = sextet(text[at + 1] as number)
  if (text[at + 3] !== PADDING || sextet(text[at] as number) >= NONE || b >= NONE) return 0
  if (text[at + 2] === PADDING) return (b & 15) === 0 ? 1 : 0
  const c = sextet(text[at + 2] as number)
  return c < NONE && (c & 3) === 0 ? 2 : 0
}
