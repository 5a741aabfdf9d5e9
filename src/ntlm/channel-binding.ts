/**
 * Channel bindings of type tls-server-end-point. They bind authentication to the certificate of the TLS connection,
 * so that an attacker in the middle can't forward it. Exchange calls this Extended Protection.
 *
 * @see https://www.rfc-editor.org/rfc/rfc5929#section-4
 *
 * @module
 */

import { createHash } from 'node:crypto'

/** Hash of each signature algorithm, by the last bytes of its object identifier in DER. */
const HASHES: readonly (readonly [oid: string, hash: string])[] = [
  ['2a864886f70d01010c', 'sha384'],
  ['2a864886f70d01010d', 'sha512'],
  ['2a8648ce3d040303', 'sha384'],
  ['2a8648ce3d040304', 'sha512'],
  // Hash algorithms that are parameters of RSASSA-PSS.
  ['608648016503040202', 'sha384'],
  ['608648016503040203', 'sha512'],
]

/**
 * Returns the value of MsvAvChannelBindings: MD5 of a gss_channel_bindings_struct without addresses.
 *
 * @param certificate - certificate of the server, in DER
 */
export function channelBindingHash(certificate: Uint8Array): Buffer {
  const hash = createHash(hashOf(certificate)).update(certificate).digest()
  const data = Buffer.concat([Buffer.from('tls-server-end-point:'), hash])
  const lengths = Buffer.alloc(20)
  lengths.writeUInt32LE(data.length, 16)
  return createHash('md5').update(lengths).update(data).digest()
}

/** Returns the hash algorithm of the certificate's signature. Returns SHA-256 if that one is weaker or unknown. */
function hashOf(certificate: Uint8Array): string {
  const [, tbsStart] = elementAt(certificate, 0)
  const [, , tbsEnd] = elementAt(certificate, tbsStart)
  const [, start, end] = elementAt(certificate, tbsEnd)
  const algorithm = Buffer.from(certificate.subarray(start, end)).toString('hex')
  return HASHES.find(([oid]) => algorithm.includes(oid))?.[1] ?? 'sha256'
}

/**
 * Returns the tag, and the offsets at which its content begins and ends. Verified certificates are valid
 * DER.
 */
function elementAt(der: Uint8Array, at: number): [tag: number, start: number, end: number] {
  const [tag = 0, length = 0] = der.subarray(at, at + 2)
  if (length < 0x80) return [tag, at + 2, at + 2 + length]
  const start = at + 2 + (length & 0x7f)
  const bytes = der.subarray(at + 2, start)
  return [tag, start, start + bytes.reduce((sum, byte) => sum * 256 + byte, 0)]
}
