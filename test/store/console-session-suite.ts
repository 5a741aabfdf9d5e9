/**
 * Tests how a store keeps the sessions of the console. Part of the suite.
 */

import type { Test } from 'tap'
import { accessKeyId } from '../../src/model/principal.ts'
import type { PersonHolder, SessionHolder } from '../../src/store/store.ts'
import { organization, personSession, session } from './samples.ts'
import type { Open } from './suite.ts'

const NEVER_OVER = { seenAfter: 0, createdAfter: 0, most: 10 }

const ofPerson = (change: Partial<PersonHolder['person']>): SessionHolder => ({
  ...personSession.holder,
  person: { ...personSession.holder.person, ...change },
})

/** Other holders than that of a session, and the same one with another value that does not identify it. */
const HOLDERS = [
  {
    sample: session,
    others: [{ ...session.holder, accessKeyId: accessKeyId('AKIAAAAAAAAAAAAAAAAB') }],
    same: { ...session.holder, policyHash: 'another' },
  },
  {
    sample: personSession,
    others: [ofPerson({ subject: 'bob' }), ofPerson({ issuer: 'https://login.example.org' })],
    same: ofPerson({ displayName: 'Ann Married' }),
  },
] as const

export async function consoleSessionSuite(t: Test, open: Open): Promise<void> {
  for (const { sample, others, same } of HOLDERS) {
    const { idHash } = sample
    const { kind } = sample.holder
    t.test(`consoleSession() of a ${kind} returns a session until it ends`, async t => {
      const store = await open(t)
      t.equal(await store.consoleSession(idHash), undefined)
      await store.addConsoleSession(sample, NEVER_OVER)
      t.strictSame(await store.consoleSession(idHash), sample)
      await store.consoleSessionSeen(idHash, 5_000)
      await store.consoleSessionSeen(idHash, 4_500)
      await store.consoleSessionSeen('x', 4_000)
      t.strictSame(await store.consoleSession(idHash), { ...sample, seenAt: 5_000 })
      await store.endConsoleSession('x')
      await store.endConsoleSession(idHash)
      t.equal(await store.consoleSession(idHash), undefined)
      t.equal(await store.policyVersion(organization), 0, 'it is no change of the policy')
    })

    t.test(`addConsoleSession() removes ended sessions, and the excess of a ${kind}`, async t => {
      const store = await open(t)
      const add = async (
        idHash: string,
        createdAt: number,
        seenAt: number,
        holder: SessionHolder = sample.holder,
        bounds = NEVER_OVER,
      ) => {
        const added = { ...sample, idHash, createdAt, seenAt, holder } as typeof sample
        await store.addConsoleSession(added, bounds)
        return idHash
      }
      const lost = [
        await add('old', 1_000, 9_000),
        await add('idle', 3_000, 4_000),
        await add('first', 4_000, 9_000),
      ]
      const kept = [await add('second', 5_000, 9_000, same)]
      for (const [i, other] of others.entries())
        kept.push(await add(`other ${i}`, 3_000, 9_000, other))
      const bounds = { createdAfter: 1_000, seenAfter: 4_000, most: 2 }
      kept.push(await add('third', 6_000, 9_000, sample.holder, bounds))
      for (const id of lost) t.equal(await store.consoleSession(id), undefined, id)
      for (const id of kept) t.equal((await store.consoleSession(id))?.idHash, id)
    })
  }

  t.test('claimPersonCheck() lets one gateway ask the issuer at a time', async t => {
    const store = await open(t)
    const { idHash } = personSession
    await store.addConsoleSession(personSession, NEVER_OVER)
    const claim = (at: number) => store.claimPersonCheck(personSession, at, at + 30)
    t.strictSame((await Promise.all([claim(100), claim(100), claim(100)])).sort(), [
      false,
      false,
      true,
    ])
    t.equal(await claim(129), false)
    t.equal(await claim(130), true, 'after the claim of a gateway that stopped')
    await store.releasePersonCheck(idHash)
    t.equal(await claim(131), true, 'after a check that failed')
    t.strictSame(await store.consoleSession(idHash), personSession)

    const done = { checkedAt: 7_000, sealedTokens: new Uint8Array([1]) }
    await store.releasePersonCheck(idHash, done)
    const checked = { ...personSession, ...done }
    t.strictSame(await store.consoleSession(idHash), checked)
    t.equal(await claim(7_000), false, 'for who has not seen the result')
    t.equal(await store.claimPersonCheck(checked, 7_000, 7_030), true)
    await store.endConsoleSession(idHash)
    t.equal(await store.claimPersonCheck(checked, 8_000, 8_030), false)
  })

  t.test('R27 newEpoch() ends every session, so that a restore revives none', async t => {
    const store = await open(t)
    await store.addConsoleSession(session, NEVER_OVER)
    await store.addConsoleSession(personSession, NEVER_OVER)
    await store.newEpoch()
    for (const { idHash } of [session, personSession])
      t.equal(await store.consoleSession(idHash), undefined)
  })
}
