/**
 * The server's side of a proof: reads an AUTHENTICATE_MESSAGE, and verifies it. Accepts only NTLMv2.
 *
 * @module
 */

import { timingSafeEqual } from 'node:crypto'
import type { Protection } from '../model/sign-in.ts'
import {
  AUTHENTICATE,
  AV,
  FLAG,
  fieldAt,
  hmacMd5,
  isMessage,
  MESSAGE,
  MIC_PRESENT,
  readPairs,
  responseKeyOf,
} from './message.ts'
import { rc4 } from './rc4.ts'

/** Content of an AUTHENTICATE_MESSAGE with a response of NTLMv2. */
export type Proof = Readonly<{
  /** The whole message, as received. */
  message: Buffer
  user: string
  domain: string
  /** Name of the client's machine, as the client claims it. */
  workstation: string
  /** NTProofStr, 16 bytes. */
  response: Buffer
  /** Bytes that the response covers, in addition to the server's challenge. */
  blob: Buffer
  /** Session key, encrypted by the client; undefined without key exchange. */
  sessionKey: Buffer | undefined
  hasMic: boolean
  /** Hash of the channel binding; undefined if it is absent or zero. */
  channelBinding: Buffer | undefined
  /** Service that the client wants to sign in at, such as `HTTP/mail.example.com`, or empty. */
  targetName: string
}>

/** The messages before a proof, and the challenge in the second one. */
export type Negotiation = Readonly<{
  negotiate: Buffer
  challenge: Buffer
  serverChallenge: Buffer
}>

/** Length of the response of NTLMv1. That of NTLMv2 is longer. */
const RESPONSE_V1_BYTES = 24
const PROOF_BYTES = 16
const KEY_BYTES = 16
/** Offset of the pairs in the blob. */
const PAIRS = 28

/** Reads a message. Returns undefined if it is malformed or anonymous, or if its response is not one of NTLMv2. */
export function readProof(message: Buffer): Proof | undefined {
  if (!isMessage(message, MESSAGE.authenticate, AUTHENTICATE.flags + 4)) return undefined
  const [nt, user, domain, workstation, key] = [
    fieldAt(message, AUTHENTICATE.ntResponse),
    fieldAt(message, AUTHENTICATE.user),
    fieldAt(message, AUTHENTICATE.domain),
    fieldAt(message, AUTHENTICATE.workstation),
    fieldAt(message, AUTHENTICATE.sessionKey),
  ]
  if (!nt || !user || !domain || !workstation || !key) return undefined
  if (user.length === 0 || nt.length <= RESPONSE_V1_BYTES) return undefined
  const blob = nt.subarray(PROOF_BYTES)
  if (blob[0] !== 1 || blob[1] !== 1) return undefined
  const pairs = readPairs(blob.subarray(PAIRS))
  const values = new Map(pairs)
  if (pairs === undefined || values.size !== pairs.length) return undefined

  const negotiated = message.readUInt32LE(AUTHENTICATE.flags)
  const exchangesKey = (negotiated & FLAG.keyExchange) !== 0
  if (exchangesKey && key.length !== KEY_BYTES) return undefined
  const hasMic = ((values.get(AV.flags)?.[0] ?? 0) & MIC_PRESENT) !== 0
  if (hasMic && message.length < AUTHENTICATE.payload) return undefined

  const encoding = (negotiated & FLAG.unicode) === 0 ? 'latin1' : 'utf16le'
  const binding = values.get(AV.channelBindings)
  return {
    message,
    user: user.toString(encoding),
    domain: domain.toString(encoding),
    workstation: workstation.toString(encoding),
    response: nt.subarray(0, PROOF_BYTES),
    blob,
    sessionKey: exchangesKey ? key : undefined,
    hasMic,
    channelBinding: binding?.some(byte => byte !== 0) ? binding : undefined,
    targetName: values.get(AV.targetName)?.toString('utf16le') ?? '',
  }
}

/**
 * Returns whether a proof was made with a password, and whether its MIC is right. Takes the same time for every
 * password.
 */
export function verifyProof(
  proof: Proof,
  { negotiate, challenge, serverChallenge }: Negotiation,
  ntHash: Buffer,
): Readonly<{ isProven: boolean; mic: Protection }> {
  const { message, user, domain, response, blob, sessionKey, hasMic } = proof
  const key = responseKeyOf(ntHash, user, domain)
  const isProven = timingSafeEqual(response, hmacMd5(key, serverChallenge, blob))
  if (!hasMic) return { isProven, mic: 'absent' }
  const baseKey = hmacMd5(key, response)
  const exportedKey = sessionKey ? rc4(baseKey, sessionKey) : baseKey
  const unsigned = Buffer.from(message).fill(0, AUTHENTICATE.mic, AUTHENTICATE.payload)
  const mic = hmacMd5(exportedKey, negotiate, challenge, unsigned)
  const isRight = timingSafeEqual(mic, message.subarray(AUTHENTICATE.mic, AUTHENTICATE.payload))
  return { isProven, mic: isRight ? 'ok' : 'wrong' }
}

/** Compares the channel binding of a proof. @param expected - undefined without TLS */
export function verifyBinding({ channelBinding }: Proof, expected: Buffer | undefined): Protection {
  if (channelBinding === undefined) return 'absent'
  return expected?.equals(channelBinding) ? 'ok' : 'wrong'
}
