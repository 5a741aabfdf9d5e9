/** Responses of a directory that are remembered: for how long, and when the directory is asked again. */

import t from 'tap'
import type { FoundAccount } from '../../src/credentials/account-directory.ts'
import { WatchedDirectory } from '../../src/credentials/watched-directory.ts'
import { Failure } from '../../src/model/failure.ts'
import { T } from './fixture.ts'

const SID = 'S-1-5-21-1-2-3-1104'
const MAX_AGE = 300_000
const CHECK = 60_000
const DOWN = new Failure('policy-unavailable', 'The directory is down')
const [FIRST, SECOND] = ['1', '2'].map(passwordSetAt => ({
  dn: 'CN=svc',
  enabled: true,
  passwordSetAt,
})) as [FoundAccount, FoundAccount]

/** A directory that counts the requests, and whose responses a test chooses. */
function open() {
  const clock = { at: T }
  const asked: string[] = []
  const world = { answer: async (): Promise<FoundAccount | undefined> => FIRST }
  const watched = new WatchedDirectory({
    directory: {
      find: sid => {
        asked.push(sid)
        return world.answer()
      },
      bind: async (sid, account, password) => {
        asked.push(`${sid} ${account.dn} ${password}`)
        await world.answer()
        return { kind: 'accepted' }
      },
    },
    maxAgeMs: MAX_AGE,
    checkMs: CHECK,
    latest: () => clock.at,
  })
  const fail = (error: unknown = DOWN) => {
    world.answer = () => Promise.reject(error)
  }
  return { clock, asked, world, watched, fail, recent: (sid = SID) => watched.recent(sid) }
}

t.test('recent() returns a response for half the time between two checks', async t => {
  for (const ask of ['find', 'recent'] as const) {
    const { clock, asked, world, watched, recent } = open()
    t.equal(await watched[ask](SID), FIRST)
    world.answer = async () => SECOND
    clock.at = T + CHECK / 2 - 1
    t.equal(await recent(), FIRST)
    t.equal(asked.length, 1)
    clock.at = T + CHECK / 2
    t.equal(await recent(), SECOND)
    t.equal(asked.length, 2)
    clock.at = T + CHECK - 1
    t.equal(await recent(), SECOND, 'the time begins again')
    t.strictSame(asked, [SID, SID])
  }
})

t.test('recent() remembers each account by itself, and that there is none', async t => {
  const { asked, world, recent } = open()
  t.equal(await recent('S-1'), FIRST)
  world.answer = async () => undefined
  t.equal(await recent('S-2'), undefined)
  world.answer = async () => SECOND
  t.strictSame([await recent('S-1'), await recent('S-2')], [FIRST, undefined])
  t.strictSame(asked, ['S-1', 'S-2'])
})

t.test('find() asks each time', async t => {
  const { asked, watched } = open()
  await watched.find(SID)
  await watched.find(SID)
  t.strictSame(asked, [SID, SID])
})

t.test('P5 P6 recent() without the directory returns a response until the last check', async t => {
  const { clock, watched, fail, recent } = open()
  await watched.find(SID)
  fail()
  // The next check comes at most one and a half intervals later, which is within the maximum age.
  const last = MAX_AGE - 1.5 * CHECK
  clock.at = T + last - 1
  t.equal(await recent(), FIRST)
  clock.at = T + last
  await t.rejects(recent(), DOWN)
  await t.rejects(recent('S-other'), DOWN, 'nothing is known about this one')
})

t.test('recent() of a moment counts from the time at which the directory was asked', async t => {
  const { clock, asked, world, recent } = open()
  world.answer = async () => {
    clock.at = T + CHECK / 2 - 1
    return FIRST
  }
  await recent()
  await recent()
  t.equal(asked.length, 1)
  clock.at = T + CHECK / 2
  await recent()
  t.equal(asked.length, 2)
})

t.test('recent() shares a request between concurrent calls, and no later ones', async t => {
  const { clock, asked, world, recent } = open()
  const answer = Promise.withResolvers<FoundAccount>()
  world.answer = () => answer.promise
  const calls = [recent(), recent(), recent('S-other')]
  t.strictSame(asked, [SID, 'S-other'])
  answer.resolve(FIRST)
  t.strictSame(await Promise.all(calls), [FIRST, FIRST, FIRST])
  world.answer = async () => SECOND
  clock.at += CHECK
  t.equal(await recent(), SECOND)
})

t.test('a directory that failed is not asked for a second', async t => {
  const { clock, asked, world, watched, fail, recent } = open()
  const attempts: readonly (() => Promise<unknown>)[] = [
    () => watched.find(SID),
    () => watched.bind(SID, FIRST, 'secret'),
    () => recent(),
  ]
  fail()
  for (const attempt of attempts) await t.rejects(attempt(), DOWN)
  world.answer = async () => FIRST
  clock.at = T + 999
  for (const attempt of attempts) await t.rejects(attempt(), DOWN)
  t.strictSame(asked, [SID])
  clock.at = T + 1_000
  t.equal(await watched.find(SID), FIRST)
  t.strictSame(await watched.bind(SID, FIRST, 'secret'), { kind: 'accepted' })
  t.strictSame(asked, [SID, SID, `${SID} CN=svc secret`])
})

t.test('an unhandled error of a directory is a Failure from then on', async t => {
  const { watched, fail } = open()
  const cause = new TypeError('x')
  fail(cause)
  await t.rejects(watched.bind(SID, FIRST, 'secret'), cause)
  await t.rejects(watched.find(SID), { name: 'Failure', cause })
})
