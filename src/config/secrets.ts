/**
 * Reads values that the configuration refers to, such as secrets.
 *
 * @module
 */

import { readFileSync, statSync } from 'node:fs'

/** Reference to a text in a file or an environment variable. */
export type Reference = Readonly<{ file: string } | { env: string }>

/** Environment variables of the process. */
export type Environment = Readonly<Record<string, string | undefined>>

const MAX_BYTES = 1_048_576

/**
 * Reads the text of a reference, without one newline at its end.
 *
 * @param path - returns the absolute path of a file
 * @throws Error with a message that says what is wrong, and never quotes the text
 */
export function readReference(
  reference: Reference,
  env: Environment,
  path: (path: string) => string,
): string {
  const [name, found] =
    'env' in reference
      ? [`the environment variable ${reference.env}`, env[reference.env]]
      : [`the file ${path(reference.file)}`, readText(path(reference.file))]
  if (found === undefined) throw new Error(`${name} is not set`)

  const value = found.replace(/\r?\n$/, '')
  if (value === '') throw new Error(`${name} is empty`)
  return value
}

/**
 * Reads a UTF-8 file of at most 1 MiB, without its byte order mark.
 *
 * @throws Error with a message that names the file and what is wrong with it
 */
export function readText(file: string): string {
  try {
    if (statSync(file).size > MAX_BYTES) throw new Error('is larger than 1 MiB')
    return new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(file))
  } catch (error) {
    throw new Error(`the file ${file} ${readProblem(error)}`, { cause: error })
  }
}

const FAILURES: Readonly<Record<string, string>> = {
  ENOENT: 'does not exist',
  ENOTDIR: 'does not exist',
  EACCES: 'cannot be read: permission denied',
  EISDIR: 'is a folder',
  ERR_ENCODING_INVALID_ENCODED_DATA: 'is not UTF-8',
}

/** Returns why a file cannot be read, as text to follow its name in a message. */
export function readProblem(error: unknown): string {
  if (!(error instanceof Error)) return 'cannot be read'
  const code = 'code' in error ? String(error.code) : ''
  if (code === '') return error.message
  return FAILURES[code] ?? `cannot be read (${code})`
}
