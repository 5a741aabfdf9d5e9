/**
 * Messages of the gateway as an NTLM client: the negotiation, and the proof for the server's challenge. Supports only
 * NTLMv2 with a MIC. Requests are not signed or encrypted by NTLM, because TLS does that, so no session key and no
 * RC4 are needed.
 *
 * @see https://learn.microsoft.com/en-us/openspecs/windows_protocols/ms-nlmp/
 *
 * @module
 */

import type { Secret } from '../model/secret.ts'
import {
  AUTHENTICATE,
  AV,
  type AvPair,
  FLAG,
  fieldAt,
  fileTime,
  flags,
  hmacMd5,
  isMessage,
  MESSAGE,
  MIC_PRESENT,
  ntHashOf,
  readPairs,
  responseKeyOf,
  SIGNATURE,
  uint32,
  utf16,
  WINDOWS_VERSION,
  writeField,
  writePairs,
} from '../ntlm/message.ts'

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

const FLAGS = flags(
  FLAG.unicode,
  FLAG.requestTarget,
  FLAG.ntlm,
  FLAG.alwaysSign,
  FLAG.extendedSessionSecurity,
)
const ASKED = flags(FLAGS, FLAG.targetInfo, FLAG.version, FLAG.key128)

/** NEGOTIATE_MESSAGE, which is the same for all accounts. */
export const NEGOTIATE: Buffer = Buffer.concat([
  SIGNATURE,
  uint32(MESSAGE.negotiate),
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
  if (!isMessage(message, MESSAGE.challenge, 48)) return undefined
  const offered = message.readUInt32LE(20)
  if ((offered & FLAG.unicode) === 0 || (offered & FLAG.targetInfo) === 0) return undefined
  const info = fieldAt(message, 40)
  const targetInfo = info && readPairs(info)
  if (targetInfo === undefined) return undefined
  return { message, serverChallenge: message.subarray(24, 32), flags: offered, targetInfo }
}

/** Returns the AUTHENTICATE_MESSAGE, which proves that the gateway knows the account's password. */
export function authenticate(
  account: NtlmAccount,
  challenge: Challenge,
  options: ProofOptions,
): Buffer {
  const { user, domain, password } = account
  const key = responseKeyOf(ntHashOf(password.reveal()), user, domain)
  const blob = clientBlob(challenge, options)
  const proof = hmacMd5(key, challenge.serverChallenge, blob)
  const message = layOut(account, challenge.flags, Buffer.concat([proof, blob]))
  const mic = hmacMd5(hmacMd5(key, proof), NEGOTIATE, challenge.message, message)
  mic.copy(message, AUTHENTICATE.mic)
  return message
}

/** Returns the NTLMv2_CLIENT_CHALLENGE. */
function clientBlob({ targetInfo }: Challenge, options: ProofOptions): Buffer {
  const time = targetInfo.find(([id]) => id === AV.timestamp)?.[1] ?? fileTime(options.now)
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
  const own: readonly number[] = [AV.flags, AV.targetName, AV.channelBindings]
  const known = targetInfo.find(([id]) => id === AV.flags)?.[1].readUInt32LE(0) ?? 0
  return [
    ...targetInfo.filter(([id]) => !own.includes(id)),
    [AV.flags, uint32(flags(known, MIC_PRESENT))],
    ...(channelBinding ? [[AV.channelBindings, channelBinding] as const] : []),
    [AV.targetName, utf16(targetName)],
  ]
}

function layOut({ user, domain, workstation }: NtlmAccount, offered: number, response: Buffer) {
  const head = Buffer.alloc(AUTHENTICATE.payload)
  SIGNATURE.copy(head)
  head.writeUInt32LE(MESSAGE.authenticate, SIGNATURE.length)
  const fields = [
    [AUTHENTICATE.domain, utf16(domain)],
    [AUTHENTICATE.user, utf16(user)],
    [AUTHENTICATE.workstation, utf16(workstation)],
    // LmChallengeResponse is zero, because the server's time and the MIC replace it.
    [AUTHENTICATE.lmResponse, Buffer.alloc(24)],
    [AUTHENTICATE.ntResponse, response],
    [AUTHENTICATE.sessionKey, Buffer.alloc(0)],
  ] as const
  let at = head.length
  for (const [field, value] of fields) {
    writeField(head, field, value.length, at)
    at += value.length
  }
  const agreed = flags(FLAGS, FLAG.targetInfo, FLAG.version, offered & FLAG.key128)
  head.writeUInt32LE(agreed, AUTHENTICATE.flags)
  WINDOWS_VERSION.copy(head, AUTHENTICATE.version)
  return Buffer.concat([head, ...fields.map(([, value]) => value)])
}
