/**
 * An NTLM client whose proofs can differ from a correct one in any part.
 *
 * @module
 */

import { createHash, randomBytes } from 'node:crypto'
import {
  AUTHENTICATE,
  AV,
  type AvPair,
  FLAG,
  fieldAt,
  fileTime,
  flags,
  hmacMd5,
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
} from '../../src/ntlm/message.ts'
import { rc4 } from '../../src/ntlm/rc4.ts'

/** All that a client of Windows asks for. */
export const WINDOWS_FLAGS = 0xe2088237

/** All that curl asks for: OEM text, and no key exchange. */
export const CURL_FLAGS = 0x88206

/** A NEGOTIATE_MESSAGE. */
export const negotiateOf = (asked = WINDOWS_FLAGS): Buffer =>
  Buffer.concat([
    SIGNATURE,
    uint32(MESSAGE.negotiate),
    uint32(asked),
    Buffer.alloc(16),
    WINDOWS_VERSION,
  ])

/** Parts of a proof. The default is a proof without MIC and binding, as curl sends it. */
export type ProofParts = Readonly<{
  user: string
  password: string
  negotiate?: Buffer
  domain?: string
  workstation?: string
  mic?: 'absent' | 'ok' | 'wrong'
  binding?: Buffer
  targetName?: string
  /** Flags of the message; by default those of the challenge. */
  flags?: number
  /** Changes the response to the challenge. */
  response?: (response: Buffer) => Buffer
  /** Changes the pairs that the client proves. */
  pairs?: (pairs: readonly AvPair[]) => readonly AvPair[]
}>

/** Returns the AUTHENTICATE_MESSAGE for a challenge. */
export function proofOf(challenge: Buffer, parts: ProofParts): Buffer {
  const { user, password, domain = '', workstation = 'DESK-1', mic = 'absent' } = parts
  const { negotiate = negotiateOf(), response: change = it => it } = parts
  const agreed = parts.flags ?? challenge.readUInt32LE(20)
  const key = responseKeyOf(ntHashOf(password), user, domain)
  const blob = Buffer.concat([
    Buffer.from([1, 1, 0, 0, 0, 0, 0, 0]),
    fileTime(Date.now()),
    randomBytes(8),
    Buffer.alloc(4),
    writePairs(pairsOf(challenge, parts)),
    Buffer.alloc(4),
  ])
  const proof = hmacMd5(key, challenge.subarray(24, 32), blob)
  const baseKey = hmacMd5(key, proof)
  const exchanges = (agreed & FLAG.keyExchange) !== 0
  const exported = exchanges ? randomBytes(16) : baseKey
  const text = (value: string) =>
    (agreed & FLAG.unicode) === 0 ? Buffer.from(value, 'latin1') : utf16(value)

  const head = Buffer.alloc(AUTHENTICATE.payload)
  SIGNATURE.copy(head)
  head.writeUInt32LE(MESSAGE.authenticate, SIGNATURE.length)
  const fields = [
    [AUTHENTICATE.lmResponse, Buffer.alloc(24)],
    [AUTHENTICATE.ntResponse, change(Buffer.concat([proof, blob]))],
    [AUTHENTICATE.domain, text(domain)],
    [AUTHENTICATE.user, text(user)],
    [AUTHENTICATE.workstation, text(workstation)],
    [AUTHENTICATE.sessionKey, exchanges ? rc4(baseKey, exported) : Buffer.alloc(0)],
  ] as const
  let at = head.length
  for (const [field, value] of fields) {
    writeField(head, field, value.length, at)
    at += value.length
  }
  head.writeUInt32LE(flags(agreed), AUTHENTICATE.flags)
  const message = Buffer.concat([head, ...fields.map(([, value]) => value)])
  if (mic !== 'absent')
    hmacMd5(exported, negotiate, challenge, message).copy(message, AUTHENTICATE.mic)
  if (mic === 'wrong') message[AUTHENTICATE.mic] = (message[AUTHENTICATE.mic] ?? 0) ^ 1
  return message
}

function pairsOf(challenge: Buffer, parts: ProofParts): readonly AvPair[] {
  const { mic = 'absent', binding, targetName, pairs: change = it => it } = parts
  const offered = readPairs(fieldAt(challenge, 40) ?? Buffer.alloc(4)) ?? []
  return change([
    ...offered,
    ...(mic === 'absent' ? [] : [[AV.flags, uint32(MIC_PRESENT)] as const]),
    ...(binding ? [[AV.channelBindings, binding] as const] : []),
    ...(targetName === undefined ? [] : [[AV.targetName, utf16(targetName)] as const]),
  ])
}

/** A binding for another certificate. */
export const OTHER_BINDING = createHash('md5').update('another').digest()

export const ntlm = (message: Buffer) => `NTLM ${message.toString('base64')}`
