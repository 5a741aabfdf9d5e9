/**
 * Keys: where a value stands in the configuration, and how that is written.
 *
 * @module
 */

/** Names, and numbers in lists. */
export type KeyPath = readonly (string | number)[]

/** `organizations[0].alias`, as a mistake or the documentation names it. */
export function writePath(path: readonly PropertyKey[]): string {
  const written = path.map(step => (typeof step === 'number' ? `[${step}]` : `.${String(step)}`))
  return written.join('').replace(/^\./, '')
}

/** Whether a written path is another one or stands below it; all stand below the empty one. */
export function isWithin(path: string, outer: string): boolean {
  if (outer === '' || path === outer) return true
  return path.startsWith(`${outer}.`) || path.startsWith(`${outer}[`)
}

/** Whether a value is a mapping. */
export function isMapping(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
