/**
 * Collects garbage when V8 would wait too long.
 *
 * It needs `--expose-gc`, which the first line of `main.ts` passes to Node.js. Without it, nothing is collected.
 *
 * @module
 */

/**
 * Collects everything. It takes tens of milliseconds, in which nothing else runs.
 *
 * Call it once a gateway is ready. Most of what loading modules leaves is garbage then, and an idle gateway
 * allocates too little for V8 to collect it. An ordinary collection would leave 24 MB.
 */
export function collectAll(): void {
  void globalThis.gc?.({ type: 'major', execution: 'sync', flavor: 'last-resort' })
}
