/**
 * Sessions of the console: how long one lasts, what ends it, and which cookies count.
 */

import t from 'tap'
import { StoredConsoleSessions } from '../../src/credentials/console-sessions.ts'
import type { ConsoleSession } from '../../src/store/store.ts'
import { ORGANIZATION, openFixture, T } from './fixture.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE

async function open() {
  const fixture = await openFixture()
  const { store, masterKey, usage, key, principal } = fixture
  t.teardown(() => store.close())
  const writes: number[] = []
  const seen = store.consoleSessionSeen.bind(store)
  store.consoleSessionSeen = async (idHash, at) => {
    writes.push(at)
    await seen(idHash, at)
  }
  const sessions = new StoredConsoleSessions({ store, masterKey, usage, accessKeys: true })
  const begin = (at = T, secure = true) => sessions.begin({ key, principal }, secure, at)
  /** Returns the end of a session after a request; undefined if it is over. */
  const verify = async (cookie: string, at: number, { active = true, secure = true } = {}) =>
    (await sessions.verify({ cookie, secure, active, at }))?.expiresAt
  return { ...fixture, sessions, begin, verify, writes }
}

t.test('begin() and verify() return when an idle session ends', async t => {
  const { begin, verify } = await open()
  const { cookie, expiresAt } = await begin()
  t.match(cookie, /^[\w-]{43}\.[\w-]{43}$/)
  t.equal(expiresAt, T + 30 * MINUTE)
  t.equal(await verify(cookie, T + 1, { active: false }), T + 30 * MINUTE)
  t.equal(await verify(cookie, T + 10 * MINUTE), T + 40 * MINUTE)
  t.equal(await verify(cookie, T + 5 * MINUTE), T + 40 * MINUTE, 'a clock that is set back')
  t.equal(await verify(cookie, T + 40 * MINUTE - 1, { active: false }), T + 40 * MINUTE)
  t.equal(await verify(cookie, T + 40 * MINUTE), undefined)
  t.equal(await verify(cookie, T + 20 * MINUTE), undefined, 'for good')
})

t.test('verify() ends a session after twelve hours, even if it is in use', async t => {
  const { begin, verify } = await open()
  const { cookie } = await begin()
  for (let at = T; at < T + 12 * HOUR; at += 20 * MINUTE)
    t.equal(await verify(cookie, at), Math.min(at + 30 * MINUTE, T + 12 * HOUR))
  t.equal(await verify(cookie, T + 12 * HOUR - 1), T + 12 * HOUR)
  t.equal(await verify(cookie, T + 12 * HOUR), undefined)
})

t.test('verify() writes the use of a session once a minute', async t => {
  const { begin, verify, writes } = await open()
  const { cookie } = await begin()
  for (const at of [T, T + MINUTE - 1, T + MINUTE, T + 2 * MINUTE - 1]) await verify(cookie, at)
  await verify(cookie, T + 3 * MINUTE, { active: false })
  t.strictSame(writes, [T + MINUTE])
})

t.test('verify() records the use of the key, unless the session has ended', async t => {
  const { begin, verify, store, key } = await open()
  const lastUsed = async () => (await store.credential(key.id))?.key.lastUsedAt
  const { cookie } = await begin()
  await verify(cookie, T + 30 * MINUTE)
  t.equal(await lastUsed(), undefined)
  await verify((await begin()).cookie, T + MINUTE)
  t.equal(await lastUsed(), T + MINUTE)
})

t.test('begin() keeps 20 sessions of a key, and ends the oldest', async t => {
  const { begin, verify } = await open()
  const cookies: string[] = []
  for (let n = 0; n < 21; n++) cookies.push((await begin(T + n)).cookie)
  const lives = await Promise.all(cookies.map(cookie => verify(cookie, T + 21)))
  t.strictSame(
    lives.map(end => end !== undefined),
    cookies.map((_, n) => n > 0),
  )
})

t.test('begin() removes sessions that have ended', async t => {
  const { begin, store } = await open()
  const add = store.addConsoleSession.bind(store)
  const added: unknown[] = []
  store.addConsoleSession = async (session, bounds) => {
    added.push(bounds)
    await add(session, bounds)
  }
  await begin()
  t.strictSame(added, [{ seenAfter: T - 30 * MINUTE, createdAfter: T - 12 * HOUR, most: 20 }])
})

