/**
 * Tests how a store keeps checkpoints of audit journals. Part of the suite.
 */

import type { Test } from 'tap'
import type { StoredCheckpoint } from '../../src/store/store.ts'
import { organization } from './samples.ts'
import type { Open } from './suite.ts'

export const checkpoint: StoredCheckpoint = {
  writer: 'a',
  segment: 2,
  sequence: 9,
  checkpoint: '{}',
  host: 'gateway-1',
  journal: '/data/audit',
  expiresAt: 2_000_000_000_000,
}

export async function checkpointSuite(t: Test, open: Open): Promise<void> {
  t.test('keepCheckpoint() keeps the latest one of each process', async t => {
    const store = await open(t)
    const other = { ...checkpoint, writer: 'b', segment: 1 }
    await store.keepCheckpoint(other)
    for (const [segment, sequence] of [
      [1, 7],
      [1, 11],
      [1, 10],
      [2, 9],
      [2, 8],
      [1, 12],
    ] as const)
      await store.keepCheckpoint({ ...checkpoint, segment, sequence, checkpoint: `${sequence}` })
    t.strictSame(await store.checkpoints(), [{ ...checkpoint, checkpoint: '9' }, other])
    t.equal(await store.policyVersion(organization), 0, 'it is no change of the policy')
  })

  t.test('keepCheckpoint() deletes those that have expired', async t => {
    let now = 1_000
    const store = await open(t, () => now)
    await store.keepCheckpoint({ ...checkpoint, expiresAt: 2_000 })
    now = 2_000
    const other = { ...checkpoint, writer: 'b' }
    await store.keepCheckpoint(other)
    t.equal((await store.checkpoints()).length, 2)
    now = 2_001
    await store.keepCheckpoint(other)
    t.strictSame(await store.checkpoints(), [other])
  })
}
