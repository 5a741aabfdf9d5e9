/**
 * Delivers the outbox: brings audit records of changes from the store into the audit.
 *
 * @module
 */

import { randomUUIDv7 } from 'node:crypto'
import type { Audit, ChangeRecord } from '../audit/audit.ts'
import type { OutboxRecord, OutboxStore } from '../store/store.ts'

/**
 * Time for the process that added or claimed a record to deliver it. Then another gateway claims it,
 * because its process has ended or its audit can't be written.
 */
const CLAIM_MS = 30_000

/** How often a gateway looks for undelivered records. */
const LOOK_MS = 5_000

export type OutboxDelivery = Readonly<{
  /** Delivers records that the caller has added. What fails stays in the outbox. Never throws. */
  deliver: (records: readonly OutboxRecord[]) => Promise<void>
  /**
   * Claims and delivers what others have left, unless they died after they had recorded it in the same journal.
   * Never throws.
   */
  deliverLeft: () => Promise<void>
}>

/** @param failed - called with each error; the audit reports its own */
export function outboxDelivery(
  store: OutboxStore,
  audit: Audit,
  failed: (error: unknown) => void,
): OutboxDelivery {
  const deliver = async (records: readonly OutboxRecord[]) => {
    if (records.length === 0) return
    try {
      for (const { record } of records) audit.record(JSON.parse(record) as ChangeRecord)
      await audit.written()
      await store.acknowledgeOutbox(records.map(({ id }) => id))
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

/** Delivers what others have left, now and from time to time. @returns function that ends it */
export function keepDelivering({ deliverLeft }: OutboxDelivery): () => Promise<void> {
  let running = deliverLeft()
  const timer = setInterval(() => {
    running = running.then(deliverLeft)
  }, LOOK_MS).unref()
  return async () => {
    clearInterval(timer)
    await running
  }
}

/** Returns the record of a change that a command or the gateway itself makes. */
export function ownChange(
  change: Pick<ChangeRecord, 'action' | 'organizationId' | 'policyVersion' | 'before' | 'after'>,
): OutboxRecord {
  const id = randomUUIDv7()
  const record: ChangeRecord = {
    type: 'change',
    at: Date.now(),
    decisionId: id,
    verdict: 'allow',
    ...change,
  }
  return { id, record: JSON.stringify(record) }
}
