/**
 * Records a snapshot of each organization's policy in the audit at the first start and once a day, so that the policy at any time
 * can be rebuilt.
 *
 * @module
 */

import type { OrganizationId } from '../model/identity.ts'
import type { PolicyRecordStore } from '../store/store.ts'
import type { Log } from '../telemetry/log.ts'
import type { OutboxDelivery } from './outbox.ts'
import { regularly } from './regularly.ts'

/** Interval at which a gateway asks whether a snapshot is due. */
const POLL_INTERVAL_MS = 60_000

/** Maximum age of the latest snapshot. */
const MAX_AGE_MS = 24 * 60 * 60_000

type Dependencies = Readonly<{
  store: Pick<PolicyRecordStore, 'recordPolicy'>
  organizations: readonly OrganizationId[]
  deliver: OutboxDelivery['deliver']
  log: Pick<Log, 'warn'>
  now: () => number
}>

/** Records snapshots that are due, now and regularly. @returns function that stops it. It never rejects */
export function keepSnapshots(dependencies: Dependencies): () => Promise<void> {
  return regularly(() => recordDue(dependencies), POLL_INTERVAL_MS)
}

async function recordDue({ store, organizations, deliver, log, now }: Dependencies): Promise<void> {
  for (const organization of organizations)
    try {
      await deliver(await store.recordPolicy(organization, now() - MAX_AGE_MS))
    } catch (error) {
      log.warn({ err: error, organization }, 'Cannot record a snapshot of the policy; trying again')
    }
}
