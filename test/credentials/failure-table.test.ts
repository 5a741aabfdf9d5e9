import t from 'tap'
import { FailureTable } from '../../src/credentials/failure-table.ts'

const T = 1_000_000_000

t.test('FailureTable searches a full table for expired minutes once a second', async t => {
  const dropped: string[] = []
  const table = new FailureTable<string>(2, 1, name => dropped.push(name))
  table.sweep(T)
  for (let i = 0; i < 2; i++) table.add('old', '', T - 60_000)
  table.add('a', 'a', T + 999)
  t.strictSame(dropped, ['a'], 'not yet')
  table.add('b', 'b', T + 1_000)
  t.strictSame(dropped, ['a'], 'then the old one makes room')
  table.add('c', 'c', T + 1_000)
  t.strictSame(dropped, ['a', 'b'], 'and the oldest with a single failure')
})

t.test('FailureTable searches again when the clock is set back', async t => {
  const dropped: string[] = []
  const table = new FailureTable<string>(2, 1, name => dropped.push(name))
  table.sweep(T)
  for (let i = 0; i < 2; i++) table.add('old', '', T)
  table.add('a', 'a', T - 999)
  t.strictSame(dropped, ['a'])
  table.add('b', 'b', T - 1_000)
  t.strictSame(dropped, ['a'])
})

t.test('FailureTable is empty when all names are removed', async t => {
  const table = new FailureTable<string>(1, 2, () => undefined)
  t.ok(table.isEmpty)
  table.add('a', '', T)
  t.equal(table.limitedSince('a', T), T)
  t.notOk(table.isEmpty)
  table.forget('a')
  t.ok(table.isEmpty)
  t.equal(table.limitedSince('a', T), undefined)
})
