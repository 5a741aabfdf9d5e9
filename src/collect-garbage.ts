/**
 * Gives back the memory that only the start has needed.
 *
 * What is read and compiled while modules load is garbage by the time that a gateway is ready, and
 * one that nobody calls allocates too little for V8 ever to look for it.
 *
 * @module
 */

/**
 * Collects all garbage, at once: tens of milliseconds, in which nothing else runs.
 *
 * By the inspector, which talks to this process only and opens no port: it is the documented way,
 * where `--expose-gc` would have to be given before the start.
 *
 * @throws Error where this Node.js has no inspector, or forbids it
 */
export async function collectGarbage(): Promise<void> {
  const { Session } = await import('node:inspector')
  const session = new Session()
  session.connect()
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  session.post('HeapProfiler.collectGarbage', error => (error ? reject(error) : resolve()))
  await promise.finally(() => session.disconnect())
}
