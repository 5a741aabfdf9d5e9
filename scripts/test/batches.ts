/**
 * Groups test files that share a process.
 *
 * @module
 */

import { dirname } from 'node:path'

/** Test files that share a process, and run there one after the other. */
export type Batch = Readonly<{ name: string; files: readonly string[] }>

/** Maximum number of files that folders share a process for: its start takes as much CPU as several files. */
const SHARED_FILES = 100
/** Maximum number of files of one folder in a process, so that no process runs long after all others. */
const FOLDER_FILES = 60

/** Returns a batch for each file. */
export const alone = (files: readonly string[]): Batch[] =>
  files.map(file => ({ name: file, files: [file] }))

/** Groups files by folder of `test/`. Successive small folders share a process, and a large one has several. */
export function byFolder(files: readonly string[]): Batch[] {
  const folderOf = (file: string) => dirname(file).split('/').slice(0, 2).join('/')
  const batches: Batch[] = []
  for (const [name, own] of Map.groupBy(files, folderOf)) {
    const last = batches.at(-1)
    if (own.length > FOLDER_FILES) batches.push(...divided(name, own))
    else if (last === undefined || last.files.length + own.length > SHARED_FILES)
      batches.push({ name, files: own })
    else batches.splice(-1, 1, { name: `${last.name} ${name}`, files: [...last.files, ...own] })
  }
  return batches
}

/** Divides a large folder. Files of similar names, which test the same, go to different processes. */
function divided(name: string, own: readonly string[]): Batch[] {
  const parts = Math.ceil(own.length / FOLDER_FILES)
  return Array.from({ length: parts }, (_, part) => ({
    name: `${name}_${part + 1}`,
    files: own.filter((_, at) => at % parts === part),
  }))
}
