/**
 * Tests the contract of a cache. Each adapter runs it.
 */

import { randomBytes, randomUUID } from 'node:crypto'
import fc from 'fast-check'
import type { Test } from 'tap'
import type { Cache, CacheKey } from '../../src/cache/cache.ts'
import { organizationId } from '../../src/model/identity.ts'
import { roleId } from '../../src/model/role.ts'
import { roleSubject } from '../../src/model/subject.ts'
import { until } from '../kit/until.ts'

export type CacheUnderTest = Readonly<{
  cache: Cache
  /** The same cache, as another gateway sees it. */
  other: Cache
  /** Lets time pass in the cache. */
  pass: (ms: number) => Promise<void>
}>

/** Longer than any test. */
const LIFE_MS = 24 * 3_600_000
const MOMENT_MS = 60

/** Returns a key that is not in use. */
export const newKey = (): CacheKey => ({
  organization: organizationId(`m-${randomUUID().replaceAll('-', '')}`),
  subject: roleSubject(roleId(randomUUID())),
})

export const bytes = (text: string) => Buffer.from(text)
export const at = (version: number, epoch = 'epoch-1') => ({ epoch, version })

/** Returns the text that the cache holds for a key. */
export async function textAt(cache: Cache, key: CacheKey): Promise<string | undefined> {
  const entry = await cache.get(key)
  return entry && Buffer.from(entry.sealed).toString()
}

