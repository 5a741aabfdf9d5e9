/**
 * Reads what gateways of this process log.
 *
 * @module
 */

import fs from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import type { Test } from 'tap'

const STDERR = 2

export type LogLine = Readonly<Record<string, unknown>> & Readonly<{ msg: string }>

/** Collects the lines of the log, which are not printed, until the test ends. @returns function that takes them */
export function collectLog(t: Test): () => LogLine[] {
  const lines: LogLine[] = []
  const { writeSync } = fs
  const collect = (fd: number, data: Uint8Array, ...where: number[]) => {
    if (fd !== STDERR) return writeSync(fd, data, ...where)
    lines.push(JSON.parse(Buffer.from(data).toString()))
    return data.length
  }
  patch(collect as typeof writeSync)
  t.teardown(() => patch(writeSync))
  return () => lines.splice(0)
}

function patch(writeSync: typeof fs.writeSync): void {
  fs.writeSync = writeSync
  syncBuiltinESMExports()
}
