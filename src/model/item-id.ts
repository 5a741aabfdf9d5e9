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
  const length = decode(id)
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
  const guid = length === GUID_LENGTH ? guidAt(bytes, start) : undefined
  if (guid !== undefined)
    return isExact && isWhole(type, bytes, end, to) ? { kind: 'mailbox', guid } : ELSEWHERE
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

/** The GUID that was read last: a request has most of its ids in one mailbox. */
const lastBytes = new Uint8Array(GUID_LENGTH)
let lastGuid: string | undefined

function guidAt(bytes: Uint8Array, at: number): string | undefined {
  if (lastGuid !== undefined && isLast(bytes, at)) return lastGuid
  const text = String.fromCharCode(...bytes.subarray(at, at + GUID_LENGTH))
  if (!GUID.test(text)) return undefined
  lastBytes.set(bytes.subarray(at, at + GUID_LENGTH))
  lastGuid = text.toLowerCase()
  return lastGuid
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
    payload.fill(byte, length, length + times)
    length += times
    i += isRun ? 3 : 1
  }
  return length
}

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'
const NONE = 64
/** Beside the bits of a character that means them only in a URL. */
const IN_URL = 128
const SEXTETS = new Uint8Array(256).fill(NONE)
for (let i = 0; i < ALPHABET.length; i++) SEXTETS[ALPHABET.charCodeAt(i)] = i
SEXTETS['-'.charCodeAt(0)] = IN_URL | ALPHABET.indexOf('+')
SEXTETS['_'.charCodeAt(0)] = IN_URL | ALPHABET.indexOf('/')

/** The 6 bits of a character of base64; 64 or more: it is none. */
export const sextet = (code: number): number => SEXTETS[code] ?? NONE

// One id is read at a time: these hold what the last one was.
const decoded = new Uint8Array((LONGEST_ID * 3) >> 2)
const payload = new Uint8Array(LONGEST_PAYLOAD)
/** Whether no two readers would make different bytes of its text. */
let isExact = false

/** Makes of base64 what any reader might, into `decoded`. @returns how many bytes */
function decode(text: string): number {
  let i = 0
  let length = 0
  for (; i + 4 <= text.length; i += 4) {
    const a = sextet(text.charCodeAt(i))
    const b = sextet(text.charCodeAt(i + 1))
    const c = sextet(text.charCodeAt(i + 2))
    const d = sextet(text.charCodeAt(i + 3))
    if ((a | b | c | d) >= NONE) break
    decoded[length++] = (a << 2) | (b >> 4)
    decoded[length++] = ((b & 15) << 4) | (c >> 2)
    decoded[length++] = ((c & 3) << 6) | d
  }
  isExact = i === text.length || isLastGroup(text, i)
  let [bits, count] = [0, 0]
  for (; i < text.length; i++) {
    const value = sextet(text.charCodeAt(i))
    if (value === NONE) continue
    bits = ((bits << 6) | (value & 63)) & 0xffffff
    count += 6
    if (count < 8) continue
    count -= 8
    decoded[length++] = (bits >> count) & 0xff
  }
  return length
}

/** Whether base64 ends here in its padding, with no bits left over. */
const isLastGroup = (text: string, at: number): boolean =>
  text.length === at + 4 &&
  /^[A-Za-z0-9+/](?:[AQgw]=|[A-Za-z0-9+/][AEIMQUYcgkosw048])=$/.test(text.slice(at))
