/**
 * Writes all of `fixtures/hostile` and `fixtures/envelopes`: one file for each trick, so that each file can
 * be read, compared, and sent by hand.
 *
 * @module
 */

import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { BODIES } from './hostile/bodies.ts'
import { ENCODINGS } from './hostile/encodings.ts'
import { ENVELOPES } from './hostile/envelopes.ts'
import type { Expectation } from './hostile/expectations.ts'
import { FRAMES } from './hostile/frame.ts'
import { HEADERS } from './hostile/headers.ts'
import { MARKUP } from './hostile/markup.ts'
import { SENDING } from './hostile/sending.ts'

const HOSTILE = new URL('../fixtures/hostile/', import.meta.url)
const HARMLESS = new URL('../fixtures/envelopes/', import.meta.url)

type Row = readonly [name: string, content: string | Uint8Array, expected?: Expectation]

function write(folder: URL, rows: readonly Row[]) {
  const names = rows.map(([name]) => name)
  const twice = names.find((name, at) => names.indexOf(name) !== at)
  if (twice !== undefined)
    throw new RangeError(`Cannot write "${twice}.xml": two documents have it`)

  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  writeFileSync(new URL('.gitattributes', folder), '* -text\n')
  for (const [name, content, expected] of rows) {
    writeFileSync(new URL(`${name}.xml`, folder), content)
    if (expected)
      writeFileSync(new URL(`${name}.json`, folder), `${JSON.stringify(expected, null, 2)}\n`)
  }
}

write(HOSTILE, [...ENCODINGS, ...MARKUP, ...FRAMES, ...HEADERS, ...BODIES, ...SENDING])
write(HARMLESS, ENVELOPES)
