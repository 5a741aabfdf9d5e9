/** Finds whether a client that people install on their computers is installed. */

import { existsSync } from 'node:fs'

/** Why a test with one of them is left out; false where it is not. */
export const without = (name: string, ...files: readonly string[]): string | false => {
  const missing = files.find(file => !existsSync(file))
  return missing === undefined ? false : `${name} is not installed: there is no ${missing}`
}
