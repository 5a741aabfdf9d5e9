/** Confirmations of sessions of people: when the issuer is asked, and which responses end a session. */

import { mock } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import t from 'tap'
import { StoredConsoleSessions } from '../../../src/credentials/console-sessions.ts'
import { IssuerUnavailable } from '../../../src/credentials/credentials.ts'
import type { IssuerAnswer } from '../../../src/credentials/people/issuer.ts'
import { isOfPerson } from '../../../src/store/store.ts'
import { T } from '../fixture.ts'
import { accepted, CLAIMS, openPeople, PERSON } from './test-issuer.ts'

const MINUTE = 60_000
const DOWN = new IssuerUnavailable('The issuer is down')

/** A session that began at T, with a refresh token. */
async function open(
  tokens: Readonly<{ id: string; refresh?: string }> = { id: 'ID', refresh: '1' },
) {
  const people = await openPeople()
  const { sessions, checks, grants, issuer, store } = people
  t.teardown(() => store.close())
  issuer.answer = async () => accepted(CLAIMS, '2')
  const { cookie, expiresAt } = await sessions.beginFor(
    { person: PERSON, grants: grants.matching(CLAIMS) },
    checks.seal(tokens),
    { secure: true, at: T },
  )
  const presented = { cookie, secure: true }
  const verify = (afterMs: number, active = true) =>
    sessions.verify({ ...presented, at: T + afterMs, active })
  /** Returns the session as it is stored; undefined if there is none. */
  const stored = async () => {
    const session = await sessions.find(presented)
    return session && isOfPerson(session) ? session : undefined
  }
  const idToken = async () => {
    const session = await stored()
    return session && checks.unseal(session).id
  }
  return { ...people, presented, expiresAt, verify, stored, idToken }
}

for (const [afterMs, asked] of [
  [4 * MINUTE - 1, 0],
  [4 * MINUTE, 1],
  [5 * MINUTE, 1],
  [1 - 4 * MINUTE, 0],
  [-4 * MINUTE, 1],
] as const)
  t.test(`verify() after ${afterMs} ms asks the issuer ${asked} times`, async t => {
    const { verify, issuer } = await open()
    t.match(await verify(afterMs), { person: PERSON, principal: { name: 'ann' } })
    t.equal(issuer.received.length, asked)
    await verify(afterMs)
    t.equal(issuer.received.length, asked, 'and once for several requests')
  })

for (const afterMs of [5 * MINUTE, -5 * MINUTE])
  t.test(`P6 verify() of a session without confirmation after ${afterMs} ms`, async t => {
    const { verify, issuer } = await open()
    issuer.answer = () => Promise.reject(DOWN)
    const earlier = afterMs - Math.sign(afterMs)
    t.match(await verify(earlier), { person: PERSON }, 'until then, it can be used')
    await t.rejects(verify(afterMs), DOWN)
    issuer.answer = async () => accepted()
    t.match(await verify(afterMs), { person: PERSON }, 'and again once the issuer responds')
  })

t.test('verify() hides no unexpected error, even if the session can be used', async t => {
  const { verify, issuer } = await open()
  issuer.answer = () => Promise.reject(new TypeError('x'))
  await t.rejects(verify(4 * MINUTE), TypeError)
})

const refused = { kind: 'rejected', cause: new Error('revoked') } as const
for (const [what, answer, tokens] of [
  ['rejects the refresh token', refused],
  ['lets no person sign in', { ...refused, kind: 'cancelled' }],
  ['names another person', accepted({ ...CLAIMS, sub: 'bob' })],
  ['is another one', accepted({ ...CLAIMS, iss: 'https://other.example.com' })],
  ['names other groups', accepted({ ...CLAIMS, groups: [] })],
  ['gave no refresh token', accepted(), { id: 'ID' }],
] as const satisfies readonly (readonly [string, IssuerAnswer, { id: string }?])[])
  t.test(`P5 verify() ends a session for good if the issuer ${what}`, async t => {
    const { verify, issuer, idToken } = await open(tokens)
    issuer.answer = async () => answer
    t.match(await verify(4 * MINUTE - 1), { person: PERSON })
    t.equal(await verify(4 * MINUTE), undefined)
    issuer.answer = async () => accepted()
    t.equal(await verify(0), undefined)
    t.equal(await idToken(), undefined)
  })

t.test('verify() uses each refresh token once', async t => {
  const { verify, issuer, idToken } = await open()
  t.equal(await idToken(), 'ID')
  await verify(4 * MINUTE)
  t.equal(await idToken(), 'new ID')
  await verify(8 * MINUTE - 1)
  await verify(8 * MINUTE)
  t.strictSame(issuer.received, ['1', '2'])
})

t.test('verify() lets no other gateway ask for 30 seconds', async t => {
  const { verify, store } = await open()
  const claim = store.claimPersonCheck.bind(store)
  const claims: number[][] = []
  store.claimPersonCheck = (session, ...times) => {
    claims.push(times)
    return claim(session, ...times)
  }
  await verify(4 * MINUTE)
  t.strictSame(claims, [[T + 4 * MINUTE, T + 4 * MINUTE + 30_000]])
})

/** A session, and what the store has of it. */
async function openStored() {
  const people = await open()
  const session = await people.stored()
  if (session === undefined) throw new Error('There is no session')
  return { ...people, session }
}

