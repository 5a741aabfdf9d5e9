/**
 * Resources of this machine that test processes share.
 *
 * @module
 */

import { accessSync, constants, readFileSync, statfsSync } from 'node:fs'
import { availableParallelism, loadavg, totalmem } from 'node:os'

/** Memory of a process with the tests of many files. tap keeps all of their results. */
const PROCESS_BYTES = 2 ** 30
/** Room for the files of all tests in progress. */
const FILES_BYTES = 2 ** 31
/** Linux's file system in memory: nothing waits there until a disk has the data. */
const MEMORY_FOLDER = '/dev/shm'

/** Memory that the tests can use, in bytes: that of the machine, or of the control group. */
const memory = (): number => Math.min(totalmem(), process.constrainedMemory() || Infinity)

/** Returns how many test processes run at the same time: two for each processor, if there is memory for them. */
export function defaultJobs(bytes = memory(), processors = availableParallelism()): number {
  return Math.max(1, Math.min(2 * processors, Math.floor(bytes / PROCESS_BYTES) - 1))
}

/** Returns the factor by which a busy machine is slower than an idle one, at least 1. */
export const slowdown = (): number => Math.max(1, (loadavg()[0] ?? 0) / availableParallelism())

/**
 * Returns the file system in memory if it can be written and has room for the tests' files. They count as
 * memory, so the machine has it in addition to that of the processes.
 *
 * @param runsPrograms - whether tests start programs that they write there
 */
export function folderInMemory(jobs: number, runsPrograms: boolean): string | undefined {
  try {
    accessSync(MEMORY_FOLDER, constants.W_OK)
    const { bavail, bsize } = statfsSync(MEMORY_FOLDER)
    const mounts = readFileSync('/proc/mounts', 'utf8').split('\n')
    const isNoexec = mounts.some(
      line => line.includes(` ${MEMORY_FOLDER} `) && line.includes('noexec'),
    )
    const hasRoom = Math.min(bavail * bsize, memory() - jobs * PROCESS_BYTES) >= FILES_BYTES
    return hasRoom && !(runsPrograms && isNoexec) ? MEMORY_FOLDER : undefined
  } catch {
    return undefined
  }
}
