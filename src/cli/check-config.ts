/**
 * `ews-gateway check-config`: prints the effective configuration.
 *
 * @module
 */

import { invalidCertificates } from '../config/certificates.ts'
import { printConfig } from '../config/print.ts'
import type { Config } from '../config/schema.ts'
import type { Output } from './users.ts'

/**
 * Prints the configuration as YAML, without secrets. Warns of certificates that are expired or not yet valid.
 * `serve` starts with them too, because an outage is worse.
 */
export function checkConfig(config: Config, { print, warn }: Output): void {
  const now = Date.now()
  print(printConfig(config, now))
  for (const line of invalidCertificates(config, now)) warn(line)
}
