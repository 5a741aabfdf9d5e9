import t from 'tap'
import { MemoryCache } from '../../src/cache/memory.ts'
import { at, bytes, cacheSuite, newKey, textAt } from './suite.ts'

let nowMs = 0
const elapsed = () => nowMs
const pass = async (ms: number) => {
  nowMs += ms
}

t.test('MemoryCache', async t => {
  const cache = new MemoryCache(elapsed)
  await cacheSuite(t, { cache, other: cache, pass })
})

t.test('MemoryCache expires entries by its own clock, to the millisecond', async t => {
  const [cache, key] = [new MemoryCache(elapsed), newKey()]
  await cache.put(key, at(1), bytes('one'), 10)
  await pass(9)
  t.equal((await cache.get(key))?.lifeMs, 1)
  await pass(1)
  t.equal(await cache.get(key), undefined)
})

t.test('MemoryCache removes the least recently read entries if it is full', async t => {
  // Each entry counts as a 20,000th of 64 MiB, rounded up.
  for (const [others, isKept] of [
    [19_995, true],
    [19_996, false],
  ] as const) {
    const [cache, first] = [new MemoryCache(elapsed), newKey()]
    await cache.put(first, at(1), bytes('first'), 1_000)
    for (let n = 0; n < others; n += 1) await cache.writeTombstones([newKey()], at(1), 1_000)
    t.equal((await cache.get(first)) !== undefined, isKept, `${others} other entries`)
  }

  const cache = new MemoryCache(elapsed)
  const megabyte = new Uint8Array(1_024 * 1_024)
  const keys = Array.from({ length: 80 }, newKey)
  for (const key of keys) await cache.put(key, at(1), megabyte, 1_000)
  const found = await Promise.all(keys.map(key => cache.get(key)))
  const held = found.filter(entry => entry !== undefined).length
  t.ok(held > 50 && held < 65, `${held} MiB`)
})

t.test('MemoryCache keeps no entry of more than 4 MiB, nor the one it replaces', async t => {
  const [cache, key] = [new MemoryCache(elapsed), newKey()]
  await cache.put(key, at(1), bytes('one'), 1_000)
  await cache.put(key, at(2), new Uint8Array(4 * 1_024 * 1_024 + 1), 1_000)
  t.equal(await textAt(cache, key), undefined)
  // An entry needs 512 bytes more than its content.
  const most = 4_194_304 - 512
  for (const [length, isKept] of [
    [most, true],
    [most + 1, false],
  ] as const) {
    await cache.put(key, at(3), new Uint8Array(length), 1_000)
    t.equal((await cache.get(key)) !== undefined, isKept, `${length} bytes`)
  }
})

t.test('MemoryCache outlives its users', async t => {
  const [cache, key] = [new MemoryCache(elapsed), newKey()]
  await cache.close()
  await cache.put(key, at(1), bytes('one'), 1_000)
  t.equal(await textAt(cache, key), 'one')
})
