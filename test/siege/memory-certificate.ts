/**
 * A certificate for the listeners of a gateway under siege.
 *
 * @module
 */

import { execFileSync } from 'node:child_process'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ConfigInput } from '../../src/config/schema.ts'

/** Makes a certificate, or returns undefined if there is no openssl. */
export function makeCertificate(): ConfigInput['tls'] | undefined {
  const folder = mkdtempSync(join(tmpdir(), 'ews-gateway-siege-tls-'))
  const [certificate, privateKey] = [join(folder, 'tls.crt'), join(folder, 'tls.key')]
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']
  const files = ['-keyout', privateKey, '-out', certificate]
  try {
    execFileSync(
      'openssl',
      ['req', '-x509', '-days', '2', '-subj', '/CN=gateway', ...key, ...files],
      {
        stdio: 'pipe',
      },
    )
    return { certificate: { file: certificate }, privateKey: { file: privateKey } }
  } catch {
    return undefined
  }
}
