/**
 * Shows in a metric which exceptions from the protection of mailboxes there are, so that they raise an alert.
 *
 * @module
 */

import type { OrganizationId } from '../model/identity.ts'
import type { ProtectionStore } from '../store/store.ts'
import type { Log } from '../telemetry/log.ts'
import type { Metrics } from '../telemetry/metrics.ts'

type Dependencies = Readonly<{
  store: Pick<ProtectionStore, 'protection'>
  metrics: Pick<Metrics, 'protection'>
  log: Pick<Log, 'debug'>
}>

/**
 * Returns a function to call with each policy version that a poll of the store returns. It reads the exceptions if the
 * version is another one than that of the last read. It never rejects.
 */
export function watchExceptions({
  store,
  metrics,
  log,
}: Dependencies): (organization: OrganizationId, version: number) => Promise<void> {
  const read = new Map<OrganizationId, number>()
  return async (organization, version) => {
    if (read.get(organization) === version) return
    read.set(organization, version)
    try {
      const { exceptions } = await store.protection(organization)
      const ends = exceptions.map(({ notAfter }) => notAfter)
      metrics.protection.found(organization, ends)
    } catch (error) {
      read.delete(organization)
      log.debug({ err: error }, 'Cannot read the exceptions from the protection of mailboxes')
    }
  }
}
