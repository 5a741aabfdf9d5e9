/**
 * Rows as CSV (RFC 4180) for a spreadsheet.
 *
 * What is exported was said by clients, so a cell that a spreadsheet would take for a formula gets
 * an apostrophe before it.
 *
 * @module
 */

export type Cell = string | number | undefined

/** With a header, CRLF at every line's end, and a byte order mark, by which Excel knows UTF-8. */
export function formatCsv(header: readonly string[], rows: readonly (readonly Cell[])[]): string {
  const lines = [header, ...rows].map(cells => cells.map(cellOf).join())
  return `\uFEFF${lines.map(line => `${line}\r\n`).join('')}`
}

function cellOf(cell: Cell): string {
  if (cell === undefined) return ''
  if (typeof cell === 'number') return String(cell)
  const harmless = /^[=+\-@\t\r]/.test(cell) ? `'${cell}` : cell
  return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless
}
