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
const LONGEST_ID = 4_096
/** Of an id that is unpacked: more is none. */
const LONGEST_PAYLOAD = 2_048

const RUN_LENGTHS = 1
const SMTP_ADDRESS = 0
const MAILBOX_GUID = 3
const CONVERSATION = 4
const LAST_TYPE = 6
const MONIKER = 3
const GUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i
const GUID_LENGTH = 36
const LAST_INSTRUCTION = 3
const CONVERSATION_LENGTH = 16

/** Where an id points, from its text alone. */
export function placeOf(id: string): ItemPlace {
  if (id.length > LONGEST_ID) return ELSEWHERE
  for (let i = 0; i < id.length; i++) codes[i] = Math.min(id.charCodeAt(i), NO_CODE)
  return read(codes, 0, id.length)
}

/** The same of text that stands in bytes; undefined where it is anything but whole base64. */
export function placeOfBase64(bytes: Uint8Array, from: number, to: number): ItemPlace | undefined {
  if (to - from > LONGEST_ID) return undefined
  const place = read(bytes, from, to)
  return isExact ? place : undefined
}

function read(text: Uint8Array, from: number, to: number): ItemPlace {
  const length = decode(text, from, to)
  const compression = decoded[0]
  if (length === 0 || compression === undefined || compression > RUN_LENGTHS) return OPAQUE
  if (compression === RUN_LENGTHS) {
    const unpacked = unpack(decoded, length)
    return unpacked === -1 ? ELSEWHERE : placeIn(payload, 0, unpacked)
  }
  return placeIn(decoded, 1, length)
}

function placeIn(bytes: Uint8Array, from: number, to: number): ItemPlace {
  const type = to > from ? (bytes[from] as number) : LAST_TYPE + 1
  const length = to >= from + MONIKER ? wordAt(bytes, from + 1) : 0
  const start = from + MONIKER
  const end = start + length
  // The ids of other servers begin with zeros, which would be a moniker of no length.
  if (length === 0) return OPAQUE
  if (end > to) return isExchange(type) && length === GUID_LENGTH ? ELSEWHERE : OPAQUE
  const mailbox = length === GUID_LENGTH ? mailboxAt(bytes, start) : undefined
  if (mailbox !== undefined) return isExact && isWhole(type, bytes, end, to) ? mailbox : ELSEWHERE
  const isAddress = type === SMTP_ADDRESS && bytes.subarray(start, end).every(isPrintable)
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

/** The mailbox of the id that was read last: most ids of a request are in the same. */
const lastBytes = new Uint8Array(GUID_LENGTH)
let last: ItemPlace | undefined

function mailboxAt(bytes: Uint8Array, at: number): ItemPlace | undefined {
  if (last !== undefined && isLast(bytes, at)) return last
  const written = bytes.subarray(at, at + GUID_LENGTH)
  const text = String.fromCharCode(...written)
  if (!GUID.test(text)) return undefined
  lastBytes.set(written)
  last = { kind: 'mailbox', guid: text.toLowerCase() }
  return last
}

function isLast(bytes: Uint8Array, at: number): boolean {
  for (let i = 0; i < GUID_LENGTH; i++) if (bytes[at + i] !== lastBytes[i]) return false
  return true
}

/** Undoes run lengths: a byte that stands twice is followed by how often more; bounded. */
function unpack(bytes: Uint8Array, end: number): number {
  let length = 0
  let i = 1
  while (i < end) {
    const byte = bytes[i] as number
    const isRun = i + 1 < end && bytes[i + 1] === byte
    if (isRun && i + 2 >= end) return -1
    const times = isRun ? (bytes[i + 2] as number) + 2 : 1
    if (length + times > LONGEST_PAYLOAD) return -1
    for (let n = 0; n < times; n++) payload[length++] = byte
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
const codes = new Uint8Array(LONGEST_ID)
const decoded = new Uint8Array((LONGEST_ID * 3) >> 2)
const payload = new Uint8Array(LONGEST_PAYLOAD)
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
  isExact = i === to || (i + 4 === to && isLastGroup(text, i))
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

/** Whether base64 ends in the four characters here, with its padding and no bits left over. */
function isLastGroup(text: Uint8Array, at: number): boolean {
  const b = sextet(text[at + 1] as number)
  if (text[at + 3] !== PADDING || sextet(text[at] as number) >= NONE || b >= NONE) return false
  if (text[at + 2] === PADDING) return (b & 15) === 0
  const c = sextet(text[at + 2] as number)
  return c < NONE && (c & 3) === 0
}
