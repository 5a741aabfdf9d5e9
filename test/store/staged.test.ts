import { readdirSync, statSync } from 'node:fs'
import t from 'tap'
import { currentRows } from '../../src/store/staged.ts'
import { addLaterMigrations, LATER } from '../kit/later-migrations.ts'

const EARLIER = '0001-tables'
addLaterMigrations(t)

/** More than the page cache of SQLite has room for. */
const MANY_BYTES = 128 * 1024 * 1024
const VALUE = 'x'.repeat(1024 * 1024)

/** Returns rows, and how many of them were read so far. */
function countedRows(count: number, value: string) {
  const counted = { read: 0 }
  const rows = async function* () {
    for (let n = 0; n < count; n += 1) {
      counted.read += 1
      yield { table: 'meta', row: { key: `key-${n}`, value } }
    }
  }
  return { counted, rows }
}

t.test('currentRows() reads a row of this version when it is asked for', async t => {
  const { counted, rows } = countedRows(3, 'a')
  const read = await currentRows(LATER, rows, async read => {
    t.equal(counted.read, 0)
    const seen: number[] = []
    for await (const _ of read()) seen.push(counted.read)
    return seen
  })
  t.strictSame(read, [1, 2, 3])
})

/** Sizes of the files without a name that this process has open. SQLite's temporary files have none. */
function temporaryFiles(): readonly number[] {
  return readdirSync('/proc/self/fd').flatMap(fd => {
    const stats = statSync(`/proc/self/fd/${fd}`, { throwIfNoEntry: false })
    return stats?.isFile() && stats.nlink === 0 ? [stats.size] : []
  })
}

t.test(
  'currentRows() keeps rows of an earlier version in a temporary file',
  { skip: process.platform !== 'linux' && 'needs /proc' },
  async t => {
    const count = MANY_BYTES / VALUE.length
    const before = temporaryFiles()
    const { counted, rows } = countedRows(count, VALUE)
    const restored = await currentRows(EARLIER, rows, async read => {
      t.equal(counted.read, count)
      t.equal(temporaryFiles().length, before.length + 1)
      t.ok(temporaryFiles().some(bytes => bytes > MANY_BYTES / 4))
      let restored = 0
      for await (const { row } of read()) if (row['value'] === VALUE) restored += 1
      return restored
    })
    t.equal(restored, count)
    t.equal(temporaryFiles().length, before.length)
  },
)

t.test('currentRows() ends with an error of the rows', async t => {
  const rows = async function* () {
    yield { table: 'meta', row: { key: 'a', value: 'b' } }
    throw new TypeError('The disk failed')
  }
  const readAll = async (read: typeof rows) => {
    for await (const _ of read());
  }
  for (const schema of [EARLIER, LATER])
    await t.rejects(currentRows(schema, rows, readAll as never), { message: /The disk failed/ })
})
