/**
 * Formats a number of bytes for display.
 *
 * @module
 */

const UNITS = ['B', 'kB', 'MB', 'GB', 'TB']

/** Returns text such as `1.2 MB`, with decimal units. */
export function formatBytes(bytes: number): string {
  const power = Math.min(Math.floor(Math.log10(Math.max(bytes, 1)) / 3), UNITS.length - 1)
  const amount = bytes / 1_000 ** power
  return `${amount.toLocaleString('en', { maximumFractionDigits: power === 0 ? 0 : 1 })} ${UNITS[power]}`
}
