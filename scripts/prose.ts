/**
 * Checks the words of comments, Markdown, and the console: `node scripts/prose.ts`.
 *
 * Fails if a folder has another count of a word than `scripts/prose/counts.json`. With `--write`, records
 * the present counts, unless a word is more frequent than before. After a change of the rules, remove the
 * file first: if it is absent, any count is recorded.
 *
 * @module
 */

import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { projectFiles, textOf } from '../test/kit/checkout.ts'
import { type Counts, countsOf, differences, formatCounts, risen } from './prose/counts.ts'
import { breachesOf, readRules } from './prose/rules.ts'

const file = new URL('prose/counts.json', import.meta.url)
const known: Counts | undefined = existsSync(file)
  ? JSON.parse(readFileSync(file, 'utf8'))
  : undefined

const HINT = `See "How we write" in CONTRIBUTING.md. After words are removed or a file is moved, run
npx node scripts/prose.ts --write`

const rules = readRules()
const breaches = projectFiles().flatMap(path => breachesOf(path, textOf(path), rules))
const counts = countsOf(breaches)
const mayWrite = process.argv[2] === '--write' && (!known || risen(known, counts).length === 0)
const lines = mayWrite ? [] : differences(known ?? {}, breaches)

if (mayWrite) writeFileSync(file, formatCounts(counts))
if (lines.length > 0) {
  process.stderr.write(`${lines.join('\n')}\n${HINT}\n`)
  process.exitCode = 1
}
