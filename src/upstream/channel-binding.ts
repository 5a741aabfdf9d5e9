/**
 * Channel bindings of type tls-server-end-point: they tie what is said on a TLS connection to the
 * certificate that its server has shown, so that nobody in between can pass it on. Exchange calls
 * it Extended Protection.
 *
 * @see https://www.rfc-editor.org/rfc/rfc5929#section-4
 * @module
 */

import { createHash } from 'node:crypto'

/** The hash of a signature algorithm, by the last bytes of its object identifiers in DER. */
const HASHES: readonly (readonly [oid: string, hash: string])[] = [
  ['2a864886f70d01010c', 'sha384'],
  ['2a864886f70d01010d', 'sha512'],
  ['2a8648ce3d040303', 'sha384'],
  ['2a8648ce3d040304', 'sha512'],
  // What RSASSA-PSS names among its parameters.
  ['608648016503040202', 'sha384'],
  ['608648016503040203', 'sha512'],
]

/**
 * What MsvAvChannelBindings holds: MD5 over a gss_channel_bindings_struct without addresses.
 *
 * @param certificate - the server's, in DER
 */
export function channelBindingHash(certificate: Uint8Array): Buffer {
  const hash = createHash(hashOf(certificate)).update(certificate).digest()
  const data = Buffer.concat([Buffer.from('tls-server-end-point:'), hash])
  const lengths = Buffer.alloc(20)
  lengths.writeUInt32LE(data.length, 16)
  return createHash('md5').update(lengths).update(data).digest()
}

/** The hash of the certificate's own signature; SHA-256 for weaker ones and those without. */
function hashOf(certificate: Uint8Array): string {
  const [, tbsStart] = elementAt(certificate, 0)
  const [, , tbsEnd] = elementAt(certificate, tbsStart)
  const [, start, end] = elementAt(certificate, tbsEnd)
  const algorithm = Buffer.from(certificate.subarray(start, end)).toString('hex')
  return HASHES.find(([oid]) => algorithm.includes(oid))?.[1] ?? 'sha256'
}

/** Tag, and where its content begins and ends. Certificates that verified are sound DER. */
function elementAt(der: Uint8Array, at: number): [tag: number, start: number, end: number] {
  const [tag = 0, length = 0] = der.subarray(at, at + 2)
  if (length < 0x80) return [tag, at + 2, at + 2 + length]
  const start = at + 2 + (length & 0x7f)
  const bytes = der.subarray(at + 2, start)
  return [tag, start, start + bytes.reduce((sum, byte) => sum * 256 + byte, 0)]
}
