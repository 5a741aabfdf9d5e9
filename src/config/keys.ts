/**
 * Paths of configuration keys, and their written form.
 *
 * @module
 */

/** Path of a value: keys of mappings, and indexes of lists. */
export type KeyPath = readonly (string | number)[]

/** Writes a path as messages and the documentation show it, such as `organizations[0].alias`. */
export function writePath(path: readonly PropertyKey[]): string {
  const written = path.map(step => (typeof step === 'number' ? `[${step}]` : `.${String(step)}`))
  return written.join('').replace(/^\./, '')
}

/** Whether a written path equals another one or is below it. Every path is below the empty one. */
export function isWithin(path: string, outer: string): boolean {
  if (outer === '' || path === outer) return true
  return path.startsWith(`${outer}.`) || path.startsWith(`${outer}[`)
}

export function isMapping(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
