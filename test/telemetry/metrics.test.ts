import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { constants, PerformanceObserver } from 'node:perf_hooks'
import { fileURLToPath } from 'node:url'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import fc from 'fast-check'
import t, { type Test } from 'tap'
import { metricsPage } from '../../scripts/docs/metrics.ts'
import { OPERATIONS } from '../../src/ews/operations.ts'
import { CLOSED_KINDS } from '../../src/http/closed.ts'
import { REASONS, type Reason } from '../../src/model/decision.ts'
import {
  HISTORY_DROPS,
  UNAUTHENTICATED_KINDS,
  UPSTREAM_FAILURE_KINDS,
} from '../../src/telemetry/labels.ts'
import { Metrics } from '../../src/telemetry/metrics.ts'
import type { RequestSample } from '../../src/telemetry/request-metrics.ts'
import { readExposition, type Sample } from './exposition.ts'

const organization = 'm-0123456789abcdef0123456789abcdef'

function open(t: Test, now = () => 0): Metrics {
  const metrics = new Metrics({ version: '1.2.3', organizations: [organization], now })
  t.teardown(() => metrics.close())
  return metrics
}

const samplesOf = async (metrics: Metrics) => readExposition(await metrics.render())

const of = (samples: readonly Sample[], name: string) =>
  samples.filter(sample => sample.name === name).map(({ labels, value }) => ({ labels, value }))

t.equal(
  metricsPage(),
  readFileSync(new URL('../../docs/metrics.md', import.meta.url), 'utf8'),
  'docs/metrics.md is what `npm run docs` writes',
)

t.test('render() names exactly the metrics of the contract', async t => {
  const metrics = open(t)
  metrics.request({ organization, operation: 'GetItem', verdict: 'allow', durationMs: 1 })
  metrics.policyConfirmed(organization, 1, 0)
  const samples = await samplesOf(metrics)
  const names = new Map<string, string>()
  for (const { name, labels } of samples) {
    if (name.startsWith('ews_gateway_')) names.set(name, Object.keys(labels).sort().join())
  }
  t.strictSame(Object.fromEntries(names), {
    ews_gateway_requests_total: 'operation,organization,reason,verdict',
    ews_gateway_request_duration_seconds_bucket: 'le,operation,verdict',
    ews_gateway_request_duration_seconds_sum: 'operation,verdict',
    ews_gateway_request_duration_seconds_count: 'operation,verdict',
    ews_gateway_upstream_failures_total: 'kind',
    ews_gateway_streams_open: '',
    ews_gateway_policy_version: 'organization',
    ews_gateway_policy_age_seconds: 'organization',
    ews_gateway_fail_closed_total: '',
    ews_gateway_cache_requests_total: 'layer,result',
    ews_gateway_invalidation_delay_seconds_bucket: 'le',
    ews_gateway_invalidation_delay_seconds_sum: '',
    ews_gateway_invalidation_delay_seconds_count: '',
    ews_gateway_subscription_up: '',
    ews_gateway_unauthenticated_total: 'kind',
    ews_gateway_connections_closed_total: 'kind',
    ews_gateway_history_dropped_total: 'kind',
    ews_gateway_shared_mailboxes: 'organization',
    ews_gateway_build_info: 'node,version',
  })
  t.strictSame(of(samples, 'ews_gateway_build_info'), [
    { labels: { version: '1.2.3', node: process.version }, value: 1 },
  ])
})

