/**
 * Makes a self-signed certificate for a first try, without OpenSSL or a package. The certificate is not one of an
 * authority, so its key cannot sign other certificates, even for clients that trust it.
 *
 * @module
 */

import { generateKeyPairSync, randomBytes, sign } from 'node:crypto'

/** A certificate and its private key in PEM. */
export type SelfSigned = Readonly<{ certificate: string; privateKey: string }>

type Wanted = Readonly<{
  dnsNames: readonly string[]
  /** IP addresses of 4 or 16 bytes. */
  addresses: readonly Uint8Array[]
  from: Date
  until: Date
}>

/** The addresses 127.0.0.1 and ::1 as bytes. */
export const LOOPBACK: readonly Uint8Array[] = [
  Uint8Array.of(127, 0, 0, 1),
  Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1),
]

/** Makes a key on the curve P-256 and its certificate, both in PEM. */
export function makeSelfSigned(wanted: Wanted): SelfSigned {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' })
  const body = sequence(
    der(0xa0, VERSION_3),
    // Serial number. The first byte keeps the number positive and its encoding minimal.
    der(0x02, Uint8Array.of(0x40), randomBytes(15)),
    ECDSA_WITH_SHA256,
    NAME,
    sequence(time(wanted.from), time(wanted.until)),
    NAME,
    publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, sequence(...extensionsOf(wanted))),
  )
  const signature = der(0x03, Uint8Array.of(0), sign('sha256', body, privateKey))
  const base64 = sequence(body, ECDSA_WITH_SHA256, signature).toString('base64')
  const lines = base64.match(/.{1,64}/g) ?? []
  return {
    certificate: ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join(
      '\n',
    ),
    privateKey: privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
  }
}

function der(tag: number, ...content: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(content)
  const { length } = body
  const size = length < 0x80 ? [length] : [0x82, length >> 8, length & 0xff]
  return Buffer.concat([Uint8Array.of(tag, ...size), body])
}

const sequence = (...content: readonly Uint8Array[]) => der(0x30, ...content)
const oid = (hex: string) => der(0x06, Buffer.from(hex, 'hex'))
const ascii = (tag: number, value: string) => der(tag, Buffer.from(value, 'ascii'))

const VERSION_3 = der(0x02, Uint8Array.of(2))
const ECDSA_WITH_SHA256 = sequence(oid('2a8648ce3d040302'))
/** Subject and issuer of the certificate: CN=ews-gateway. */
const NAME = sequence(der(0x31, sequence(oid('550403'), ascii(0x0c, 'ews-gateway'))))

/** `UTCTime`, which RFC 5280 requires until 2049. */
const time = (at: Date) => ascii(0x17, `${at.toISOString().replaceAll(/[-:T]/g, '').slice(2, 14)}Z`)

function extensionsOf({ dnsNames, addresses }: Wanted): Buffer[] {
  const names = [
    ...dnsNames.map(name => ascii(0x82, name)),
    ...addresses.map(address => der(0x87, address)),
  ]
  return [
    extension('551d13', sequence()),
    extension('551d0f', der(0x03, DIGITAL_SIGNATURE)),
    sequence(oid('551d25'), der(0x04, sequence(oid('2b06010505070301')))),
    sequence(oid('551d11'), der(0x04, sequence(...names))),
  ]
}

/** Value of the key usage extension: one byte, of which the last seven bits are unused. */
const DIGITAL_SIGNATURE = Uint8Array.of(7, 0x80)

/** Encodes a critical extension. */
const extension = (id: string, value: Buffer) =>
  sequence(oid(id), der(0x01, Uint8Array.of(0xff)), der(0x04, value))
