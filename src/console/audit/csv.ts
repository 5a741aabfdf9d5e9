/**
 * Formats rows as CSV (RFC 4180) for a spreadsheet.
 *
 * Clients chose some of the exported texts, so a cell that a spreadsheet could read as a formula starts with an
 * apostrophe.
 *
 * @module
 */

export type Cell = string | number | undefined

/** Returns CSV with a header, CRLF at the end of each line, and a byte order mark, so that Excel reads UTF-8. */
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
