/**
 * Creates the folders for the files that the gateway opens at startup.
 *
 * @module
 */

import { mkdir, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { FileError, type NamedPath } from '../model/file-problem.ts'

/**
 * Creates a folder and its parents, with access for the owner only.
 *
 * Doesn't use the recursive mkdir of Node.js, which reports a read-only file system as a missing folder, and never
 * returns for a path below `/proc`.
 *
 * @param folder - folder to create; by default, the parent folder of the path
 * @throws FileError
 */
export async function makeFolder(named: NamedPath, folder = dirname(named.path)): Promise<void> {
  try {
    await make(folder)
  } catch (cause) {
    throw new FileError(named, cause)
  }
}

async function make(folder: string): Promise<void> {
  if (await isFolder(folder)) return
  await make(dirname(folder))
  try {
    await mkdir(folder, { mode: 0o700 })
  } catch (error) {
    // Not an error if another process has created the folder concurrently.
    if (!(await isFolder(folder))) throw error
  }
}

const isFolder = (path: string) =>
  stat(path).then(
    stats => stats.isDirectory(),
    () => false,
  )
