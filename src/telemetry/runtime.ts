/**
 * Metrics of the process and of Node.js, under the names that dashboards know.
 *
 * prom-client's own `collectDefaultMetrics` cannot be stopped again, and of garbage collections
 * reported together it counts one.
 *
 * @module
 */

import { readdirSync } from 'node:fs'
import {
  constants,
  monitorEventLoopDelay,
  type PerformanceEntry,
  PerformanceObserver,
} from 'node:perf_hooks'
import { getHeapSpaceStatistics } from 'node:v8'
import { Counter, Gauge, Histogram, type Registry } from 'prom-client'

const NANOSECONDS = 1e9
const MICROSECONDS = 1e6

/** Values that are read when somebody asks for them. */
const GAUGES: Record<string, readonly [help: string, read: () => number]> = {
  process_start_time_seconds: ['Start of the process since the epoch', startTime],
  process_resident_memory_bytes: ['Resident memory', () => process.memoryUsage.rss()],
  process_open_fds: ['Open file descriptors', openFiles],
  nodejs_heap_size_total_bytes: ['Size of the heap', () => process.memoryUsage().heapTotal],
  nodejs_heap_size_used_bytes: ['Used of the heap', () => process.memoryUsage().heapUsed],
  nodejs_external_memory_bytes: ['Memory outside the heap', () => process.memoryUsage().external],
}

const COUNTERS: Record<string, readonly [help: string, read: () => number]> = {
  process_cpu_user_seconds_total: [
    'CPU time in user mode',
    () => process.cpuUsage().user / MICROSECONDS,
  ],
  process_cpu_system_seconds_total: [
    'CPU time in system mode',
    () => process.cpuUsage().system / MICROSECONDS,
  ],
}

/**
 * Registers them all.
 *
 * @returns ends what watches the event loop and the garbage collector
 */
export function observeRuntime(registry: Registry): () => void {
  const registers = [registry]
  for (const [name, [help, read]] of Object.entries(GAUGES)) {
    new Gauge({ name, help, registers, collect: gauge(read) })
  }
  for (const [name, [help, read]] of Object.entries(COUNTERS)) {
    new Counter({ name, help, registers, collect: counter(read) })
  }
  new Gauge({
    name: 'nodejs_version_info',
    help: 'Node.js version',
    labelNames: ['version'],
    registers,
  }).set({ version: process.version }, 1)
  observeHeapSpaces(registry)

  const stops = [observeEventLoop(registry), observeCollections(registry)]
  return () =>
    stops.forEach(stop => {
      stop()
    })
}

function gauge(read: () => number) {
  return function (this: Gauge) {
    this.set(read())
  }
}

function counter(read: () => number) {
  return function (this: Counter) {
    this.reset()
    this.inc(read())
  }
}

function observeHeapSpaces(registry: Registry): void {
  new Gauge({
    name: 'nodejs_heap_space_size_used_bytes',
    help: 'Used of each space of the heap',
    labelNames: ['space'],
    registers: [registry],
    collect() {
      for (const { space_name, space_used_size } of getHeapSpaceStatistics()) {
        this.set({ space: space_name.replace(/_space$/, '') }, space_used_size)
      }
    },
  })
}

/** The delay since the last time that somebody asked. */
function observeEventLoop(registry: Registry): () => void {
  const delay = monitorEventLoopDelay({ resolution: 20 })
  delay.enable()
  const lag = (suffix: string, help: string, read: () => number, last = false) =>
    new Gauge({
      name: `nodejs_eventloop_lag_${suffix}_seconds`,
      help,
      registers: [registry],
      collect() {
        const nanoseconds = read()
        this.set(Number.isFinite(nanoseconds) ? nanoseconds / NANOSECONDS : 0)
        if (last) delay.reset()
      },
    })
  lag('mean', 'Mean delay of the event loop', () => delay.mean)
  lag('p50', 'Median delay of the event loop', () => delay.percentile(50))
  lag('p90', '90th percentile of the delay of the event loop', () => delay.percentile(90))
  lag('p99', '99th percentile of the delay of the event loop', () => delay.percentile(99))
  lag('max', 'Greatest delay of the event loop', () => delay.max, true)
  return () => delay.disable()
}

/** What Node.js reports of a garbage collection. */
type Collection = PerformanceEntry & { readonly detail?: { readonly kind?: number } }

const COLLECTIONS: ReadonlyMap<number | undefined, string> = new Map([
  [constants.NODE_PERFORMANCE_GC_MAJOR, 'major'],
  [constants.NODE_PERFORMANCE_GC_MINOR, 'minor'],
  [constants.NODE_PERFORMANCE_GC_INCREMENTAL, 'incremental'],
  [constants.NODE_PERFORMANCE_GC_WEAKCB, 'weakcb'],
])

function observeCollections(registry: Registry): () => void {
  const seconds = new Histogram({
    name: 'nodejs_gc_duration_seconds',
    help: 'Duration of garbage collections',
    labelNames: ['kind'],
    buckets: [0.001, 0.01, 0.1, 1, 2, 5],
    registers: [registry],
  })
  const observer = new PerformanceObserver(list => {
    for (const entry of list.getEntries() as Collection[]) {
      const kind = COLLECTIONS.get(entry.detail?.kind)
      if (kind) seconds.observe({ kind }, entry.duration / 1_000)
    }
  })
  observer.observe({ entryTypes: ['gc'] })
  return () => observer.disconnect()
}

function startTime(): number {
  return performance.timeOrigin / 1_000
}

/** Linux tells; elsewhere there is no such number. */
function openFiles(): number {
  try {
    return readdirSync('/proc/self/fd').length - 1
  } catch {
    return Number.NaN
  }
}
