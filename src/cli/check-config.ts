/**
 * `ews-gateway check-config`: prints the effective configuration.
 *
 * @module
 */

import { invalidCertificates } from '../config/certificates.ts'
import { printConfig } from '../config/print.ts'
import type { Config } from '../config/schema.ts'
import { openSecretFiles } from '../config/secret-files.ts'
import { proxiedSchemes } from '../config/sign-in.ts'
import type { Output } from './users.ts'

/**
 * Prints the configuration as YAML, without secrets. Warns of certificates that are expired or not yet valid, because
 * `serve` starts with them too, of schemes that clients can't use, of IDs that protection doesn't cover, and of files
 * with secrets that other users can access.
 */
export function checkConfig(config: Config, { print, warn }: Output): void {
  const now = Date.now()
  print(printConfig(config, now))
  const warnings = [
    ...invalidCertificates(config, now),
    ...proxiedSchemes(config),
    ...unprotectedIds(config),
    ...openSecretFiles(config),
  ]
  for (const line of warnings) warn(line)
}

/** Returns a warning for each organization that accepts IDs of which the gateway can't tell the mailbox. */
const unprotectedIds = ({ organizations }: Config): readonly string[] =>
  organizations.flatMap(({ opaqueIds }, index) =>
    opaqueIds === 'allow'
      ? [
          `organizations[${index}].opaqueIds: with allow, protected mailboxes are protected from names and impersonation, but not from IDs that tell no mailbox. See docs/protected-mailboxes.md`,
        ]
      : [],
  )