t.test('request() counts each series, and goes on counting after render()', async t => {
  const metrics = open(t)
  const allowed: RequestSample = {
    organization,
    operation: 'GetItem',
    verdict: 'allow',
    durationMs: 20,
  }
  const denied: RequestSample = { ...allowed, verdict: 'deny', reason: 'rule-denies' }
  for (const sample of [allowed, denied, allowed]) metrics.request(sample)
  await metrics.render()
  metrics.request({ ...allowed, durationMs: 40_000 })

  const samples = await samplesOf(metrics)
  const labels = { organization, operation: 'GetItem' }
  t.strictSame(of(samples, 'ews_gateway_requests_total'), [
    { labels: { ...labels, verdict: 'allow', reason: 'none' }, value: 3 },
    { labels: { ...labels, verdict: 'deny', reason: 'rule-denies' }, value: 1 },
  ])
  const buckets = of(samples, 'ews_gateway_request_duration_seconds_bucket')
  const upTo = (le: string) =>
    buckets.find(({ labels }) => labels['le'] === le && labels['verdict'] === 'allow')?.value
  t.strictSame(['0.01', '0.025', '10', '60', '+Inf'].map(upTo), [0, 2, 2, 3, 3])
  t.strictSame(of(samples, 'ews_gateway_request_duration_seconds_sum')[0]?.value, 40.04)
})

t.test('Metrics counts failures, refusals and streams', async t => {
  const metrics = open(t)
  metrics.upstreamFailed('upstream-timeout')
  metrics.upstreamFailed('client-gone')
  for (const kind of ['missing', 'missing', 'wrong'] as const) metrics.unauthenticated(kind)
  metrics.connectionClosed('too-slow')
  metrics.failedClosed()
  metrics.streamOpened()
  metrics.streamOpened()
  metrics.streamClosed()
  const samples = await samplesOf(metrics)
  const kinds = (name: string) =>
    of(samples, name).map(({ labels, value }) => [labels['kind'], value])
  t.strictSame(kinds('ews_gateway_upstream_failures_total'), [
    ['upstream-unreachable', 0],
    ['upstream-refused-credentials', 0],
    ['upstream-timeout', 1],
    ['other', 1],
  ])
  t.strictSame(kinds('ews_gateway_unauthenticated_total'), [
    ['missing', 2],
    ['wrong', 1],
    ['braked', 0],
  ])
  t.strictSame(
    kinds('ews_gateway_connections_closed_total'),
    CLOSED_KINDS.map(kind => [kind, kind === 'too-slow' ? 1 : 0]),
  )
  t.equal(of(samples, 'ews_gateway_fail_closed_total')[0]?.value, 1)
  t.equal(of(samples, 'ews_gateway_streams_open')[0]?.value, 1)
})

t.test('policyConfirmed() shows the version, and its age at the time of the question', async t => {
  let time = 10_000
  const metrics = open(t, () => time)
  metrics.policyConfirmed(organization, 7, 9_000)
  const shown = async () => {
    const samples = await samplesOf(metrics)
    return ['policy_version', 'policy_age_seconds'].map(
      name => of(samples, `ews_gateway_${name}`)[0]?.value,
    )
  }
  t.strictSame(await shown(), [7, 1])
  time = 300_000
  t.strictSame(await shown(), [7, 291])
  metrics.policyConfirmed(organization, 8, 300_001)
  t.strictSame(await shown(), [8, 0], 'an age is never below nothing')
})

t.test('R32 Metrics takes label values from closed lists, whatever it is given', async t => {
  const metrics = open(t)
  const anything = fc.oneof(
    fc.string({ unit: 'grapheme-ascii' }),
    fc.constantFrom('toString', '__proto__', 'GetItem\n', '"} 1', ...Object.keys(OPERATIONS)),
    fc.constantFrom<string | undefined>(organization, 'rule-denies', 'allow', undefined),
  )
  const property = fc.property(anything, anything, anything, anything, (a, b, c, d) => {
    const sample = { organization: a, operation: b, verdict: c, reason: d, durationMs: 1 }
    metrics.request(sample as RequestSample)
    metrics.upstreamFailed(d as Reason)
    metrics.unauthenticated(d as 'missing')
    metrics.connectionClosed(d as 'too-many')
    metrics.historyDropped(d as 'flood', 1)
    metrics.policyConfirmed(a ?? '', 1, 0)
  })
  const { failed, seed } = fc.check(property, { numRuns: 300 })
  t.notOk(failed, `for any names (seed ${seed})`)

  const closed: Record<string, ReadonlySet<string>> = {
    organization: new Set([organization, 'none']),
    operation: new Set([...Object.keys(OPERATIONS), 'other']),
    verdict: new Set(['allow', 'deny', 'error']),
    reason: new Set([...REASONS, 'none']),
  }
  const kinds = new Set<string>([
    ...UPSTREAM_FAILURE_KINDS,
    ...UNAUTHENTICATED_KINDS,
    ...CLOSED_KINDS,
    ...HISTORY_DROPS,
  ])
  const samples = (await samplesOf(metrics)).filter(({ name }) => name.startsWith('ews_gateway_'))
  t.ok(samples.length > 1_000, 'much was counted')
  const strange = samples
    .flatMap(({ labels }) => Object.entries(labels))
    .filter(([name, value]) => closed[name]?.has(value) === false)
  t.strictSame(strange, [])
  t.ok(samples.every(({ labels: { kind } }) => kind === undefined || kinds.has(kind)))
})

