/**
 * Repeats a task while the gateway runs.
 *
 * @module
 */

/**
 * Runs a task now and at an interval. A run that takes longer than the interval delays the next one, and none queue up.
 *
 * @param run - must not reject
 * @returns function that stops this, and waits for the run in progress
 */
export function regularly(run: () => Promise<void>, everyMs: number): () => Promise<void> {
  let running: Promise<void> | undefined
  const begin = () => {
    running ??= run().finally(() => {
      running = undefined
    })
  }
  begin()
  const timer = setInterval(begin, everyMs).unref()
  return async () => {
    clearInterval(timer)
    await running
  }
}
