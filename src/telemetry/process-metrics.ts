/**
 * Metrics of the process: memory, CPU, open files, event loop delay, and garbage collections.
 *
 * @module
 */

import { collectDefaultMetrics, Registry } from 'prom-client'

let registry: Registry | undefined

/**
 * Adds the metrics of the process to those of a gateway. All gateways of a process share them, because prom-client
 * never ends their observer of garbage collections and their timer of the event loop, and these keep a registry in memory.
 */
export function addProcessMetrics(gateway: Registry): void {
  if (registry === undefined) {
    registry = new Registry()
    collectDefaultMetrics({ register: registry })
  }
  for (const { name } of registry.getMetricsAsArray()) {
    const metric = registry.getSingleMetric(name)
    if (metric) gateway.registerMetric(metric)
  }
}
