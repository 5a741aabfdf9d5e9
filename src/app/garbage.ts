/**
 * Asks V8 to collect garbage, by the function that `--expose-gc` shows. It is taken when it is first
 * needed, and nobody else sees it.
 *
 * @module
 */

import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

/** Its context takes a megabyte. */
let known: NodeJS.GCFunction | undefined

function collector(): NodeJS.GCFunction {
  if (known !== undefined) return known
  setFlagsFromString('--expose-gc')
  const found: unknown = runInNewContext('globalThis.gc')
  setFlagsFromString('--no-expose-gc')
  known = typeof found === 'function' ? (found as NodeJS.GCFunction) : async () => undefined
  return known
}

/**
 * Collects all that can be had: tens of milliseconds, in which nothing else runs.
 *
 * For a gateway that is ready: what is read and compiled while modules load is garbage by then, and one
 * that nobody calls allocates too little for V8 ever to look for it. The usual collection would leave 24 MB.
 */
export function collectAll(): void {
  void collector()({ type: 'major', execution: 'sync', flavor: 'last-resort' })
}

/**
 * Sets how V8 trades memory for time, for a process that serves:
 *
 * - It keeps what it has compiled and learned of code. Otherwise it forgets what was not run between some
 *   collections, and an idle process has several of those: the first requests after a pause took two to four
 *   times as much CPU.
 * - It collects everything when the heap has grown to two and a half times of what is in use, not to one and
 *   a third. Under full load that is once in ten seconds, not twice in one; a request takes a tenth less CPU, and one
 *   in a hundred 12 ms rather than 40.
 * - Room for young objects grows eightfold at a time, so that it is there when many requests come at once.
 *
 * None of them takes more memory than was taken before (ADR 26).
 */
export function favourTime(): void {
  for (const flag of [
    '--no-flush-bytecode',
    '--heap-growing-percent=150',
    '--semi-space-growth-factor=8',
  ])
    setFlagsFromString(flag)
}

/** Collects what is young: less than a millisecond, unless V8 is marking everything anyway. */
export function collectYoung(): void {
  void collector()({ type: 'minor' })
}
