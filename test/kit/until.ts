/**
 * Waiting for what another process does.
 */

const PATIENCE_MS = 10_000
const LOOK_MS = 10

/** Resolves once a condition holds; one that rejects does not hold. */
export async function until(
  condition: () => boolean | Promise<boolean>,
  what: string,
): Promise<void> {
  const end = performance.now() + PATIENCE_MS
  const holds = async () => condition()
  while (!(await holds().catch(() => false))) {
    if (performance.now() > end) throw new Error(`It never came about: ${what}`)
    await new Promise(resolve => setTimeout(resolve, LOOK_MS))
  }
}