t.test(
  'a session ends with its key or its principal, also while the clock is set back',
  async t => {
    for (const limit of [
      ({ store, key }: World, end: number) => store.putKey({ ...key, expiresAt: end }),
      ({ store, principal }: World, end: number) =>
        store.putPrincipal({ ...principal, notAfter: end }),
    ]) {
      const world = await open()
      const end = T + 10 * MINUTE
      await limit(world, end)
      const { cookie } = await world.begin()
      t.equal(await world.verify(cookie, end - 1), end, 'no later than the end')
      const presented = { cookie, secure: true, active: true, at: end - 1, latest: end }
      t.equal(await world.sessions.verify(presented), undefined)
      t.equal(await world.verify(cookie, end - 1), undefined, 'for good')
    }
  },
)

t.test('R46 a session that has ended stays ended when the clock goes back', async t => {
  const { begin, sessions } = await open()
  const { cookie } = await begin()
  const presented = { cookie, secure: true, active: true, at: T + 30 * MINUTE - 1 }
  t.ok(await sessions.verify({ ...presented, active: false }))
  t.equal(await sessions.verify({ ...presented, latest: T + 30 * MINUTE }), undefined)
})

t.test('end() ends the session of a cookie, and no other', async t => {
  const { begin, verify, sessions } = await open()
  const [one, other] = [(await begin()).cookie, (await begin()).cookie]
  await sessions.end({ cookie: other.replace(/^./, '~'), secure: true })
  await sessions.end({ cookie: one, secure: false })
  t.ok(await verify(one, T), 'a cookie that was not made so ends nothing')
  await sessions.end({ cookie: one, secure: true })
  t.equal(await verify(one, T), undefined)
  t.ok(await verify(other, T))
})

t.test('R24 verify() permanently ends a session whose key is no longer valid', async t => {
  for (const [what, change, back] of [
    [
      'disabled',
      ({ store, key }) => store.putKey({ ...key, enabled: false }),
      ({ store, key }) => store.putKey(key),
    ],
    [
      'of a principal with another policy',
      ({ store, principal }) =>
        store.putPrincipal({ ...principal, policy: { Version: '2012-10-17', Statement: [] } }),
      ({ store, principal }) => store.putPrincipal(principal),
    ],
    ['deleted', ({ store, key }) => store.deleteKey(ORGANIZATION, key.id), async () => undefined],
  ] as const satisfies readonly (readonly [string, Step, Step])[]) {
    const world = await open()
    const { cookie } = await world.begin()
    await change(world)
    t.equal(await world.verify(cookie, T + 1), undefined, what)
    await back(world)
    t.equal(await world.verify(cookie, T + 1), undefined, `${what}, and back`)
  }
})

type World = Awaited<ReturnType<typeof open>>
type Step = (world: World) => Promise<unknown>

t.test('recognizes() a cookie of this gateway, on the same kind of connection', async t => {
  const { begin, sessions, verify } = await open()
  for (const secure of [true, false]) {
    const { cookie } = await begin(T, secure)
    const [id = '', mac = ''] = cookie.split('.')
    for (const [text, isSecure, isKnown] of [
      [cookie, secure, true],
      [cookie, !secure, false],
      [`${cookie}.`, secure, false],
      [`${cookie}.${mac}`, secure, false],
      [id, secure, false],
      [`${id}.`, secure, false],
      [`.${mac}`, secure, false],
      [`${id.slice(1)}.${mac}`, secure, false],
      [`${id}.${mac.slice(1)}`, secure, false],
      [`${mac}.${id}`, secure, false],
      ['', secure, false],
    ] as const) {
      t.equal(sessions.recognizes({ cookie: text, secure: isSecure }), isKnown, text)
      t.equal((await verify(text, T, { secure: isSecure })) !== undefined, isKnown, text)
    }
  }
})

/** Cookies of one session, under the master key of the tests. */
const COOKIES = {
  tls: 'AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8.uikourRYfMps_7nYVuLYqR17hjW8lytWuaWhvk9959Y',
  clear: 'AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8.xjgdliCdOs0zJiKPqG9-8UCkFzPkcdQpsYudBIRJZ-s',
}

t.test('verify() accepts the cookies that another version makes', async t => {
  const { store, verify, key } = await open()
  const policyHash = 'UJ42U29Yo6JBu6hSCy-2rInia-Hp8SPfEY7B6BnWp68'
  const session: ConsoleSession = {
    idHash: '6oZqdX5MOLq_qBJ8vppAnT4fk6AP8UiP9zX8-Rev_9A',
    holder: { kind: 'key', accessKeyId: key.id, policyHash },
    createdAt: T,
    seenAt: T,
  }
  await store.addConsoleSession(session, { seenAfter: 0, createdAfter: 0, most: 20 })
  t.ok(await verify(COOKIES.tls, T))
  t.ok(await verify(COOKIES.clear, T, { secure: false }))
})
