/**
 * Makes a self-signed certificate for a first try. The certificate is not one of an authority, so its key cannot sign
 * other certificates, even for clients that trust it.
 *
 * @module
 */

import { generateKeyPairSync } from 'node:crypto'
import {
  ECDSA_WITH_SHA256,
  END_ENTITY,
  SERVER_AUTHENTICATION,
  signCertificate,
  subjectAlternativeName,
} from './x509.ts'

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

/** Subject and issuer of the certificate. */
const NAME = 'ews-gateway'

/** Makes a key on the curve P-256 and its certificate, both in PEM. */
export function makeSelfSigned({ dnsNames, addresses, from, until }: Wanted): SelfSigned {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' })
  const names = subjectAlternativeName(dnsNames, addresses)
  const extensions = [...END_ENTITY, SERVER_AUTHENTICATION, names]
  const contents = { subject: NAME, issuer: NAME, from, until, publicKey, extensions }
  return {
    certificate: signCertificate(contents, privateKey, ECDSA_WITH_SHA256),
    privateKey: privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
  }
}
