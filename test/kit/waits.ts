/**
 * Waits in progress, by name.
 *
 * @module
 */

type Wait = { readonly what: string; error?: unknown }

/** Waits in progress; `error` is the latest reason why one isn't over. */
export const waits = new Set<Wait>()

/** Returns the result of an action, which is a wait in progress until then. */
export async function waitFor<T>(what: string, act: (wait: Wait) => Promise<T>): Promise<T> {
  const wait: Wait = { what }
  waits.add(wait)
  try {
    return await act(wait)
  } finally {
    waits.delete(wait)
  }
}

/** Prints the waits in progress. */
export function printWaits(): void {
  for (const { what, error } of waits)
    process.stderr.write(`Still waiting: ${what}${error === undefined ? '' : ` (${error})`}\n`)
}
