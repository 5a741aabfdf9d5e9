/**
 * Metrics of directory syncs.
 *
 * @module
 */

import { Gauge, type Registry } from 'prom-client'

/** State of a directory sync. */
export type DirectorySample = Readonly<{
  /** Milliseconds since the epoch; absent before the first success. */
  succeededAt?: number
  failures: number
  stopped?: unknown
  unfit: readonly unknown[]
  /** Milliseconds since the epoch. */
  unprotectedAt?: number
}>

export class DirectoryMetrics {
  readonly #samples = new Map<string, DirectorySample>()

  /** @param now - returns milliseconds since the epoch */
  constructor(registry: Registry, now: () => number) {
    const samples = this.#samples
    const gauge = (
      name: string,
      help: string,
      read: (sample: DirectorySample) => number | undefined,
    ) =>
      new Gauge({
        name: `ews_gateway_directory_${name}`,
        help,
        labelNames: ['organization'],
        registers: [registry],
        collect() {
          for (const [organization, sample] of samples) {
            const value = read(sample)
            if (value !== undefined) this.set({ organization }, value)
          }
        },
      })
    gauge(
      'age_seconds',
      'Time since the directory was last read successfully.',
      ({ succeededAt }) =>
        succeededAt === undefined ? undefined : Math.max(0, now() - succeededAt) / 1_000,
    )
    gauge('failures', 'Consecutive failed reads of the directory.', ({ failures }) => failures)
    gauge(
      'stopped',
      'Whether a sync stopped because it would remove more than a tenth of the users: 1 or 0.',
      ({ stopped }) => (stopped ? 1 : 0),
    )
    gauge(
      'unfit',
      'Entries and names of the directory that were skipped, at most 100.',
      ({ unfit }) => unfit.length,
    )
    gauge(
      'unprotected_timestamp_seconds',
      'When a sync last ended the protection of mailboxes, because members left protected groups. Absent if none did.',
      ({ unprotectedAt }) => (unprotectedAt === undefined ? undefined : unprotectedAt / 1_000),
    )
  }

  /** @param organization - organization of the configuration */
  updated(organization: string, sample: DirectorySample): void {
    this.#samples.set(organization, sample)
  }
}