t.test('render() shows the process and Node.js', async t => {
  const metrics = open(t)
  setFlagsFromString('--expose-gc')
  const gc = runInNewContext('gc') as () => void
  const collected = new Promise<void>(resolve => {
    const observer = new PerformanceObserver(list => {
      const kinds = JSON.stringify(list.getEntries())
      if (!kinds.includes(`"kind":${constants.NODE_PERFORMANCE_GC_MAJOR}`)) return
      observer.disconnect()
      resolve()
    })
    observer.observe({ entryTypes: ['gc'] })
  })
  gc()
  await collected

  const samples = await samplesOf(metrics)
  const value = (name: string) => of(samples, name)[0]?.value ?? Number.NaN
  t.ok(value('process_resident_memory_bytes') > 1e7)
  t.ok(value('process_cpu_user_seconds_total') > 0)
  t.ok(value('process_cpu_system_seconds_total') > 0)
  t.ok(Math.abs(value('process_start_time_seconds') - Date.now() / 1_000) < 600)
  t.ok(value('nodejs_heap_size_used_bytes') <= value('nodejs_heap_size_total_bytes'))
  t.ok(value('nodejs_eventloop_lag_max_seconds') < 60)
  if (process.platform === 'linux') t.ok(value('process_open_fds') >= 3)
  t.strictSame(of(samples, 'nodejs_version_info')[0]?.labels, { version: process.version })
  t.ok(of(samples, 'nodejs_heap_space_size_used_bytes').length > 3)
  const collections = of(samples, 'nodejs_gc_duration_seconds_count')
  t.ok(collections.some(({ labels, value }) => labels['kind'] === 'major' && value > 0))
})

t.test('close() ends what watches the garbage collector', async t => {
  const source = fileURLToPath(new URL('../../src/telemetry/metrics.ts', import.meta.url))
  const body = `
    import { PerformanceObserver } from 'node:perf_hooks'
    import { Metrics } from ${JSON.stringify(source)}
    const metrics = new Metrics({ version: '1', organizations: [] })
    const seen = () => new Promise(resolve => {
      const awake = setInterval(() => undefined, 5)
      const observer = new PerformanceObserver(() => {
        observer.disconnect()
        clearInterval(awake)
        resolve()
      })
      observer.observe({ entryTypes: ['gc'] })
      gc()
    })
    const counted = async () => {
      const lines = (await metrics.render()).split('\\n')
      const of = lines.filter(line => line.startsWith('nodejs_gc_duration_seconds_count'))
      return of.reduce((sum, line) => sum + Number(line.split(' ')[1]), 0)
    }
    await seen()
    const before = await counted()
    metrics.close()
    const closed = await counted()
    await seen()
    console.log(JSON.stringify([before > 0, await counted() - closed]))`
  const args = ['--expose-gc', '--input-type=module', '--eval', body]
  const { stdout, stderr, status } = spawnSync(process.execPath, args)
  t.equal(stderr.toString(), '')
  t.equal(status, 0, 'nothing keeps the process alive')
  t.equal(stdout.toString().trim(), '[true,0]')
})
