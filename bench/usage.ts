/**
 * Reads the options of `npm run bench`.
 *
 * @module
 */

import { parseArgs } from 'node:util'

/** A mistake of the caller. Its message says what to do, and the exit code is 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

export type Options = Readonly<{
  short: boolean
  part?: string[] | undefined
  /** Folder of the checkout to compare this one with. */
  against?: string | undefined
  /** Beginnings of the rows to compare. Without it, all rows are compared. */
  only?: string[] | undefined
}>

/** @throws UsageError if an option is unknown, lacks its value, or excludes another one */
export function readOptions(args: readonly string[]): Options {
  const options = parse(args)
  if (options.against === '') throw new UsageError('--against needs the folder of a checkout')
  if (options.against !== undefined && options.part !== undefined)
    throw new UsageError('--against has rows of its own. Leave --part out.')
  if (options.against === undefined && options.only !== undefined)
    throw new UsageError('--only names rows of a comparison. Add --against DIR.')
  return options
}

function parse(args: readonly string[]): Options {
  try {
    return parseArgs({
      args: [...args],
      options: {
        short: { type: 'boolean', default: false },
        part: { type: 'string', multiple: true },
        against: { type: 'string' },
        only: { type: 'string', multiple: true },
      },
    }).values
  } catch (error) {
    if (!(error instanceof TypeError)) throw error
    throw new UsageError(error.message, { cause: error })
  }
}
