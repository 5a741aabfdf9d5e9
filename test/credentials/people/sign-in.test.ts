/** Sign-ins of people: which responses of the issuer count, and in which browser. */

import t from 'tap'
import type { BroughtResponse } from '../../../src/credentials/credentials.ts'
import { MasterKey } from '../../../src/credentials/master-key.ts'
import { sealPending, unsealPending } from '../../../src/credentials/people/pending.ts'
import { IssuerSignIn } from '../../../src/credentials/people/sign-in.ts'
import { MASTER_KEY, T } from '../fixture.ts'
import { accepted, CHALLENGE, CLAIMS, openPeople, PERSON } from './test-issuer.ts'

const LIMIT = 10 * 60_000
const QUERY = `?state=${encodeURIComponent(CHALLENGE.state)}&code=x`

async function open() {
  const people = await openPeople()
  t.teardown(() => people.store.close())
  const signIn = new IssuerSignIn({ issuerName: 'Example', ...people })
  const { url, cookie } = await signIn.begin({ secure: true, at: T })
  const finish = (change: Partial<BroughtResponse> = {}) =>
    signIn.finish({ cookie, query: QUERY, secure: true, at: T, ...change })
  return { ...people, signIn, url, finish }
}

t.test('finish() identifies a person, whose session begins later', async t => {
  const { signIn, url, finish, sessions, issuer } = await open()
  t.equal(signIn.issuerName, 'Example')
  t.equal(url, `${CLAIMS.iss}/auth?state=${CHALLENGE.state}`)
  const result = await finish({ at: T + 1 })
  t.match(result, { kind: 'identified', person: PERSON, principal: { name: 'ann' } })
  t.strictSame(issuer.received, [QUERY])
  if (result.kind !== 'identified') return
  const { cookie, expiresAt } = await result.begin()
  t.equal(expiresAt, T + 1 + 30 * 60_000)
  const presented = { cookie, secure: true }
  t.match(await sessions.verify({ ...presented, at: T + 2, active: true }), { person: PERSON })
  t.equal(await signIn.signOutUrl(presented), `${CLAIMS.iss}/end?token=new ID`)
  t.equal(await signIn.signOutUrl({ ...presented, secure: false }), undefined)
  t.equal(await signIn.signOutUrl({ cookie: 'x', secure: true }), undefined)
})

t.test('a session that begins ends the one that the browser had', async t => {
  const { signIn, sessions, finish } = await open()
  const first = await finish()
  if (first.kind !== 'identified') throw new Error('No person is identified')
  const { cookie: session } = await first.begin()
  const isLive = async () =>
    (await sessions.verify({ cookie: session, secure: true, at: T, active: false })) !== undefined
  const { cookie } = await signIn.begin({ session, secure: true, at: T })
  const second = await finish({ cookie })
  t.ok(await isLive(), 'until the other one begins')
  if (second.kind === 'identified') await second.begin()
  t.notOk(await isLive())
})

t.test('finish() accepts a response only to the sign-in that this browser began', async t => {
  const { finish, issuer } = await open()
  for (const [what, change] of [
    ['no cookie', { cookie: undefined }],
    ['another cookie', { cookie: 'x' }],
    ['the other transport', { secure: false }],
    ['a late response', { at: T + LIMIT }],
    ['no state', { query: '?code=x' }],
    ['another state', { query: '?state=a%20statf&code=x' }],
    ['an empty state', { query: '?state=&code=x' }],
    ['two states', { query: `${QUERY}&state=a%20state` }],
    ['another state first', { query: QUERY.replace('?', '?state=b&') }],
  ] as const)
    t.strictSame(await finish(change), { kind: 'failed', problem: 'expired' }, what)
  t.strictSame(issuer.received, [], 'the issuer is not asked')
})

t.test('finish() tells why a person cannot sign in', async t => {
  const { finish, issuer, grants } = await open()
  const cause = new Error('no')
  for (const kind of ['cancelled', 'rejected'] as const) {
    issuer.answer = async () => ({ kind, cause })
    t.strictSame(await finish(), { kind: 'failed', problem: kind, cause })
  }
  issuer.answer = () => Promise.reject(cause)
  await t.rejects(finish(), cause)
  issuer.answer = async () => accepted({ ...CLAIMS, groups: ['staff'] })
  t.strictSame(await finish(), { kind: 'failed', problem: 'no-access', person: PERSON })
  issuer.answer = async () => accepted()
  grants.replace([])
  t.strictSame(await finish(), { kind: 'failed', problem: 'no-access', person: PERSON })
})

for (const secure of [true, false])
  t.test(`unsealPending() accepts a cookie for ten minutes, secure: ${secure}`, async t => {
    const pending = { challenge: CHALLENGE, session: 'a session', secure, at: T }
    const cookie = sealPending(MASTER_KEY, pending)
    for (const [presented, isKnown] of [
      [{}, true],
      [{ at: T + LIMIT - 1 }, true],
      [{ at: T + LIMIT }, false],
      [{ at: T - LIMIT + 1 }, true],
      [{ at: T - LIMIT }, false],
      [{ secure: !secure }, false],
      [{ cookie: '' }, false],
      [{ cookie: cookie.slice(1) }, false],
      [{ cookie: cookie.slice(0, -2) }, false],
    ] as const)
      t.strictSame(
        unsealPending(MASTER_KEY, { cookie, secure, at: T, ...presented }),
        isKnown ? pending : undefined,
        JSON.stringify(presented),
      )
    const stranger = new MasterKey(Buffer.alloc(32, 8))
    t.equal(unsealPending(stranger, { cookie, secure, at: T }), undefined, 'another master key')
    const other = MASTER_KEY.seal('person-tokens', Buffer.from('{"secure":true}'))
    const forged = Buffer.from(other).toString('base64url')
    t.equal(unsealPending(MASTER_KEY, { cookie: forged, secure, at: T }), undefined)
  })
