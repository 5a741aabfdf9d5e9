/**
 * Writes the rows of `fixtures/hostile` and `fixtures/guard` to a folder, so that people can read a document, compare
 * it, and send it by hand: `npm run corpus -- DIR`.
 *
 * @module
 */

import { mkdirSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { SUBSCRIPTIONS } from '../fixtures/guard/subscriptions.ts'
import { TABLES } from '../fixtures/guard/tables.ts'
import { type Fixture, HARMLESS, HOSTILE } from '../fixtures/hostile/documents.ts'

const { positionals } = parseArgs({ allowPositionals: true })
const [folder] = positionals
if (folder === undefined || positionals.length > 1) {
  process.stderr.write('Name one folder: npm run corpus -- DIR\n')
  process.exitCode = 2
} else {
  const files = [
    ...documents('hostile', HOSTILE),
    ...documents('envelopes', HARMLESS),
    ...Object.entries({ ...TABLES, subscriptions: SUBSCRIPTIONS }).map(tableFile),
  ]
  for (const [path, content] of files) write(join(resolve(folder), path), content)
  process.stdout.write(`Wrote ${files.length} files to ${folder}.\n`)
}

type File = readonly [path: string, content: string | Uint8Array]

/** Returns a file for each document, and one for what is expected of it. */
function documents(name: string, fixtures: readonly Fixture[]): File[] {
  return fixtures.flatMap(fixture => {
    const path = `${name}/${fixture.name}`
    const document: File = [`${path}.xml`, fixture.bytes]
    if (!fixture.expected) return [document]
    return [document, [`${path}.json`, `${JSON.stringify(fixture.expected, null, 2)}\n`]]
  })
}

function tableFile([name, rows]: readonly [string, readonly unknown[]]): File {
  const lines = rows.map(row => JSON.stringify(row))
  return [`guard/${name}.json`, `[\n${lines.join(',\n')}\n]\n`]
}

function write(path: string, content: string | Uint8Array): void {
  mkdirSync(join(path, '..'), { recursive: true })
  writeFileSync(path, content)
}
