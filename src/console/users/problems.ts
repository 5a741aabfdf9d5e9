/**
 * What ImportUsers found wrong with a file, line by line.
 *
 * @module
 */

export type ImportProblem = Readonly<{ line?: number; message: string }>

/** Of the message of an InvalidParameterException: every problem with its line, in their order. */
export function problemsOf(message: string): readonly ImportProblem[] {
  return message.split(/; (?=Csv line \d+: )/).map(part => {
    const [, line, text] = /^Csv line (\d+): ([\s\S]*)$/.exec(part) ?? []
    return line === undefined || text === undefined
      ? { message: part }
      : { line: Number(line), message: text }
  })
}

/** A body of the API holds 1 MiB; a file that may not fit once it is JSON is for the command line. */
export const isTooLarge = (csv: string): boolean =>
  new TextEncoder().encode(JSON.stringify(csv)).byteLength > 1_048_576 - 1_024
