/**
 * A certificate that signs itself, for some names.
 */

import { execFileSync, spawnSync } from 'node:child_process'
import { join } from 'node:path'

export const withoutOpenssl: string | false =
  spawnSync('openssl', ['version']).status === 0 ? false : 'openssl is not installed'

/** Makes it in a folder. @returns the `tls` section of a configuration */
export function makeCertificate(folder: string, names: readonly string[]) {
  const [certificate, privateKey] = ['tls.crt', 'tls.key'].map(name => join(folder, name))
  const subject = ['-subj', '/CN=gateway', '-addext', `subjectAltName=${names.join()}`]
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']
  const files = ['-keyout', `${privateKey}`, '-out', `${certificate}`]
  execFileSync('openssl', ['req', '-x509', ...key, ...subject, ...files, '-days', '2'], {
    stdio: 'pipe',
  })
  return { certificate: { file: `${certificate}` }, privateKey: { file: `${privateKey}` } }
}
