/**
 * `ews-gateway check-config`: prints the effective configuration.
 *
 * @module
 */

import { invalidCertificates } from '../config/certificates.ts'
import { printConfig } from '../config/print.ts'
import type { Config } from '../config/schema.ts'
import { proxiedSchemes } from '../config/sign-in.ts'
import type { Output } from './users.ts'

/**
 * Prints the configuration as YAML, without secrets. Warns of certificates that are expired or not yet valid, because
 * `serve` starts with them too, and of schemes that clients can't use.
 */
export function checkConfig(config: Config, { print, warn }: Output): void {
  const now = Date.now()
  print(printConfig(config, now))
  for (const line of [...invalidCertificates(config, now), ...proxiedSchemes(config)]) warn(line)
}
