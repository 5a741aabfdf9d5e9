/**
 * Delivers the outbox: writes audit records of changes and snapshots from the store to the audit journal.
 *
 * @module
 */

import { randomUUIDv7 } from 'node:crypto'
import { setImmediate } from 'node:timers/promises'
import type { Audit, AuditRecord, ChangeRecord } from '../audit/audit.ts'
import {
  type OutboxRecord,
  type OutboxStore,
  outboxRecords,
  type RecordedVersion,
} from '../store/store.ts'
import { regularly } from './regularly.ts'

/**
 * Maximum time for a process to deliver a record that it added or claimed. Afterwards, another gateway can claim
 * the record, because that process has ended or can't write its audit.
 */
const CLAIM_MS = 30_000

/** Interval at which a gateway polls for undelivered records. */
const POLL_INTERVAL_MS = 5_000

/** Number of records that are written at a time. Each can be long, and the process can do other work between them. */
const WRITTEN_AT_ONCE = 4

/** Functions that deliver records of the outbox. */
export type OutboxDelivery = Readonly<{
  /** Delivers records that the caller has added. Records that fail stay in the outbox. Never throws. */
  deliver: (records: readonly OutboxRecord[]) => Promise<void>
  /**
   * Claims and delivers records that other processes have not delivered. Skips records that are already in this
   * journal, because a process can end between writing a record and removing it from the outbox. Never throws.
   */
  deliverLeft: () => Promise<void>
}>

/** @param failed - called with each error. The audit also reports its own errors */
export function outboxDelivery(
  store: OutboxStore,
  audit: Audit,
  failed: (error: unknown) => void,
): OutboxDelivery {
  const write = async (records: readonly OutboxRecord[]) => {
    for (const { record } of records) audit.record(JSON.parse(record) as AuditRecord)
    await audit.written()
    // With `audit.onFailure: continue`, written() doesn't throw although records were lost.
    audit.checkWritable()
    await store.acknowledgeOutbox(records.map(({ id }) => id))
  }
  const deliver = async (records: readonly OutboxRecord[]) => {
    try {
      for (let from = 0; from < records.length; from += WRITTEN_AT_ONCE) {
        if (from > 0) await setImmediate()
        await write(records.slice(from, from + WRITTEN_AT_ONCE))
      }
    } catch (error) {
      failed(error)
    }
  }
  return {
    deliver,
    deliverLeft: async () => {
      try {
        const left = await store.claimOutbox(CLAIM_MS)
        if (left.length === 0) return
        const recorded = await audit.recorded(left.map(({ id }) => id))
        await store.acknowledgeOutbox([...recorded])
        await deliver(left.filter(({ id }) => !recorded.has(id)))
      } catch (error) {
        failed(error)
      }
    },
  }
}

/**
 * Delivers records that other processes have not delivered, now and regularly.
 *
 * @returns function that stops the delivery
 */
export function keepDelivering({ deliverLeft }: OutboxDelivery): () => Promise<void> {
  return regularly(deliverLeft, POLL_INTERVAL_MS)
}

/** Returns the records of a change that a command or the gateway itself makes. */
export function ownChange(
  change: Pick<
    ChangeRecord,
    'action' | 'organizationId' | keyof RecordedVersion | 'object' | 'before' | 'after'
  >,
): readonly OutboxRecord[] {
  return outboxRecords({
    type: 'change',
    at: Date.now(),
    decisionId: randomUUIDv7(),
    verdict: 'allow',
    ...change,
  })
}
