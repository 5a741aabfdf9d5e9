/**
 * The least time that something takes: of many short slices, the best, so that whatever else the
 * machine does only spoils the others.
 *
 * @module
 */

const SLICE_MS = 2

/** Microseconds of one call. */
export function best(act: () => unknown, { ms }: Readonly<{ ms: number }>): number {
  // The first half is for the compilers.
  const calls = callsPerSlice(act, ms / 2)
  let least = Number.POSITIVE_INFINITY
  for (const end = performance.now() + ms / 2; performance.now() < end; ) {
    const began = performance.now()
    for (let i = 0; i < calls; i += 1) act()
    least = Math.min(least, (performance.now() - began) / calls)
  }
  return least * 1_000
}

function callsPerSlice(act: () => unknown, ms: number): number {
  let calls = 1
  for (const end = performance.now() + ms; performance.now() < end; ) {
    const began = performance.now()
    for (let i = 0; i < calls; i += 1) act()
    const took = performance.now() - began
    if (took < SLICE_MS / 2) calls *= 2
    else if (took > SLICE_MS * 2 && calls > 1) calls = Math.ceil(calls / 2)
  }
  return calls
}
