/**
 * Snapshots of the policy for the audit, in SQL. The outbox gets their records, as it gets those of changes.
 *
 * @module
 */

import { randomUUIDv7 } from 'node:crypto'
import { setImmediate } from 'node:timers/promises'
import { numbered, splitMembers } from '../model/change-parts.ts'
import type { OrganizationId } from '../model/identity.ts'
import { readSnapshotTime, writeSnapshotTime } from './meta.ts'
import { acknowledgeOutbox, addToOutbox } from './outbox.ts'
import { readPolicyState } from './policy-state.ts'
import { ofOneState } from './snapshot.ts'
import type { OutboxRecord, RecordedVersion } from './store.ts'
import type { Database } from './tables.ts'
import { changeOrganization, readPolicyVersions, readRecordedVersion } from './versions.ts'

/** Number of records that one transaction adds. Each has up to 64 KB. */
const ADDED_AT_ONCE = 16

/** A snapshot, and the version of the policy in it. */
type Snapshot = Readonly<{ version: RecordedVersion; records: readonly OutboxRecord[] }>

/**
 * Adds a snapshot of the policy to the outbox, claimed for the caller, unless one was made after a time. Reads the policy before
 * the lock is taken, because that takes long.
 *
 * @param readers - database connection whose reads don't wait for writers
 * @returns the records of the snapshot; none if there is one already
 */
export async function recordPolicy(
  db: Database,
  now: number,
  readers: Database,
  organization: OrganizationId,
  since: number,
): Promise<readonly OutboxRecord[]> {
  const lastTime = await readSnapshotTime(readers, organization)
  if (lastTime !== undefined && lastTime > since) return []
  const { version, records } = await ofOneState(readers).execute(transaction =>
    takeSnapshot(transaction, now, organization),
  )
  // Most of them in transactions of their own, because SQLite holds up the process while it writes a large one to its file. A
  // snapshot that is left incomplete is ignored.
  const [most, last] = [records.slice(0, -1), records.slice(-1)]
  for (let from = 0; from < most.length; from += ADDED_AT_ONCE)
    await db
      .transaction()
      .execute(transaction => addToOutbox(transaction, now, most.slice(from, from + ADDED_AT_ONCE)))
  return await changeOrganization(db, organization, async change => {
    const { epoch } = await readRecordedVersion(change, organization)
    // Another gateway has made one, or the store was restored.
    const isOutdated =
      epoch !== version.epoch || (await readSnapshotTime(change, organization)) !== lastTime
    if (isOutdated) {
      await acknowledgeOutbox(
        change,
        most.map(({ id }) => id),
      )
      return []
    }
    await writeSnapshotTime(change, organization, now)
    await addToOutbox(change, now, last)
    return records
  })
}

/** Adds snapshots of all policies to the outbox, in a transaction that begins another epoch. */
export async function recordPolicies(transaction: Database, now: number): Promise<void> {
  const { versions } = await readPolicyVersions(transaction)
  for (const organization of versions.keys())
    await changeOrganization(transaction, organization, async change => {
      const { records } = await takeSnapshot(change, now, organization)
      await writeSnapshotTime(change, organization, now)
      await addToOutbox(change, 0, records)
    })
}

/** @param db - one state of the store */
async function takeSnapshot(
  db: Database,
  now: number,
  organizationId: OrganizationId,
): Promise<Snapshot> {
  const version = await readRecordedVersion(db, organizationId)
  const parts: object[] = []
  for (const part of splitMembers(await readPolicyState(db, organizationId))) {
    parts.push(part)
    await setImmediate()
  }
  const decisionId = randomUUIDv7()
  const records: OutboxRecord[] = []
  for (const [n, policy] of parts.entries()) {
    const numbers = numbered(decisionId, n, parts.length)
    const record = { type: 'snapshot', at: now, ...numbers, organizationId, ...version, policy }
    records.push({ id: numbers.decisionId, record: JSON.stringify(record) })
    await setImmediate()
  }
  return { version, records }
}
