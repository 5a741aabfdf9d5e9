/**
 * Tables, for the terminal and for a page.
 *
 * @module
 */

export type Table = Readonly<{
  title: string
  columns: readonly string[]
  rows: readonly (readonly string[])[]
  /** Explanation of the table. */
  note?: string
}>

export function asText({ title, columns, rows, note }: Table): string {
  const widths = columns.map((column, i) =>
    Math.max(column.length, ...rows.map(row => (row[i] ?? '').length)),
  )
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0)))
      .join('  ')
  return [`\n${title}`, line(columns), ...rows.map(line), ...(note ? [note] : [])].join('\n')
}

export function asMarkdown({ title, columns, rows, note }: Table): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  const rule = columns.map((_, i) => (i === 0 ? '---' : '---:'))
  return [
    `## ${title}`,
    '',
    line(columns),
    line(rule),
    ...rows.map(line),
    ...(note ? ['', note] : []),
  ].join('\n')
}

/** Three digits that count, with thousands apart. */
export function figure(value: number): string {
  if (value >= 100) return Math.round(value).toLocaleString('en')
  return value >= 10 ? value.toFixed(1) : value.toFixed(2)
}
