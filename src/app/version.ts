/**
 * Version of the gateway.
 *
 * @module
 */

import { readFileSync } from 'node:fs'

const { version } = JSON.parse(
  readFileSync(new URL('../../package.json', import.meta.url), 'utf8'),
) as { version: string }

/** Version in package.json. */
export const VERSION = version
