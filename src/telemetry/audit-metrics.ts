/**
 * Metrics of the delivery of the audit journal to its consumers.
 *
 * @module
 */

import { type Counter, Gauge, type Registry } from 'prom-client'
import { counterOfKinds } from './counter-of-kinds.ts'
import { HISTORY_DROPS, type HistoryDrop, historyDropLabel } from './labels.ts'

/** Progress of the delivery. */
type AuditDelivery = Readonly<{
  /** Returns the delay of each consumer in milliseconds. */
  lags: () => ReadonlyMap<string, number>
  /** Bytes that are kept beyond the retention. */
  overdueBytes: number
  /** Returns the size of the disk, and what is left of it. */
  room: () => Readonly<{ bytes: number; freeBytes: number }>
}>

const NO_DELIVERY: AuditDelivery = {
  lags: () => new Map(),
  overdueBytes: 0,
  room: () => ({ bytes: 0, freeBytes: 0 }),
}

export class AuditMetrics {
  readonly #historyDropped: Counter<string>
  #delivery = NO_DELIVERY

  constructor(registry: Registry) {
    const registers = [registry]
    const delivery = () => this.#delivery
    this.#historyDropped = counterOfKinds(
      {
        name: 'ews_gateway_history_dropped_total',
        help: 'Records that are in no list of the history: `flood`, if a principal was denied too often in an hour; `rejected`, if its database does not take the record.',
        registers,
      },
      HISTORY_DROPS,
    )
    new Gauge({
      name: 'ews_gateway_audit_overdue_bytes',
      help: 'Bytes of the audit journal that are kept beyond `audit.keepDays`, because a consumer has not received them. Counted every ten minutes.',
      registers,
      collect() {
        this.set(delivery().overdueBytes)
      },
    })
    new Gauge({
      name: 'ews_gateway_audit_disk_bytes',
      help: 'Size of the disk that the audit journal is on.',
      registers,
      collect() {
        this.set(delivery().room().bytes)
      },
    })
    new Gauge({
      name: 'ews_gateway_audit_disk_free_bytes',
      help: 'Bytes of that disk that the gateway can still write.',
      registers,
      collect() {
        this.set(delivery().room().freeBytes)
      },
    })
    new Gauge({
      name: 'ews_gateway_audit_lag_seconds',
      help: 'Time since a consumer of the audit journal had all of its records: `history`, `store`, or the name of a sink. Usually below 1, and below 31 for a sink that gathers records.',
      labelNames: ['consumer'],
      registers,
      collect() {
        for (const [consumer, lagMs] of delivery().lags()) this.set({ consumer }, lagMs / 1_000)
      },
    })
  }

  /** Shows the progress of a delivery. */
  watch(delivery: AuditDelivery): void {
    this.#delivery = delivery
  }

  historyDropped(kind: HistoryDrop, count: number): void {
    this.#historyDropped.inc({ kind: historyDropLabel(kind) }, count)
  }
}
