import fc from 'fast-check'
import t from 'tap'
import { MinuteCounts } from '../../src/model/minute-counts.ts'

const T = 1_000_000_000

async function restOf<T>(counts: MinuteCounts<T>, at: number) {
  const rest: (readonly [number, T | undefined])[] = []
  await counts.recordRest(at, async (count, about) => void rest.push([count, about]))
  return rest
}

t.test('count() requests a record of the first event of a name in a minute', async t => {
  const counts = new MinuteCounts<string>()
  t.equal(counts.count('a', 'first', T), 1)
  t.equal(counts.count('a', 'second', T + 1), 0)
  t.equal(counts.count('b', 'other', T + 2), 1)
  t.equal(counts.count('a', 'third', T + 59_999), 0)
  t.equal(counts.count('a', 'fourth', T + 60_000), 3)
  t.equal(counts.count('a', 'fifth', T + 60_001), 0)
  t.strictSame(await restOf(counts, T + 119_999), [])
  t.strictSame(
    await restOf(counts, T + 120_000),
    [[1, 'fourth']],
    'as the first of the minute said',
  )
  t.strictSame(await restOf(counts, T + 999_999), [])
})

t.test('count() starts another minute when the clock is set back', async t => {
  const counts = new MinuteCounts<string>()
  counts.count('a', 'a', T)
  counts.count('a', 'a', T)
  t.equal(counts.count('a', 'a', T - 1), 2)
})

t.test('count() drops the oldest minute if it is full, and keeps its count', async t => {
  const counts = new MinuteCounts<string>(2)
  for (const name of ['a', 'a', 'a', 'b', 'b']) counts.count(name, name, T)
  counts.count('a', 'a', T + 60_000)
  counts.count('a', 'a', T + 60_000)
  t.equal(counts.count('c', 'c', T + 60_000), 1)
  t.strictSame(await restOf(counts, T + 60_000), [[1, undefined]], 'b, for a has begun again')
  t.equal(counts.count('b', 'b', T + 60_001), 1, 'b is recorded again')
  t.strictSame(await restOf(counts, T + 999_999), [[1, undefined]], 'and takes the room of a')
})

t.test('recordRest() keeps unrecorded events', async t => {
  const counts = new MinuteCounts<string>(2)
  for (const name of ['a', 'a', 'b', 'b', 'c', 'c']) counts.count(name, name, T)
  const rest: unknown[] = []
  const failing = (left: number) => async (count: number, about: string | undefined) => {
    if (rest.length === left) throw new Error('full')
    rest.push([count, about])
  }
  for (const left of [0, 1, 2]) await t.rejects(counts.recordRest(T + 60_000, failing(left)))
  await counts.recordRest(T + 60_000, failing(-1))
  t.strictSame(rest, [
    [1, 'b'],
    [1, 'c'],
    [1, undefined],
  ])
})

t.test('recordRest() counts events during its records', async t => {
  const counts = new MinuteCounts<string>(1)
  for (const name of ['a', 'a', 'a']) counts.count(name, name, T)
  const recorded: number[] = []
  const record = (fails: boolean) => async (count: number) => {
    recorded.push(counts.count('a', 'later', T + 60_000))
    counts.count('a', 'later', T + 60_001)
    if (fails) throw new Error('full')
    recorded.push(count)
  }
  await t.rejects(counts.recordRest(T + 60_000, record(true)))
  t.strictSame(recorded.splice(0), [1])
  t.strictSame(await restOf(counts, T + 120_000), [[3, 'later']], 'two of before, and one since')

  counts.count('b', 'b', T)
  counts.count('b', 'b', T)
  const drop = async () => {
    counts.count('c', 'c', T + 60_000)
    throw new Error('full')
  }
  await t.rejects(counts.recordRest(T + 60_000, drop))
  t.strictSame(await restOf(counts, T + 60_000), [[1, undefined]], 'of a name that was dropped')
})

t.test(
  'recordRest() forgets a minute once it is recorded, but not what began during it',
  async t => {
    const counts = new MinuteCounts<string>()
    counts.count('a', 'a', T)
    await restOf(counts, T + 60_000)
    t.equal(counts.count('a', 'a', T + 59_999), 1, 'the clock was set back to the minute')

    counts.count('a', 'a', T + 59_999)
    await counts.recordRest(T + 119_999, async () => {
      t.equal(counts.count('a', 'late', T + 119_998), 0, 'an event of the minute by its own clock')
    })
    t.strictSame(await restOf(counts, T + 119_999), [[1, 'a']])

    for (const _ of [1, 2]) counts.count('b', 'b', T)
    await counts.recordRest(T + 60_000, async () => {
      for (const _ of [1, 2, 3]) counts.count('b', 'later', T + 60_000)
    })
    t.strictSame(await restOf(counts, T + 120_000), [[2, 'later']], 'another minute of the name')
  },
)

t.test('count() keeps 10,000 names by default', async t => {
  const counts = new MinuteCounts<number>()
  for (let n = 0; n < 10_000; n++) counts.count(String(n), n, T)
  counts.count('0', 0, T)
  t.strictSame(await restOf(counts, T), [])
  counts.count('one more', 0, T)
  t.strictSame(await restOf(counts, T), [[1, undefined]], 'the first is dropped')
})

const steps = fc.array(fc.tuple(fc.nat(9), fc.nat(40_000), fc.boolean()))
const conserved = fc.asyncProperty(fc.integer({ min: 1, max: 5 }), steps, async (most, steps) => {
  const counts = new MinuteCounts<number>(most)
  let [at, recorded] = [T, 0]
  const sum = async (count: number) => {
    recorded += count
  }
  for (const [name, afterMs, isRest] of steps) {
    at += afterMs
    if (isRest) await counts.recordRest(at, sum)
    recorded += counts.count(String(name), name, at)
  }
  await counts.recordRest(Number.POSITIVE_INFINITY, sum)
  return recorded === steps.length
})
t.resolves(() => fc.assert(conserved), 'every event is counted exactly once')
