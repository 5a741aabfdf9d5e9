/**
 * Ends the process on a Node.js that the gateway does not run on, with a line that names the version it needs.
 *
 * `main.ts` imports this file first, because other imports would fail on an old Node.js with an unhelpful stack
 * trace. For the same reason, this file uses only features of old versions.
 *
 * @module
 */

import { readFileSync } from 'node:fs'

const { engines } = JSON.parse(
  readFileSync(new URL('../../package.json', import.meta.url), 'utf8'),
) as { engines: { node: string } }

/**
 * Returns the problem with a version of Node.js, or undefined if the gateway runs on it.
 *
 * @param version - such as `v20.20.2`
 * @param ranges - `engines.node` of package.json: `^MAJOR.MINOR` or `>=MAJOR.MINOR`, separated by `||`
 */
export function flawOfNode(version: string, ranges = engines.node): string | undefined {
  const [major = 0, minor = 0] = numbersIn(version)
  const isSupported = ranges.split('||').some(range => {
    const [leastMajor = 0, leastMinor = 0] = numbersIn(range)
    if (major === leastMajor) return minor >= leastMinor
    return major > leastMajor && range.includes('>=')
  })
  if (isSupported) return undefined
  return `ews-gateway needs Node.js ${ranges}. This is Node.js ${version}.`
}

const numbersIn = (text: string) => (text.match(/\d+/g) ?? []).map(Number)

const flaw = flawOfNode(process.version)
if (flaw !== undefined) {
  process.stderr.write(`${flaw}\n`)
  process.exit(1)
}
