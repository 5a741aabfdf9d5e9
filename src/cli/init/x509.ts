/**
 * Encodes and signs X.509 certificates (RFC 5280) in DER, without OpenSSL or a package. Keys are on the curve P-256.
 *
 * @module
 */

import { type KeyObject, randomBytes, sign } from 'node:crypto'

/** Contents of a certificate. Its names consist of a common name in ASCII. */
export type CertificateContents = Readonly<{
  subject: string
  issuer: string
  from: Date
  until: Date
  publicKey: KeyObject
  extensions: readonly Uint8Array[]
}>

/** A hash, and the object ID of ECDSA with it. */
export type SignatureAlgorithm = Readonly<{ hash: string; id: string }>

export const ECDSA_WITH_SHA256: SignatureAlgorithm = { hash: 'sha256', id: '2a8648ce3d040302' }

/** Signs a certificate with the key of its issuer, and returns it in PEM. */
export function signCertificate(
  { subject, issuer, from, until, publicKey, extensions }: CertificateContents,
  issuerKey: KeyObject,
  { hash, id }: SignatureAlgorithm,
): string {
  const algorithm = sequence(oid(id))
  const body = sequence(
    der(0xa0, VERSION_3),
    // Serial number. The first byte keeps the number positive and its encoding minimal.
    der(0x02, Uint8Array.of(0x40), randomBytes(15)),
    algorithm,
    commonName(issuer),
    sequence(time(from), time(until)),
    commonName(subject),
    publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, sequence(...extensions)),
  )
  const signature = der(0x03, Uint8Array.of(0), sign(hash, body, issuerKey))
  const base64 = sequence(body, algorithm, signature).toString('base64')
  const lines = base64.match(/.{1,64}/g) ?? []
  return ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n')
}

/** Encodes a value in DER, which requires the shortest form of its length. */
export function der(tag: number, ...content: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(content)
  return Buffer.concat([Uint8Array.of(tag, ...sizeOf(body)), body])
}

function sizeOf({ length }: Uint8Array): number[] {
  if (length < 0x80) return [length]
  return length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff]
}

export const sequence = (...content: readonly Uint8Array[]): Buffer => der(0x30, ...content)

const oid = (hex: string) => der(0x06, Buffer.from(hex, 'hex'))
const ascii = (tag: number, value: string) => der(tag, Buffer.from(value, 'ascii'))
const commonName = (name: string) => sequence(der(0x31, sequence(oid('550403'), ascii(0x0c, name))))

const VERSION_3 = der(0x02, Uint8Array.of(2))
/** A boolean. DER leaves out one that is false by default. */
export const TRUE: Buffer = der(0x01, Uint8Array.of(0xff))

/** `UTCTime`, which RFC 5280 requires until 2049. */
const time = (at: Date) => ascii(0x17, `${at.toISOString().replaceAll(/[-:T]/g, '').slice(2, 14)}Z`)

/** Encodes an extension that clients can ignore. */
export const extension = (id: string, value: Uint8Array): Buffer =>
  sequence(oid(id), der(0x04, value))

/** Encodes an extension that clients must understand. */
export const criticalExtension = (id: string, value: Uint8Array): Buffer =>
  sequence(oid(id), TRUE, der(0x04, value))

/** Extensions of a certificate whose key signs handshakes, and cannot sign certificates. */
export const END_ENTITY: readonly Buffer[] = [
  criticalExtension('551d13', sequence()),
  // One byte, of which the last seven bits are unused: digitalSignature.
  criticalExtension('551d0f', der(0x03, Uint8Array.of(7, 0x80))),
]

/** Allows the key to identify a server with TLS. */
export const SERVER_AUTHENTICATION: Buffer = extension('551d25', sequence(oid('2b06010505070301')))

/** Encodes the names of a server. @param addresses - IP addresses of 4 or 16 bytes */
export const subjectAlternativeName = (
  dnsNames: readonly string[],
  addresses: readonly Uint8Array[],
): Buffer =>
  extension(
    '551d11',
    sequence(
      ...dnsNames.map(name => ascii(0x82, name)),
      ...addresses.map(address => der(0x87, address)),
    ),
  )
