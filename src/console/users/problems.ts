/**
 * Reads the problems of a file from the error of ImportUsers.
 *
 * @module
 */

import { CallFailure } from '../api/failure.ts'

export type ImportProblem = Readonly<{ line?: number; message: string }>

/** Returns each problem in the message of an InvalidParameterException with its line, in order. */
export function problemsOf(message: string): readonly ImportProblem[] {
  return message.split(/; (?=Csv line \d+: )/).map(part => {
    const [, line, text] = /^Csv line (\d+): ([\s\S]*)$/.exec(part) ?? []
    return line === undefined || text === undefined
      ? { message: part }
      : { line: Number(line), message: text }
  })
}

/** Error types after which users might have been changed nevertheless. */
const UNCLEAR: ReadonlySet<string> = new Set([
  'Unreachable',
  'InternalFailure',
  'ServiceUnavailableException',
])

/** Returns whether users might have been imported although the call failed, for example because the response was lost. */
export const isUnclear = (error: unknown): boolean =>
  error instanceof CallFailure && UNCLEAR.has(error.type)

/** Returns whether a file might exceed the API's limit of 1 MiB when it is encoded as JSON. */
export const isTooLarge = (csv: string): boolean =>
  new TextEncoder().encode(JSON.stringify(csv)).byteLength > 1_048_576 - 1_024
