/** The fixtures that are rows, and the folder that `npm run corpus` writes for people. */

import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { distinct } from '../fixtures/distinct.ts'
import { TABLES } from '../fixtures/guard/tables.ts'
import { type Fixture, HARMLESS, HOSTILE } from '../fixtures/hostile/documents.ts'
import { NODE, ROOT, run } from './kit/checkout.ts'

const corpus = (...args: readonly string[]) =>
  run(NODE, [join(ROOT, 'scripts/corpus.ts'), ...args], { cwd: ROOT })

t.test('distinct() rejects two rows with the same name', async t => {
  const rows = ['a', 'b']
  t.equal(
    distinct(rows, name => name),
    rows,
  )
  t.throws(
    () => distinct(['a', 'b', 'a'], name => name),
    new RangeError('Two fixtures are named "a"'),
  )
})

t.test('npm run corpus writes each row to a file', async t => {
  const folder = t.testdir()
  const { code, err } = await corpus(folder)
  t.equal(code, 0, err)
  for (const [name, documents] of [
    ['hostile', HOSTILE],
    ['envelopes', HARMLESS],
  ] as const) {
    const files = readdirSync(join(folder, name))
    t.strictSame(files.toSorted(), documents.flatMap(filesOf).toSorted(), name)
    t.ok(
      documents.every(it => readFileSync(join(folder, name, `${it.name}.xml`)).equals(it.bytes)),
      `${name}: the bytes of each document`,
    )
  }
  t.strictSame(
    readdirSync(join(folder, 'guard')).toSorted(),
    [...Object.keys(TABLES), 'subscriptions'].map(name => `${name}.json`).toSorted(),
  )
  const sending = readFileSync(join(folder, 'guard/sending.json'), 'utf8')
  t.strictSame(JSON.parse(sending), TABLES.sending)
})

t.test('npm run corpus requires one folder', async t => {
  for (const args of [[], ['a', 'b']]) {
    const { code, err } = await corpus(...args)
    t.strictSame([code, err], [2, 'Name one folder: npm run corpus -- DIR\n'])
  }
})

const filesOf = ({ name, expected }: Fixture) =>
  expected ? [`${name}.xml`, `${name}.json`] : [`${name}.xml`]
