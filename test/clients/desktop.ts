/** Finds whether a client that people install on their computers is installed. */

import { existsSync } from 'node:fs'

/** Reason to skip a test with one of them. False if it is installed. */
export const without = (name: string, ...files: readonly string[]): string | false => {
  const missing = files.find(file => !existsSync(file))
  return missing === undefined ? false : `${name} is not installed: there is no ${missing}`
}
