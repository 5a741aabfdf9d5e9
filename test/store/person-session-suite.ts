/**
 * Tests how a store keeps console sessions of people. Part of the suite.
 */

import type { Test } from 'tap'
import { organization, personSession } from './samples.ts'
import type { Open } from './suite.ts'

const NEVER_OVER = { seenAfter: 0, createdAfter: 0, most: 10 }

export async function personSessionSuite(t: Test, open: Open): Promise<void> {
  t.test('personSession() returns a session until it ends', async t => {
    const store = await open(t)
    t.equal(await store.personSession('a'), undefined)
    await store.addPersonSession(personSession, NEVER_OVER)
    t.strictSame(await store.personSession('a'), personSession)
    await store.personSessionSeen('a', 5_000)
    await store.personSessionSeen('a', 4_000)
    await store.personSessionSeen('b', 4_000)
    t.strictSame(await store.personSession('a'), { ...personSession, seenAt: 5_000 })
    await store.endPersonSession('b')
    await store.endPersonSession('a')
    t.equal(await store.personSession('a'), undefined)
    t.equal(await store.policyVersion(organization), 0, 'it is no change of the policy')
  })

  t.test('addPersonSession() removes ended sessions, and the excess of a person', async t => {
    const store = await open(t)
    const { person } = personSession
    for (const [idHash, createdAt, seenAt, change] of [
      ['old', 1_000, 9_000, {}],
      ['idle', 3_000, 4_000, {}],
      ['other', 3_000, 9_000, { subject: 'bob' }],
      ['elsewhere', 3_000, 9_000, { issuer: 'https://login.example.org' }],
      ['first', 4_000, 9_000, {}],
      ['second', 5_000, 9_000, { displayName: 'Ann Married' }],
    ] as const) {
      const added = {
        ...personSession,
        idHash,
        createdAt,
        seenAt,
        person: { ...person, ...change },
      }
      await store.addPersonSession(added, NEVER_OVER)
    }
    const bounds = { createdAfter: 1_000, seenAfter: 4_000, most: 2 }
    const added = { ...personSession, idHash: 'third', createdAt: 6_000, seenAt: 9_000 }
    await store.addPersonSession(added, bounds)
    const names = ['old', 'idle', 'other', 'elsewhere', 'first', 'second', 'third']
    const kept = await Promise.all(names.map(id => store.personSession(id)))
    t.strictSame(
      kept.map(one => one?.idHash),
      [undefined, undefined, 'other', 'elsewhere', undefined, 'second', 'third'],
    )
  })

  t.test('claimPersonCheck() lets one gateway ask the issuer at a time', async t => {
    const store = await open(t)
    await store.addPersonSession(personSession, NEVER_OVER)
    const claim = (at: number) => store.claimPersonCheck(personSession, at, at + 30)
    t.strictSame((await Promise.all([claim(100), claim(100), claim(100)])).sort(), [
      false,
      false,
      true,
    ])
    t.equal(await claim(129), false)
    t.equal(await claim(130), true, 'after the claim of a gateway that stopped')
    await store.releasePersonCheck('a')
    t.equal(await claim(131), true, 'after a check that failed')
    t.strictSame(await store.personSession('a'), personSession)

    const done = { checkedAt: 7_000, sealedTokens: new Uint8Array([1]) }
    await store.releasePersonCheck('a', done)
    const checked = { ...personSession, ...done }
    t.strictSame(await store.personSession('a'), checked)
    t.equal(await claim(7_000), false, 'for who has not seen the result')
    t.equal(await store.claimPersonCheck(checked, 7_000, 7_030), true)
    await store.endPersonSession('a')
    t.equal(await store.claimPersonCheck(checked, 8_000, 8_030), false)
  })

  t.test('R27 newEpoch() ends every session of a person', async t => {
    const store = await open(t)
    await store.addPersonSession(personSession, NEVER_OVER)
    await store.newEpoch()
    t.equal(await store.personSession('a'), undefined)
  })
}
