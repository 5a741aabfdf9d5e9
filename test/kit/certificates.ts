/**
 * Certificates for tests: an authority, and those that it has signed. They have what strict clients require, such as
 * Python 3.13, GnuTLS, and Java.
 *
 * @module
 */

import { createHash, generateKeyPairSync, type KeyPairKeyObjectResult } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { isIPv4 } from 'node:net'
import { join } from 'node:path'
import {
  criticalExtension,
  der,
  ECDSA_WITH_SHA256,
  END_ENTITY,
  extension,
  sequence,
  signCertificate,
  subjectAlternativeName,
  TRUE,
} from '../../src/cli/init/x509.ts'

export type CertificateRequest = Readonly<{
  /** Name of the files and of the subject. */
  name: string
  /** `IP:127.0.0.1`, `DNS:mail.example.com`, or several of them, separated by commas. */
  alternative: string
  /** Whether it has ended long ago. */
  expired?: boolean
  /** Hash of the signature. SHA-256 by default. */
  hash?: 'sha384' | 'sha512'
}>

const DAY_MS = 86_400_000
const LONG_AGO = { from: new Date('2020-01-01'), until: new Date('2020-02-01') }

const ALGORITHMS = {
  sha256: ECDSA_WITH_SHA256,
  sha384: { hash: 'sha384', id: '2a8648ce3d040303' },
  sha512: { hash: 'sha512', id: '2a8648ce3d040304' },
} as const

const AUTHORITY = 'test CA'
const AUTHORITY_EXTENSIONS = [
  criticalExtension('551d13', sequence(TRUE)),
  // One byte, of which the last bit is unused: keyCertSign and cRLSign.
  criticalExtension('551d0f', der(0x03, Uint8Array.of(1, 0x06))),
]

/** Makes `ca.crt`, and `<name>.crt` and `<name>.key` of each, in PEM. Returns a reader of these files. */
export function makeCertificates(folder: string, wanted: readonly CertificateRequest[]) {
  // Samba accepts no key that others can read.
  const write = (file: string, text: string) =>
    writeFileSync(join(folder, file), text, { mode: file.endsWith('.key') ? 0o600 : 0o644 })
  const now = new Date()
  const valid = { from: now, until: new Date(now.getTime() + 2 * DAY_MS) }
  const authority = newKey()
  const root = {
    ...{ subject: AUTHORITY, issuer: AUTHORITY, ...valid, publicKey: authority.publicKey },
    extensions: [...AUTHORITY_EXTENSIONS, subjectKeyId(authority)],
  }
  write('ca.crt', signCertificate(root, authority.privateKey, ECDSA_WITH_SHA256))
  for (const { name, alternative, expired = false, hash = 'sha256' } of wanted) {
    const key = newKey()
    const contents = {
      ...{ subject: name, issuer: AUTHORITY, ...(expired ? LONG_AGO : valid) },
      publicKey: key.publicKey,
      extensions: [
        ...END_ENTITY,
        namesOf(alternative),
        subjectKeyId(key),
        extension('551d23', sequence(der(0x80, idOf(authority)))),
      ],
    }
    write(`${name}.crt`, signCertificate(contents, authority.privateKey, ALGORITHMS[hash]))
    write(`${name}.key`, key.privateKey.export({ type: 'pkcs8', format: 'pem' }) as string)
  }
  return (file: string) => readFileSync(join(folder, file), 'utf8')
}

/** Returns the `tls` section of a configuration for a certificate of {@link makeCertificates}. */
export const tlsConfigOf = (folder: string, name: string) => ({
  certificate: { file: join(folder, `${name}.crt`) },
  privateKey: { file: join(folder, `${name}.key`) },
})

const newKey = () => generateKeyPairSync('ec', { namedCurve: 'prime256v1' })

/** Returns the hash of a public key, which identifies the key. */
const idOf = ({ publicKey }: KeyPairKeyObjectResult) =>
  createHash('sha256')
    .update(publicKey.export({ type: 'spki', format: 'der' }))
    .digest()

const subjectKeyId = (key: KeyPairKeyObjectResult) => extension('551d0e', der(0x04, idOf(key)))

function namesOf(alternative: string): Uint8Array {
  const names = alternative.split(',')
  const ofKind = (kind: string) =>
    names.filter(name => name.startsWith(kind)).map(name => name.slice(kind.length))
  const addresses = ofKind('IP:').filter(isIPv4)
  const dnsNames = ofKind('DNS:')
  if (addresses.length + dnsNames.length < names.length)
    throw new TypeError(`Unknown kind of name in ${alternative}`)
  return subjectAlternativeName(
    dnsNames,
    addresses.map(address => Uint8Array.from(address.split('.').map(Number))),
  )
}
