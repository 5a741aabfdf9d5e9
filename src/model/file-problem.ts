/**
 * Messages about files and folders that the gateway cannot use.
 *
 * @module
 */

const REASONS: ReadonlyMap<unknown, string> = new Map([
  ['EACCES', 'permission denied'],
  ['EPERM', 'permission denied'],
  ['EROFS', 'the file system is read-only'],
  ['ENOENT', 'a folder of the path does not exist and cannot be created'],
  ['ENOTDIR', 'a part of the path is not a folder'],
  ['EISDIR', 'it is a folder'],
  ['EEXIST', 'something else is in its place'],
  ['ENOSPC', 'the disk is full'],
  ['EDQUOT', 'the disk quota is used up'],
  ['EMFILE', 'too many files are open'],
  ['ENFILE', 'too many files are open'],
  ['ENAMETOOLONG', 'the path is too long'],
  ['ELOOP', 'the path has too many symbolic links'],
])

const NO_PERMISSION: ReadonlySet<unknown> = new Set(['EACCES', 'EPERM', 'EROFS', 'ENOENT'])

/** Returns why a file cannot be used, as the end of a message. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return REASONS.get(codeOf(error)) ?? error.message
}

/** Returns the code of an error of the system, such as ENOENT; undefined if it has none. */
export const codeOf = (error: unknown): unknown =>
  error instanceof Error && 'code' in error ? error.code : undefined

/** A file or folder, with its purpose and the configuration key that names it. */
export type NamedPath = Readonly<{ what: string; path: string; key: string }>

/** Returns a message about a file that the gateway can't write, which says what to do. */
export const fileProblem = ({ what, path, key }: NamedPath, error: unknown): string =>
  `Cannot open ${what} ${path}: ${reasonOf(error)}. ${adviceOn(error)}, or set ${key} to another path`

const adviceOn = (error: unknown) =>
  NO_PERMISSION.has(codeOf(error)) ? 'Make it writable for the user of the gateway' : 'Correct this'

/** A file or folder that the gateway must write cannot be used. */
export class FileError extends Error {
  override readonly name = 'FileError'

  constructor(path: NamedPath, cause: unknown) {
    super(fileProblem(path, cause), { cause })
  }
}
