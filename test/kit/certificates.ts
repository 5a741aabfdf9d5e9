/**
 * Certificates for tests, made by openssl: an authority, and what it has signed.
 *
 * @module
 */

import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const EC = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']

export type CertificateRequest = Readonly<{
  /** Name of the files and of the subject. */
  name: string
  /** `IP:127.0.0.1`, `DNS:mail.example.com`. */
  alternative: string
  /** Whether it has ended long ago. */
  expired?: boolean
  /** Hash of the signature. SHA-256 by default. */
  hash?: 'sha384' | 'sha512'
}>

/** Makes `ca.crt`, and `<name>.crt` and `<name>.key` of each, in PEM. */
export function makeCertificates(folder: string, wanted: readonly CertificateRequest[]) {
  const openssl = (...args: string[]) =>
    execFileSync('openssl', args, { cwd: folder, stdio: 'pipe' })
  const ca = ['-x509', '-days', '2', '-keyout', 'ca.key', '-out', 'ca.crt', '-subj', '/CN=test CA']
  openssl('req', ...EC, ...ca)
  for (const { name, alternative, expired, hash = 'sha256' } of wanted) {
    writeFileSync(join(folder, `${name}.ext`), `subjectAltName=${alternative}\n`)
    openssl('req', ...EC, '-keyout', `${name}.key`, '-out', `${name}.csr`, '-subj', `/CN=${name}`)
    const signer = ['-CA', 'ca.crt', '-CAkey', 'ca.key', '-CAcreateserial', `-${hash}`]
    const files = ['-in', `${name}.csr`, '-out', `${name}.crt`, '-extfile', `${name}.ext`]
    const life = expired
      ? ['-not_before', '20200101000000Z', '-not_after', '20200201000000Z']
      : ['-days', '2']
    openssl('x509', '-req', ...files, ...signer, ...life)
  }
  return (file: string) => readFileSync(join(folder, file), 'utf8')
}

export const hasOpenssl = (() => {
  try {
    return execFileSync('openssl', ['version']).length > 0
  } catch {
    return false
  }
})()
