/**
 * Writes the files of `ews-gateway init`: all of them or none, and overwrites nothing.
 *
 * @module
 */

import { lstatSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { FIRST_FILES } from '../../config/first-config.ts'
import { reasonOf } from '../../model/file-problem.ts'

/** `init` cannot set up a gateway. The message says why and what to do. */
export class InitError extends Error {
  override readonly name = 'InitError'
}

/** A file to write. */
export type FirstFile = Readonly<{ path: string; content: string; mode: number }>

/** Returns the path of the configuration in a folder. */
export const configFileIn = (folder: string) => join(folder, 'gateway.yaml')

/** Returns the paths in a folder that `init` would write and that exist. */
export const existingIn = (folder: string): readonly string[] =>
  Object.values(FIRST_FILES)
    .map(name => join(folder, name))
    .concat(configFileIn(folder))
    .filter(isThere)

/**
 * Returns whether a path exists. Returns false if the system rejects the path; the attempt to write it then reports
 * why.
 */
function isThere(path: string): boolean {
  try {
    return lstatSync(path, { throwIfNoEntry: false }) !== undefined
  } catch {
    return false
  }
}

/**
 * Writes files into a folder, and creates the folder if it is missing.
 *
 * @param files - the last one marks that all are complete
 * @throws InitError if one cannot be written. Then it removes those that it wrote, and the folder if it created it
 */
export function writeAll(folder: string, files: readonly FirstFile[]): void {
  const written: string[] = []
  try {
    const made = mkdirSync(folder, { recursive: true, mode: 0o700 })
    if (made !== undefined) written.push(made)
    for (const { path, content, mode } of files) {
      writeFileSync(path, content, { mode, flag: 'wx' })
      written.push(path)
    }
  } catch (cause) {
    for (const path of written.toReversed()) rmSync(path, { recursive: true, force: true })
    const path = cause instanceof Error && 'path' in cause ? cause.path : folder
    throw new InitError(
      `Cannot write ${path}: ${reasonOf(cause)}. Nothing was written. Choose a folder with --folder that you can write to`,
      { cause },
    )
  }
}
