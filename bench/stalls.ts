/**
 * Longest stall of a gateway's event loop, which `stall.js` records inside the gateway.
 *
 * @module
 */

import { existsSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Program } from './process.ts'

/** Module that a gateway imports at its start. */
export const STALL_RECORDER = join(import.meta.dirname, 'stall.js')

/** Longest time in which the event loop did not turn: by the clock, and by the CPU of its thread. */
export type Stall = Readonly<{ clockMs: number; cpuMs: number }>

/** Returns the longest stall since the last call. @param file - BENCH_STALL_FILE of the program */
export async function readStall(program: Program, file: string): Promise<Stall> {
  rmSync(file, { force: true })
  program.signal('SIGUSR2')
  while (!existsSync(file)) await sleep(5)
  return JSON.parse(readFileSync(file, 'latin1')) as Stall
}
