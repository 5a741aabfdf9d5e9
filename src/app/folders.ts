/**
 * Creates the folders of the files that a start opens.
 *
 * @module
 */

import { mkdir, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { FileError, type NamedPath } from '../model/file-problem.ts'

/**
 * Creates a folder and its parents, with access for the owner only.
 *
 * The recursive mkdir of Node.js says that a folder is missing if the file system is read-only, and never ends below
 * `/proc`. This one throws the error of the system.
 *
 * @param folder - of the file, unless the path is a folder itself
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
    // Another process can have created it.
    if (!(await isFolder(folder))) throw error
  }
}

const isFolder = (path: string) =>
  stat(path).then(
    stats => stats.isDirectory(),
    () => false,
  )
