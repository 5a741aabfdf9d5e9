/**
 * Clients that people install on a desk, and that take their time to start: their tests are called
 * `*.slow.ts`, and only `npm run clients` runs them.
 */

import { existsSync } from 'node:fs'

/** Why a test with one of them is left out; false where it is not. */
export const without = (name: string, ...files: readonly string[]): string | false => {
  const missing = files.find(file => !existsSync(file))
  return missing === undefined ? false : `${name} is not installed: there is no ${missing}`
}
