/**
 * Reads the TAP output of a test process.
 *
 * @module
 */

/** Maximum number of lines that are shown of the failures of a process. */
const SHOWN_LINES = 300
/** Maximum number of lines that are shown of its end. */
const END_LINES = 60

/** Returns failed assertions with their details, and the error that ended the process. Empty if nothing failed. */
export function failuresIn(output: string): string {
  const lines = output.split('\n')
  const shown: string[] = []
  let details = -1
  for (const line of lines) {
    const indent = line.search(/\S/)
    if (/^ *not ok (?!.*# (SKIP|TODO))/i.test(line)) {
      details = indent
      shown.push(line)
    } else if (details >= 0 && (indent > details || indent === -1)) shown.push(line)
    else details = -1
  }
  if (shown.length === 0) return ''
  const ending = lines.slice(lines.findLastIndex(line => line.startsWith('# time=')) + 1)
  return [...shown.slice(0, SHOWN_LINES), ...ending.slice(-END_LINES)].join('\n')
}

/** Returns the reason of each skipped test and assertion. */
export function skipsIn(output: string): string[] {
  const skips = output.matchAll(/^ *(?:not )?ok \d+ .*# (?:SKIP|TODO)(.*)$/gim)
  return [...skips].map(([, reason = '']) => reason.trim() || 'no reason is given')
}
