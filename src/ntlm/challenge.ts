/**
 * The server's side of a negotiation: reads a NEGOTIATE_MESSAGE, and writes the CHALLENGE_MESSAGE for it.
 *
 * @module
 */

import {
  AV,
  FLAG,
  fileTime,
  flags,
  isMessage,
  MESSAGE,
  SIGNATURE,
  utf16,
  WINDOWS_VERSION,
  writeField,
  writePairs,
} from './message.ts'

/** Name of the server's domain and machine. NetBIOS limits it to 15 characters. */
export const SERVER_NAME = 'EWS-GATEWAY'

/** Length of a message without the names of the client's domain and machine. */
const NEGOTIATE_BYTES = 16

/** Flags that are granted if the client asks for them. .NET requires most of them, key exchange included. */
const GRANTED = flags(
  FLAG.requestTarget,
  FLAG.sign,
  FLAG.seal,
  FLAG.alwaysSign,
  FLAG.extendedSessionSecurity,
  FLAG.key128,
  FLAG.key56,
  FLAG.keyExchange,
)
const ALWAYS = flags(FLAG.ntlm, FLAG.targetIsDomain, FLAG.targetInfo, FLAG.version)

const PAYLOAD = 56

/** Returns the flags of a NEGOTIATE_MESSAGE; undefined if the bytes are another message. */
export const readNegotiate = (message: Buffer): number | undefined =>
  isMessage(message, MESSAGE.negotiate, NEGOTIATE_BYTES) ? message.readUInt32LE(12) : undefined

/**
 * Returns the CHALLENGE_MESSAGE.
 *
 * @param asked - flags of the client
 * @param serverChallenge - 8 random bytes, which must not be used for another exchange
 * @param now - milliseconds since 1970
 */
export function writeChallenge(asked: number, serverChallenge: Buffer, now: number): Buffer {
  const text = (asked & FLAG.unicode) === 0 ? FLAG.oem : FLAG.unicode
  const target = text === FLAG.unicode ? utf16(SERVER_NAME) : Buffer.from(SERVER_NAME, 'latin1')
  const name = utf16(SERVER_NAME)
  const info = writePairs([
    [AV.netbiosDomain, name],
    [AV.netbiosComputer, name],
    [AV.dnsDomain, name],
    [AV.dnsComputer, name],
    [AV.timestamp, fileTime(now)],
  ])
  const head = Buffer.alloc(PAYLOAD)
  SIGNATURE.copy(head)
  head.writeUInt32LE(MESSAGE.challenge, SIGNATURE.length)
  writeField(head, 12, target.length, PAYLOAD)
  head.writeUInt32LE(flags(asked & GRANTED, ALWAYS, text), 20)
  serverChallenge.copy(head, 24)
  writeField(head, 40, info.length, PAYLOAD + target.length)
  WINDOWS_VERSION.copy(head, 48)
  return Buffer.concat([head, target, info])
}
