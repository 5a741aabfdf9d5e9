/**
 * Near misses of regular expressions: texts that an expression would match without one of its anchors.
 *
 * @module
 */

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Failure } from '../../src/model/failure.ts'

/** A text that a function of `src/` accepts, and near misses that it rejects. */
export type Row = Readonly<{
  /** File of the expression, below `src/`. */
  file: string
  good: string
  misses: readonly string[]
  /** Returns whether the function accepts the text. */
  accepts: (text: string) => unknown
}>

/** Makes near misses of a good text. */
type Misses = (good: string) => readonly string[]

/** Puts a prefix before the text, on its line and on a line of its own. */
export const before =
  (prefix: string): Misses =>
  good => [`${prefix}${good}`, `${prefix}\n${good}`]

/** Puts a suffix behind the text, on its line and on a line of its own. */
export const after =
  (suffix: string): Misses =>
  good => [`${good}${suffix}`, `${good}\n${suffix}`]

export const around =
  (prefix: string, suffix = prefix): Misses =>
  good => [...before(prefix)(good), ...after(suffix)(good)]

/** Rows of one file, each with its good text, its near misses, and the function. */
export const rowsOf = (
  file: string,
  ...rows: readonly (readonly [
    good: string,
    misses: Misses | readonly string[],
    accepts: Row['accepts'],
  ])[]
): readonly Row[] =>
  rows.map(([good, misses, accepts]) => ({
    file,
    good,
    misses: typeof misses === 'function' ? misses(good) : misses,
    accepts,
  }))

/** Whether a function returns; false if it throws an error of a class. */
export function passes(act: () => unknown, denial: new (...args: never[]) => Error = Failure) {
  try {
    act()
    return true
  } catch (error) {
    if (error instanceof denial) return false
    throw error
  }
}

/** Makes a folder that lasts as long as the process. */
export function makeFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'near-misses-'))
  process.once('exit', () => rmSync(folder, { recursive: true }))
  return folder
}
