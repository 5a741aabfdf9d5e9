/**
 * Certificates of a configuration: reads them, and describes them for administrators.
 *
 * @module
 */

import { createPrivateKey, X509Certificate } from 'node:crypto'
import { Secret } from '../model/secret.ts'
import { type KeyPath, writePath } from './keys.ts'

const DAY_MS = 86_400_000
const BLOCK = /-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g

/** Returns the certificates of a text in PEM, in its order. @throws Error if one is malformed */
export const certificatesIn = (pem: string): X509Certificate[] =>
  (pem.match(BLOCK) ?? []).map(block => new X509Certificate(block))

/** Returns whether a text has at least one certificate in PEM, and none that is malformed. */
export function isCertificate(pem: string): boolean {
  try {
    return certificatesIn(pem).length > 0
  } catch {
    return false
  }
}

/** Returns whether a text is a private key in PEM that needs no passphrase. */
export function isPrivateKey(pem: string): boolean {
  try {
    return createPrivateKey(pem).type === 'private'
  } catch {
    return false
  }
}

/** Returns whether a private key belongs to the first certificate, which is the one that TLS presents. */
export function isKeyOfCertificate(certificate: string, privateKey: Secret): boolean {
  return (
    certificatesIn(certificate)[0]?.checkPrivateKey(createPrivateKey(privateKey.reveal())) ?? false
  )
}

/** Facts about a certificate that help an administrator to verify it. */
export type DescribedCertificate = Readonly<{ names: string; expires: string; issuer: string }>

/** Describes a certificate. @param now - milliseconds since the epoch */
export const describeCertificate = (
  certificate: X509Certificate,
  now: number,
): DescribedCertificate => ({
  names: namesOf(certificate),
  expires: `${dayOf(certificate)}, ${untilEnd(certificate, now)}`,
  issuer: isSelfSigned(certificate) ? 'self-signed' : oneLine(certificate.issuer),
})

/** Returns the alternative names, or the subject of a certificate without them, such as that of an authority. */
const namesOf = ({ subjectAltName, subject }: X509Certificate) =>
  oneLine(subjectAltName ?? subject ?? 'none')

/**
 * Returns the certificate of a chain that clients must trust, in PEM: the self-signed one. Undefined if the chain has none,
 * because the certificate is from an authority that clients know, or that is not in the chain.
 */
export const authorityIn = (chain: string): string | undefined =>
  certificatesIn(chain).findLast(isSelfSigned)?.toString()

const isSelfSigned = (certificate: X509Certificate) =>
  certificate.subject === certificate.issuer && certificate.verify(certificate.publicKey)

const oneLine = (text: string) => text.replaceAll('\n', ', ')
const dayOf = ({ validToDate }: X509Certificate) => validToDate.toISOString().slice(0, 10)

function untilEnd({ validToDate, validFromDate }: X509Certificate, now: number): string {
  if (validFromDate.getTime() > now) return `not valid before ${validFromDate.toISOString()}`
  const days = (validToDate.getTime() - now) / DAY_MS
  return days > 0 ? `in ${Math.floor(days)} days` : `expired ${Math.floor(-days)} days ago`
}

/** Replaces each text in PEM of a tree by descriptions of its certificates. */
export function describeCertificates(tree: unknown, now: number): unknown {
  if (typeof tree === 'string')
    return isCertificate(tree)
      ? certificatesIn(tree).map(certificate => describeCertificate(certificate, now))
      : tree
  if (Array.isArray(tree)) return tree.map(value => describeCertificates(value, now))
  if (!isTree(tree)) return tree
  const entries = Object.entries(tree).map(([key, value]) => [
    key,
    describeCertificates(value, now),
  ])
  return Object.fromEntries(entries)
}

const isTree = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !(value instanceof Secret)

/** Returns a sentence for each certificate of a configuration that has expired or is not valid yet. */
export function invalidCertificates(tree: unknown, now: number, path: KeyPath = []): string[] {
  if (typeof tree === 'string')
    return (isCertificate(tree) ? certificatesIn(tree) : [])
      .filter(({ validFromDate, validToDate }) => +validFromDate > now || +validToDate <= now)
      .map(certificate => {
        const { names, expires } = describeCertificate(certificate, now)
        return `${writePath(path)}: the certificate of ${names} is not valid (${expires}). Replace it`
      })
  if (!isTree(tree)) return []
  const keys = Array.isArray(tree) ? tree.entries() : Object.entries(tree)
  return [...keys].flatMap(([key, value]) => invalidCertificates(value, now, [...path, key]))
}
