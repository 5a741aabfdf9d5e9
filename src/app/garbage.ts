/**
 * Forces garbage collections that V8 would run too late. This needs `--expose-gc`, which the first line of
 * `main.ts` passes to Node.js. Without it, nothing is collected.
 *
 * @module
 */

/**
 * Runs a full garbage collection.
 *
 * Call it once a gateway is ready. Most of what loading modules leaves is garbage then, and an idle gateway
 * allocates too little for V8 to collect it. An ordinary collection would leave 24 MB.
 */
export function collectAll(): void {
  void globalThis.gc?.({ type: 'major', execution: 'sync', flavor: 'last-resort' })
}
