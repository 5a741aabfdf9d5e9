/**
 * Makes the disk below a folder full, for the synchronous writes of this process.
 *
 * @module
 */

import fs from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import { getSystemErrorMap } from 'node:util'
import type { Test } from 'tap'

/** A disk that accepts some bytes and then no more. */
export type Disk = Readonly<{
  /** Fails all writes after a number of bytes. */
  fill: (room?: number) => void
  /** Takes all writes again. */
  empty: () => void
}>

/** Controls the disk below a folder. It is as before when the test ends. */
export function diskBelow(t: Test, folder: string): Disk {
  const { writeSync } = fs
  let room = Number.POSITIVE_INFINITY
  const limited = (fd: number, data: Uint8Array, offset = 0, length = data.length - offset) => {
    if (!fs.readlinkSync(`/proc/self/fd/${fd}`).startsWith(`${folder}/`))
      return writeSync(fd, data, offset, length)
    if (room === 0) throw noSpace()
    const written = writeSync(fd, data, offset, Math.min(length, room))
    room -= written
    return written
  }
  t.teardown(() => patch(writeSync))
  return {
    fill: (bytes = 0) => {
      room = bytes
      patch(limited as typeof writeSync)
    },
    empty: () => patch(writeSync),
  }
}

function patch(writeSync: typeof fs.writeSync): void {
  fs.writeSync = writeSync
  syncBuiltinESMExports()
}

function noSpace(): Error {
  const [errno, [code, message]] = [...getSystemErrorMap()].find(
    ([, [code]]) => code === 'ENOSPC',
  ) ?? [-28, ['ENOSPC', 'no space left on device']]
  return Object.assign(new Error(`${code}: ${message}, write`), { errno, code, syscall: 'write' })
}
