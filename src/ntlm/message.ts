/**
 * Parts of NTLM's messages that client and server share: flags, attribute-value pairs, and the hashes of NTLMv2.
 *
 * @see https://learn.microsoft.com/en-us/openspecs/windows_protocols/ms-nlmp/
 *
 * @module
 */

import { createHmac } from 'node:crypto'
import { md4 } from './md4.ts'

/** First bytes of each message. */
export const SIGNATURE = Buffer.from('NTLMSSP\0', 'latin1')

/** Types of the messages: the negotiation, the server's challenge, and the client's proof. */
export const MESSAGE = { negotiate: 1, challenge: 2, authenticate: 3 } as const

/** Offsets of the fields of an AUTHENTICATE_MESSAGE. */
export const AUTHENTICATE = {
  lmResponse: 12,
  ntResponse: 20,
  domain: 28,
  user: 36,
  workstation: 44,
  sessionKey: 52,
  flags: 60,
  version: 64,
  mic: 72,
  payload: 88,
} as const

/** Flags of a negotiation. */
export const FLAG = {
  unicode: 0x1,
  oem: 0x2,
  requestTarget: 0x4,
  sign: 0x10,
  seal: 0x20,
  ntlm: 0x200,
  alwaysSign: 0x8000,
  targetIsDomain: 0x10000,
  extendedSessionSecurity: 0x80000,
  targetInfo: 0x800000,
  version: 0x2000000,
  key128: 0x20000000,
  keyExchange: 0x40000000,
  key56: 0x80000000,
} as const

/** Combines flags to an unsigned number. */
export const flags = (...all: readonly number[]): number =>
  all.reduce((sum, flag) => sum | flag, 0) >>> 0

/** IDs of attribute-value pairs. */
export const AV = {
  end: 0,
  netbiosComputer: 1,
  netbiosDomain: 2,
  dnsComputer: 3,
  dnsDomain: 4,
  flags: 6,
  timestamp: 7,
  targetName: 9,
  channelBindings: 10,
} as const

/** Flag in {@link AV.flags}: the proof has a message integrity code (MIC). */
export const MIC_PRESENT = 0x2

/** Windows 10, NTLMSSP revision 15. Some software reads the MIC only if the message has a version. */
export const WINDOWS_VERSION = Buffer.from([10, 0, 0x61, 0x4a, 0, 0, 0, 15])

export type AvPair = readonly [id: number, value: Buffer]

/** Whether bytes are a message of a type with at least a length. */
export const isMessage = (message: Buffer, type: number, least: number): boolean =>
  message.length >= least &&
  message.subarray(0, SIGNATURE.length).equals(SIGNATURE) &&
  message.readUInt32LE(SIGNATURE.length) === type

/** Returns the bytes of a field, given as length and offset; undefined if they are not inside the message. */
export function fieldAt(message: Buffer, at: number): Buffer | undefined {
  const [length, offset] = [message.readUInt16LE(at), message.readUInt32LE(at + 4)]
  if (length === 0) return Buffer.alloc(0)
  return offset + length > message.length ? undefined : message.subarray(offset, offset + length)
}

export function writeField(message: Buffer, at: number, length: number, offset: number): void {
  message.writeUInt16LE(length, at)
  message.writeUInt16LE(length, at + 2)
  message.writeUInt32LE(offset, at + 4)
}

/** Returns the pairs up to the end marker, or undefined if there is none. */
export function readPairs(bytes: Buffer): AvPair[] | undefined {
  const pairs: AvPair[] = []
  for (let at = 0; at + 4 <= bytes.length; ) {
    const [id, length] = [bytes.readUInt16LE(at), bytes.readUInt16LE(at + 2)]
    if (id === AV.end) return pairs
    const value = bytes.subarray(at + 4, at + 4 + length)
    if (value.length < length) return undefined
    pairs.push([id, value])
    at += 4 + length
  }
  return undefined
}

/** Writes pairs, and the end marker. */
export function writePairs(pairs: readonly AvPair[]): Buffer {
  const written = pairs.map(([id, value]) => {
    const head = Buffer.alloc(4)
    head.writeUInt16LE(id, 0)
    head.writeUInt16LE(value.length, 2)
    return Buffer.concat([head, value])
  })
  return Buffer.concat([...written, Buffer.alloc(4)])
}

/** Returns the NT hash of a password. It is as secret as the password. */
export const ntHashOf = (password: string): Buffer => md4(utf16(password))

/** Returns the key of a user's proofs (NTOWFv2). */
export const responseKeyOf = (ntHash: Buffer, user: string, domain: string): Buffer =>
  hmacMd5(ntHash, utf16(inCapitals(user) + domain))

/** Converts each character to exactly one uppercase character, as Windows does. So `ß` stays. */
function inCapitals(text: string): string {
  const capital = (letter: string) => {
    const upper = letter.toUpperCase()
    return upper.length === letter.length ? upper : letter
  }
  return Array.from(text, capital).join('')
}

export function hmacMd5(key: Buffer, ...parts: readonly Buffer[]): Buffer {
  const hash = createHmac('md5', key)
  for (const part of parts) hash.update(part)
  return hash.digest()
}

/** Milliseconds between 1601, the epoch of Windows, and 1970. */
const EPOCH_MS = 11_644_473_600_000n

/** Returns a time as Windows writes it. @param ms - milliseconds since 1970 */
export function fileTime(ms: number): Buffer {
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64LE((BigInt(Math.trunc(ms)) + EPOCH_MS) * 10_000n)
  return bytes
}

export function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(value)
  return bytes
}

export const utf16 = (text: string): Buffer => Buffer.from(text, 'utf16le')
