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
const AT = 0x40

/** Where an id points, from its text alone. */
export function placeOf(id: string): ItemPlace {
  if (id.length > LONGEST_ID) return ELSEWHERE
  const { bytes, exact } = decodeBase64(id)
  const compression = bytes[0]
  if (compression === undefined || compression > RUN_LENGTHS) return OPAQUE
  const payload = compression === RUN_LENGTHS ? unpack(bytes) : bytes.subarray(1)
  if (payload === undefined) return ELSEWHERE

  const [type = LAST_TYPE + 1, low = 0, high = 0] = payload
  const length = low | (high << 8)
  if (length === 0 || payload.length < MONIKER + length) return isCut(type, length, payload)
  const moniker = payload.subarray(MONIKER, MONIKER + length)
  const guid = length === GUID_LENGTH ? String.fromCharCode(...moniker) : ''
  if (!GUID.test(guid)) return looksLikeExchange(type, moniker) ? ELSEWHERE : OPAQUE
  const rest = payload.subarray(MONIKER + length)
  return exact && isWhole(type, rest) ? { kind: 'mailbox', guid: guid.toLowerCase() } : ELSEWHERE
}

/** The ids of other servers begin with zeros, which would be a moniker of no length. */
function isCut(type: number, length: number, payload: Uint8Array): ItemPlace {
  return type > SMTP_ADDRESS && type <= LAST_TYPE && length === GUID_LENGTH && payload.length > 0
    ? ELSEWHERE
    : OPAQUE
}

function looksLikeExchange(type: number, moniker: Uint8Array): boolean {
  return type === SMTP_ADDRESS ? moniker.includes(AT) : type <= LAST_TYPE
}

/** What follows a mailbox's GUID: an entry id with what it is for, or a conversation's id. */
function isWhole(type: number, rest: Uint8Array): boolean {
  const [first = 0, second = 0, third = 0] = rest
  if (type === CONVERSATION) {
    const length = first | (second << 8)
    return length === CONVERSATION_LENGTH && rest.length === 2 + length
  }
  if (type !== MAILBOX_GUID || rest.length < 3) return false
  const length = second | (third << 8)
  return first <= LAST_INSTRUCTION && length > 0 && rest.length >= 3 + length
}

/** Undoes run lengths: a byte that stands twice is followed by how often more; bounded. */
function unpack(bytes: Uint8Array): Uint8Array | undefined {
  const payload = new Uint8Array(LONGEST_PAYLOAD)
  let length = 0
  let i = 1
  while (i < bytes.length) {
    const byte = bytes[i] as number
    const isRun = bytes[i + 1] === byte
    const times = isRun ? (bytes[i + 2] ?? LONGEST_PAYLOAD) + 2 : 1
    if (length + times > LONGEST_PAYLOAD) return undefined
    payload.fill(byte, length, length + times)
    length += times
    i += isRun ? 3 : 1
  }
  return payload.subarray(0, length)
}

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'
/** 6 bits of each character, also of the URL's alphabet; 64: none. */
const SEXTETS = Uint8Array.from({ length: 256 }, (_, code) => {
  const letter = String.fromCharCode(code)
  const at = ALPHABET.indexOf(letter === '-' ? '+' : letter === '_' ? '/' : letter)
  return at === -1 ? 64 : at
})

/** The value of a character of base64, or 64. */
export const sextet = (code: number): number => SEXTETS[code] ?? 64

/** What any reader might make of it; `exact` where no two would differ. */
function decodeBase64(text: string): Readonly<{ bytes: Uint8Array; exact: boolean }> {
  const bytes = new Uint8Array((text.length * 3) >> 2)
  let length = 0
  let [bits, count] = [0, 0]
  for (let i = 0; i < text.length; i++) {
    const value = sextet(text.charCodeAt(i))
    if (value === 64) continue
    bits = ((bits << 6) | value) & 0xffffff
    count += 6
    if (count < 8) continue
    count -= 8
    bytes[length++] = (bits >> count) & 0xff
  }
  const exact =
    text.length % 4 === 0 &&
    /^[A-Za-z0-9+/]*={0,2}$/.test(text) &&
    (bits & ((1 << count) - 1)) === 0
  return { bytes: bytes.subarray(0, length), exact }
}
