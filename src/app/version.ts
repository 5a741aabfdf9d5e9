/**
 * The gateway's own version.
 *
 * @module
 */

import { readFileSync } from 'node:fs'

const { version } = JSON.parse(
  readFileSync(new URL('../../package.json', import.meta.url), 'utf8'),
) as { version: string }

/** As package.json says. */
export const VERSION = version
