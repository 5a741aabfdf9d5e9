/**
 * Clients that people install on a desk, and that take their time to start.
 */

import { existsSync } from 'node:fs'

/** Why a test with one of them is left out; false where it is not. */
export const without = (name: string, ...files: readonly string[]): string | false => {
  if (process.env['CLIENTS'] !== 'all') return `${name} is run by npm run clients`
  const missing = files.find(file => !existsSync(file))
  return missing === undefined ? false : `${name} is not installed: there is no ${missing}`
}
