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

/** Collects what is young: less than a millisecond, unless V8 is marking everything anyway. */
export function collectYoung(): void {
  void collector()({ type: 'minor' })
}
