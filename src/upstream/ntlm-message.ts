/**
 * Reads and writes the messages of NTLM: the negotiation, the server's challenge, and the proof. Supports only
 * NTLMv2 with a MIC. Requests are not signed or encrypted by NTLM, because TLS does that, so no session key and no
 * RC4 are needed.
 *
 * @see https://learn.microsoft.com/en-us/openspecs/windows_protocols/ms-nlmp/
 *
 * @module
 */

import { createHmac } from 'node:crypto'
import type { Secret } from '../model/secret.ts'
import { md4 } from './md4.ts'

/** Account that signs in. */
export type NtlmAccount = Readonly<{
  /** User name, or `user@example.com` with an empty domain. */
  user: string
  /** Domain of the user, or empty. */
  domain: string
  password: Secret
  /** Name of the client's machine, or empty. */
  workstation: string
}>

/** Content of the server's CHALLENGE_MESSAGE. */
export type Challenge = Readonly<{
  /** The whole message, as received. */
  message: Buffer
  serverChallenge: Buffer
  flags: number
  targetInfo: readonly AvPair[]
}>

/** Inputs of a proof, in addition to account and challenge. */
export type ProofOptions = Readonly<{
  /** Service principal name, such as `HTTP/mail.example.com`. */
  targetName: string
  /** MD5 hash of 16 bytes; undefined without TLS. */
  channelBinding: Buffer | undefined
  /** Random number of the client, 8 bytes. */
  clientChallenge: Buffer
  /** Current time in milliseconds. The server's own time takes precedence. */
  now: number
}>

/**
 * Returns the account for its configured name: `DOMAIN\user`, `user@domain`, or a user of the given domain.
 */
export function ntlmAccount({
  username,
  password,
  domain = '',
  workstation = '',
}: Readonly<{
  username: string
  password: Secret
  domain?: string
  workstation?: string
}>): NtlmAccount {
  const [first = '', second] = username.split('\\', 2)
  const [user, of] = second === undefined ? [first, domain] : [second, first]
  return { user, domain: of, password, workstation }
}

type AvPair = readonly [id: number, value: Buffer]

const SIGNATURE = Buffer.from('NTLMSSP\0', 'latin1')

const UNICODE = 0x1
const REQUEST_TARGET = 0x4
const NTLM = 0x200
const ALWAYS_SIGN = 0x8000
const EXTENDED_SESSION_SECURITY = 0x80000
const TARGET_INFO = 0x800000
const VERSION = 0x2000000
const STRONG = 0x20000000

const FLAGS = (UNICODE | REQUEST_TARGET | NTLM | ALWAYS_SIGN | EXTENDED_SESSION_SECURITY) >>> 0
const ASKED = (FLAGS | TARGET_INFO | VERSION | STRONG) >>> 0

/**
 * Version of the client: Windows 10, NTLMSSP revision 15. Some servers read the MIC only if the message has a
 * version.
 */
const WINDOWS_VERSION = Buffer.from([10, 0, 0x61, 0x4a, 0, 0, 0, 15])

const AV_END = 0
const AV_FLAGS = 6
const AV_TIMESTAMP = 7
const AV_TARGET_NAME = 9
const AV_CHANNEL_BINDINGS = 10
const MIC_PRESENT = 0x2

/** Milliseconds between 1601, the epoch of Windows, and 1970. */
const EPOCH_MS = 11_644_473_600_000n

/** NEGOTIATE_MESSAGE, which is the same for all accounts. */
export const NEGOTIATE: Buffer = Buffer.concat([
  SIGNATURE,
  uint32(1),
  uint32(ASKED),
  Buffer.alloc(16),
  WINDOWS_VERSION,
])

/**
 * Reads a CHALLENGE_MESSAGE.
 *
 * @returns undefined if it is another message, or if the server doesn't support NTLMv2 in Unicode
 */
export function readChallenge(message: Buffer): Challenge | undefined {
  if (message.length < 48 || !message.subarray(0, 8).equals(SIGNATURE)) return undefined
  if (message.readUInt32LE(8) !== 2) return undefined
  const flags = message.readUInt32LE(20)
  if ((flags & UNICODE) === 0 || (flags & TARGET_INFO) === 0) return undefined
  const [length, at] = [message.readUInt16LE(40), message.readUInt32LE(44)]
  const targetInfo = readPairs(message.subarray(at, at + length))
  if (targetInfo === undefined) return undefined
  return { message, serverChallenge: message.subarray(24, 32), flags, targetInfo }
}

