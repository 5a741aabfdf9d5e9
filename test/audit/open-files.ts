/**
 * Files that this process has open.
 *
 * @module
 */

import { readdirSync, readlinkSync } from 'node:fs'

/** Returns how many files below a folder are open. */
export function openFilesIn(folder: string): number {
  return readdirSync('/proc/self/fd').filter(fd => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`).startsWith(`${folder}/`)
    } catch {
      // It was that of the list itself.
      return false
    }
  }).length
}
