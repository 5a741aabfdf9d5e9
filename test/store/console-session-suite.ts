/**
 * Tests how a store keeps console sessions. Part of the suite.
 */

import type { Test } from 'tap'
import { accessKeyId } from '../../src/model/principal.ts'
import { organization, session } from './samples.ts'
import type { Open } from './suite.ts'

const NEVER_OVER = { seenAfter: 0, createdAfter: 0, most: 10 }

export async function consoleSessionSuite(t: Test, open: Open): Promise<void> {
  t.test('consoleSession() returns a session until it ends', async t => {
    const store = await open(t)
    t.equal(await store.consoleSession('a'), undefined)
    await store.addConsoleSession(session, NEVER_OVER)
    t.strictSame(await store.consoleSession('a'), session)
    await store.consoleSessionSeen('a', 5_000)
    await store.consoleSessionSeen('a', 4_000)
    await store.consoleSessionSeen('b', 4_000)
    t.strictSame(await store.consoleSession('a'), { ...session, seenAt: 5_000 })
    await store.endConsoleSession('b')
    await store.endConsoleSession('a')
    t.equal(await store.consoleSession('a'), undefined)
    t.equal(await store.policyVersion(organization), 0, 'it is no change of the policy')
  })

  t.test('addConsoleSession() removes ended sessions, and the excess of a key', async t => {
    const store = await open(t)
    const other = accessKeyId('AKIAAAAAAAAAAAAAAAAB')
    for (const [idHash, createdAt, seenAt, key] of [
      ['old', 1_000, 9_000, session.accessKeyId],
      ['idle', 3_000, 4_000, session.accessKeyId],
      ['other', 3_000, 9_000, other],
      ['first', 4_000, 9_000, session.accessKeyId],
      ['second', 5_000, 9_000, session.accessKeyId],
    ] as const)
      await store.addConsoleSession(
        { ...session, idHash, accessKeyId: key, createdAt, seenAt },
        NEVER_OVER,
      )
    const bounds = { createdAfter: 1_000, seenAfter: 4_000, most: 2 }
    const added = { ...session, idHash: 'third', createdAt: 6_000, seenAt: 9_000 }
    await store.addConsoleSession(added, bounds)
    const kept = await Promise.all(
      ['old', 'idle', 'other', 'first', 'second', 'third'].map(id => store.consoleSession(id)),
    )
    t.strictSame(
      kept.map(one => one?.idHash),
      [undefined, undefined, 'other', undefined, 'second', 'third'],
    )
  })

  t.test('R27 newEpoch() ends every session, so that a restore revives none', async t => {
    const store = await open(t)
    await store.addConsoleSession(session, NEVER_OVER)
    await store.newEpoch()
    t.equal(await store.consoleSession('a'), undefined)
  })
}