function readPairs(bytes: Buffer): AvPair[] | undefined {
  const pairs: AvPair[] = []
  for (let at = 0; at + 4 <= bytes.length; ) {
    const [id, length] = [bytes.readUInt16LE(at), bytes.readUInt16LE(at + 2)]
    if (id === AV_END) return pairs
    const value = bytes.subarray(at + 4, at + 4 + length)
    if (value.length < length) return undefined
    pairs.push([id, value])
    at += 4 + length
  }
  return undefined
}

/** Returns the AUTHENTICATE_MESSAGE, which proves that the gateway knows the account's password. */
export function authenticate(
  account: NtlmAccount,
  challenge: Challenge,
  options: ProofOptions,
): Buffer {
  const key = passwordKey(account)
  const blob = clientBlob(challenge, options)
  const proof = hmac(key, challenge.serverChallenge, blob)
  const [message, micAt] = layOut(account, challenge.flags, Buffer.concat([proof, blob]))
  const mic = hmac(hmac(key, proof), NEGOTIATE, challenge.message, message)
  mic.copy(message, micAt)
  return message
}

/** Returns the NTOWFv2 key. */
function passwordKey({ user, domain, password }: NtlmAccount): Buffer {
  return hmac(md4(utf16(password.reveal())), utf16(inCapitals(user) + domain))
}

/** Converts each character to exactly one uppercase character, as Windows does. So `ß` stays. */
function inCapitals(text: string): string {
  const capital = (letter: string) => {
    const upper = letter.toUpperCase()
    return upper.length === letter.length ? upper : letter
  }
  return Array.from(text, capital).join('')
}

/** Returns the NTLMv2_CLIENT_CHALLENGE. */
function clientBlob({ targetInfo }: Challenge, options: ProofOptions): Buffer {
  const time = targetInfo.find(([id]) => id === AV_TIMESTAMP)?.[1] ?? fileTime(options.now)
  return Buffer.concat([
    Buffer.from([1, 1, 0, 0, 0, 0, 0, 0]),
    time,
    options.clientChallenge,
    Buffer.alloc(4),
    writePairs(provenInfo(targetInfo, options)),
    Buffer.alloc(4),
  ])
}

/** Returns the attribute-value pairs of the server, and those that the client adds. */
function provenInfo(targetInfo: readonly AvPair[], options: ProofOptions): AvPair[] {
  const { targetName, channelBinding } = options
  const own = [AV_FLAGS, AV_TARGET_NAME, AV_CHANNEL_BINDINGS]
  const flags = targetInfo.find(([id]) => id === AV_FLAGS)?.[1].readUInt32LE(0) ?? 0
  return [
    ...targetInfo.filter(([id]) => !own.includes(id)),
    [AV_FLAGS, uint32((flags | MIC_PRESENT) >>> 0)],
    ...(channelBinding ? [[AV_CHANNEL_BINDINGS, channelBinding] as const] : []),
    [AV_TARGET_NAME, utf16(targetName)],
  ]
}

function writePairs(pairs: readonly AvPair[]): Buffer {
  const written = pairs.map(([id, value]) => {
    const head = Buffer.alloc(4)
    head.writeUInt16LE(id, 0)
    head.writeUInt16LE(value.length, 2)
    return Buffer.concat([head, value])
  })
  return Buffer.concat([...written, Buffer.alloc(4)])
}

function layOut({ user, domain, workstation }: NtlmAccount, offered: number, response: Buffer) {
  const head = Buffer.alloc(88)
  SIGNATURE.copy(head)
  head.writeUInt32LE(3, 8)
  const fields = [
    [28, utf16(domain)],
    [36, utf16(user)],
    [44, utf16(workstation)],
    // LmChallengeResponse is zero, because the server's time and the MIC replace it.
    [12, Buffer.alloc(24)],
    [20, response],
    // EncryptedRandomSessionKey is empty.
    [52, Buffer.alloc(0)],
  ] as const
  let at = head.length
  for (const [field, value] of fields) {
    head.writeUInt16LE(value.length, field)
    head.writeUInt16LE(value.length, field + 2)
    head.writeUInt32LE(at, field + 4)
    at += value.length
  }
  head.writeUInt32LE((FLAGS | TARGET_INFO | VERSION | (offered & STRONG)) >>> 0, 60)
  WINDOWS_VERSION.copy(head, 64)
  return [Buffer.concat([head, ...fields.map(([, value]) => value)]), 72] as const
}

function hmac(key: Buffer, ...parts: readonly Buffer[]): Buffer {
  const hash = createHmac('md5', key)
  for (const part of parts) hash.update(part)
  return hash.digest()
}

function fileTime(ms: number): Buffer {
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64LE((BigInt(Math.trunc(ms)) + EPOCH_MS) * 10_000n)
  return bytes
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(value)
  return bytes
}

const utf16 = (text: string) => Buffer.from(text, 'utf16le')
