import t from 'tap'
import { MemoryCache } from './memory-cache.ts'
import { at, bytes, cacheSuite, newKey } from './suite.ts'

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
