/**
 * The least time that something takes: of many short slices, the best, so that whatever else the
 * machine does only spoils the others.
 *
 * @module
 */

const SLICE_MS = 2

/** Microseconds of one call; of a promise, until it is settled. */
export async function best(act: () => unknown, { ms }: Readonly<{ ms: number }>): Promise<number> {
  // The first half is for the compilers.
  const calls = await callsPerSlice(act, ms / 2)
  let least = Number.POSITIVE_INFINITY
  for (const end = performance.now() + ms / 2; performance.now() < end; ) {
    least = Math.min(least, (await slice(act, calls)) / calls)
  }
  return least * 1_000
}

async function callsPerSlice(act: () => unknown, ms: number): Promise<number> {
  let calls = 1
  for (const end = performance.now() + ms; performance.now() < end; ) {
    const took = await slice(act, calls)
    if (took < SLICE_MS / 2) calls *= 2
    else if (took > SLICE_MS * 2 && calls > 1) calls = Math.ceil(calls / 2)
  }
  return calls
}

/** @returns milliseconds */
async function slice(act: () => unknown, calls: number): Promise<number> {
  const began = performance.now()
  for (let i = 0; i < calls; i += 1) {
    const made = act()
    if (made instanceof Promise) await made
  }
  return performance.now() - began
}