for (const [what, afterMs, change, isOver] of [
  ['can still be used', 5 * MINUTE - 1, async () => undefined, false],
  [
    'was confirmed by another gateway',
    5 * MINUTE,
    async ({ store, session }: Stored) =>
      store.releasePersonCheck(session.idHash, { ...session, checkedAt: T + MINUTE }),
    false,
  ],
  [
    'was ended by another gateway',
    5 * MINUTE,
    async ({ store, session }: Stored) => store.endConsoleSession(session.idHash),
    true,
  ],
] as const)
  t.test(`verify() does not ask the issuer about a session that ${what}`, async t => {
    const people = await openStored()
    const { store, verify, issuer } = people
    store.claimPersonCheck = async () => {
      await change(people)
      return false
    }
    const caller = await verify(afterMs)
    t.strictSame(caller?.person, isOver ? undefined : PERSON)
    t.strictSame(issuer.received, [])
  })

type Stored = Awaited<ReturnType<typeof openStored>>

t.test('verify() asks in place of a gateway that claimed the check and is gone', async t => {
  const { verify, store, issuer, session } = await openStored()
  const claim = store.claimPersonCheck.bind(store)
  const at = T + 5 * MINUTE
  await claim(session, at, at + 150)
  const claims: number[] = []
  store.claimPersonCheck = (of, from, until) => {
    claims.push(from - at)
    return claim(of, from, until)
  }
  t.match(await verify(5 * MINUTE), { person: PERSON })
  t.strictSame(claims, [0, 100, 200], 'as soon as the claim is over')
  t.strictSame(issuer.received, ['1'])
})

t.test('P6 verify() keeps a session whose check another gateway does not finish', async t => {
  const { verify, store } = await open()
  mock.timers.enable({ apis: ['setTimeout'] })
  t.teardown(() => mock.timers.reset())
  const claim = store.claimPersonCheck
  let claims = 0
  store.claimPersonCheck = async () => {
    claims += 1
    return false
  }
  let isOver = false
  const refused = t.rejects(verify(5 * MINUTE), {
    name: 'IssuerUnavailable',
    message: 'Another gateway waits for the issuer',
  })
  void refused.finally(() => {
    isOver = true
  })
  while (!isOver) {
    mock.timers.tick(100)
    await setImmediate()
  }
  await refused
  t.equal(claims, 301, 'it looks for 30 seconds')
  store.claimPersonCheck = claim
  t.match(await verify(5 * MINUTE), { person: PERSON })
})

t.test('verify() waits for the issuer only if the session needs its response', async t => {
  const { verify, issuer } = await open()
  const { promise, resolve } = Promise.withResolvers<IssuerAnswer>()
  issuer.answer = () => promise
  const first = verify(4 * MINUTE)
  while (issuer.received.length === 0) await setImmediate()
  t.match(await verify(5 * MINUTE - 1), { person: PERSON }, 'this one does not wait')
  const late = verify(5 * MINUTE)
  let isOver = false
  void late.finally(() => {
    isOver = true
  })
  await setImmediate()
  t.notOk(isOver)
  resolve(refused)
  t.strictSame(await Promise.all([first, late]), [undefined, undefined])
  t.equal(issuer.received.length, 1, 'they share a response')
})

t.test('verify() extends a session by activity, and writes it once a minute', async t => {
  const { verify, expiresAt, store } = await open()
  const seen: number[] = []
  store.consoleSessionSeen = async (_, at) => void seen.push(at)
  t.equal(expiresAt, T + 30 * MINUTE)
  const endAfter = async (afterMs: number, active?: boolean) =>
    (await verify(afterMs, active))?.expiresAt
  t.equal(await endAfter(MINUTE - 1), T + 31 * MINUTE - 1)
  t.equal(await endAfter(MINUTE, false), T + 30 * MINUTE)
  t.strictSame(seen, [])
  t.equal(await endAfter(MINUTE), T + 31 * MINUTE)
  t.strictSame(seen, [T + MINUTE])
})

t.test('verify() accepts a session until 30 minutes without activity', async t => {
  const { verify } = await open()
  t.match(await verify(30 * MINUTE - 1, false), { person: PERSON })
  t.equal(await verify(30 * MINUTE), undefined)
})

t.test('end() ends the session of a person', async t => {
  const { sessions, presented, verify } = await open()
  await sessions.end({ ...presented, secure: false })
  t.ok(await verify(0), 'not by a cookie of the other transport')
  await sessions.end(presented)
  t.equal(await verify(0), undefined)
})

t.test(
  'verify() ends the sessions of keys and of people that the configuration excludes',
  async t => {
    const { ports, principal, key, presented, checks } = await open()
    const active = { at: T, active: true }
    const both = new StoredConsoleSessions({ ...ports, accessKeys: true, people: checks })
    const ofKey = { cookie: (await both.begin({ principal, key }, true, T)).cookie, secure: true }
    t.match(await both.verify({ ...ofKey, ...active }), { key: { id: key.id } })
    t.match(await both.verify({ ...presented, ...active }), { person: PERSON })
    for (const [excluded, change] of [
      [presented, { accessKeys: true }],
      [ofKey, { accessKeys: false, people: checks }],
    ] as const) {
      t.ok(both.recognizes(excluded))
      const sessions = new StoredConsoleSessions({ ...ports, ...change })
      t.equal(await sessions.verify({ ...excluded, ...active }), undefined)
      t.equal(await both.verify({ ...excluded, ...active }), undefined, 'for good')
    }
  },
)