export async function cacheSuite(t: Test, { cache, other, pass }: CacheUnderTest) {
  await t.test('get() without an entry returns undefined', async t => {
    t.equal(await cache.get(newKey()), undefined)
  })

  await t.test('get() returns the entry that another put, with its remaining TTL', async t => {
    const key = newKey()
    await cache.put(key, at(1), bytes('one'), LIFE_MS)
    await pass(MOMENT_MS)
    const entry = await other.get(key)
    t.strictSame(entry && Buffer.from(entry.sealed), bytes('one'))
    const lifeMs = entry?.lifeMs ?? 0
    t.ok(lifeMs > LIFE_MS / 2 && lifeMs <= LIFE_MS - MOMENT_MS, `${lifeMs} ms`)
  })

  await t.test('keys of one subject in two organizations, and the reverse, are apart', async t => {
    const [one, two] = [newKey(), newKey()]
    await cache.put(one, at(1), bytes('one'), LIFE_MS)
    t.equal(await cache.get({ ...one, organization: two.organization }), undefined)
    t.equal(await cache.get({ ...one, subject: two.subject }), undefined)
  })

  await t.test('P5 an entry expires after its TTL', async t => {
    const key = newKey()
    await cache.put(key, at(1), bytes('one'), MOMENT_MS)
    await pass(MOMENT_MS)
    t.equal(await cache.get(key), undefined)
    await cache.put(key, at(0), bytes('older'), LIFE_MS)
    t.equal(await textAt(cache, key), 'older', 'and is not remembered')
  })

  await t.test('a TTL of less than a millisecond expires soon', async t => {
    const key = newKey()
    await cache.put(key, at(1), bytes('one'), 0.25)
    await pass(2)
    t.equal(await cache.get(key), undefined)
  })

  await t.test('an entry can have any bytes, no bytes, or a megabyte', async t => {
    for (const sealed of [Buffer.alloc(0), randomBytes(1_024 * 1_024), bytes('\r\n$-1\0\xff')]) {
      const key = newKey()
      await cache.put(key, at(1), sealed, LIFE_MS)
      const entry = await cache.get(key)
      t.ok(entry && sealed.equals(entry.sealed), `${sealed.length} bytes`)
    }
  })

  await t.test('later changes to the bytes of a put have no effect', async t => {
    const [key, page] = [newKey(), Buffer.from('--one--')]
    await cache.put(key, at(1), page.subarray(2, 5), LIFE_MS)
    page.fill(0)
    t.equal(await textAt(cache, key), 'one')
  })

  await t.test('writeTombstones() of no keys, and of a thousand', async t => {
    const { organization } = newKey()
    const keys = Array.from({ length: 1_000 }, () => ({ ...newKey(), organization }))
    const some = keys.filter((_, n) => n % 83 === 0).concat(keys.slice(-1))
    for (const key of some) await cache.put(key, at(1), bytes('one'), LIFE_MS)
    await cache.writeTombstones([], at(2), LIFE_MS)
    await cache.writeTombstones(keys, at(2), LIFE_MS)
    for (const key of some) {
      t.equal(await cache.get(key), undefined)
      await cache.put(key, at(1), bytes('late'), LIFE_MS)
      t.equal(await cache.get(key), undefined, 'R25 each has a tombstone')
    }
  })

  await t.test('R25 a tombstone prevents older versions until it expires', async t => {
    const [deleted, forgotten] = [newKey(), newKey()]
    await cache.writeTombstones([deleted], at(5), LIFE_MS)
    await cache.writeTombstones([forgotten], at(5), MOMENT_MS)
    await pass(MOMENT_MS)
    for (const key of [deleted, forgotten]) await other.put(key, at(4), bytes('four'), LIFE_MS)
    t.equal(await cache.get(deleted), undefined)
    t.equal(await textAt(cache, forgotten), 'four')
  })

  await t.test('versions are compared as numbers, up to the largest', async t => {
    const key = newKey()
    const last = Number.MAX_SAFE_INTEGER
    for (const [version, expected] of [
      [9, '9'],
      [10, '10'],
      [9, '10'],
      [last - 1, `${last - 1}`],
      [last, `${last}`],
      [last - 1, `${last}`],
    ] as const) {
      await cache.put(key, at(version), bytes(`${version}`), LIFE_MS)
      t.equal(await textAt(cache, key), expected)
    }
  })

  await t.test('R25 the entries after any puts and tombstones follow the rule', async t => {
    const step = fc.record({
      kind: fc.constantFrom('put', 'writeTombstones'),
      epoch: fc.constantFrom('a', 'b'),
      version: fc.integer({ min: 0, max: 3 }),
    })
    type Step = Readonly<{ kind: string; epoch: string; version: number }>
    const isKept = (standing: Step, next: Step) =>
      standing.epoch === next.epoch &&
      (next.kind === 'put' ? standing.version > next.version : standing.version >= next.version)
    const property = fc.asyncProperty(fc.array(step, { maxLength: 8 }), async steps => {
      const key = newKey()
      let standing: Step | undefined
      for (const next of steps) {
        const { kind, ...version } = next
        if (kind === 'writeTombstones') await cache.writeTombstones([key], version, LIFE_MS)
        else await cache.put(key, version, bytes(JSON.stringify(version)), LIFE_MS)
        if (standing === undefined || !isKept(standing, next)) standing = next
      }
      const { kind, ...version } = standing ?? { kind: 'none' }
      return (await textAt(other, key)) === (kind === 'put' ? JSON.stringify(version) : undefined)
    })
    const { failed, counterexample } = await fc.check(property)
    t.notOk(failed, JSON.stringify(counterexample))
  })

  await t.test('publish() reaches every listener, whole and in order', async t => {
    const heard: string[] = []
    const states: boolean[] = []
    for (const [name, listening] of [
      ['own', cache],
      ['other', other],
    ] as const)
      listening.listen({
        message: message => heard.push(`${name} ${Buffer.from(message).toString('hex')}`),
        state: up => states.push(up),
      })
    await until('both listen', () => states.length === 2)
    const publishing = cache.publish(Uint8Array.of(0, 255, 13, 10))
    t.strictSame(heard, [], 'not while it is being sent')
    await publishing
    await other.publish(Uint8Array.of())
    await until('all listeners received it', () => heard.length === 4)
    t.strictSame(
      heard.filter(line => line.startsWith('own')),
      ['own 00ff0d0a', 'own '],
    )
    t.strictSame(
      heard.filter(line => line.startsWith('other')),
      ['other 00ff0d0a', 'other '],
    )
    t.strictSame(states, [true, true])
  })

  await t.test('ping() succeeds', async () => {
    await cache.ping()
  })
}
