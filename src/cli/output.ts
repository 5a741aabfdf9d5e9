/**
 * Standard streams as the output of a command.
 *
 * @module
 */

import type { Output } from './users.ts'

/** Prints results on stdout, and warnings as lines on stderr. */
export const output: Output = {
  print: text => {
    process.stdout.write(text)
  },
  warn: line => {
    process.stderr.write(`${line}\n`)
  },
}
