import { readFileSync } from 'node:fs'
import { PerformanceObserver } from 'node:perf_hooks'
import fc from 'fast-check'
import t from 'tap'
import { metricsPage } from '../../scripts/docs/metrics.ts'
import { OPERATIONS } from '../../src/ews/operations.ts'
import { CLOSED_KINDS } from '../../src/http/closed.ts'
import { REASONS } from '../../src/model/decision.ts'
import { CAUSES, type Cause, OUTCOMES } from '../../src/model/outcome.ts'
import { SHADOW_OUTCOMES } from '../../src/model/shadow.ts'
import { SCHEMES } from '../../src/model/sign-in.ts'
import { Health } from '../../src/telemetry/health.ts'
import {
  CONSOLE_SIGN_IN_KINDS,
  HISTORY_DROPS,
  SPAN_DROPS,
  THROTTLES,
  UNAUTHENTICATED_KINDS,
  UPSTREAM_FAILURE_KINDS,
} from '../../src/telemetry/labels.ts'
import { Metrics } from '../../src/telemetry/metrics.ts'
import type { RequestSample } from '../../src/telemetry/request-metrics.ts'
import { MAX_ROLES } from '../../src/telemetry/role-metrics.ts'
import { readExposition, type Sample } from './exposition.ts'

const organization = 'm-0123456789abcdef0123456789abcdef'

const open = (now = () => 0) =>
  new Metrics({ version: '1.2.3', organizations: [organization], now })

const samplesOf = async (metrics: Metrics) => readExposition(await metrics.render())

const of = (samples: readonly Sample[], name: string) =>
  samples.filter(sample => sample.name === name).map(({ labels, value }) => ({ labels, value }))

t.equal(
  metricsPage(),
  readFileSync(new URL('../../docs/metrics.md', import.meta.url), 'utf8'),
  'docs/metrics.md is what `npm run docs` writes',
)

t.test('render() names exactly the metrics of the contract', async t => {
  const metrics = open()
  metrics.request({
    organization,
    operation: 'GetItem',
    role: 'role',
    verdict: 'allow',
    outcome: 'ANSWERED',
    durationMs: 1,
  })
  metrics.policy.confirmed(organization, 1, 0)
  metrics.signIns.ofRequest('NTLM', 'authenticated')
  metrics.certificateEnds(0)
  metrics.audit.watch({
    lags: () => new Map([['history', 1_500]]),
    overdueBytes: 7,
    room: () => ({ bytes: 9, freeBytes: 8 }),
  })
  metrics.repeated('p')
  metrics.protection.found(organization, [1])
  metrics.watchHeldBytes({ data: { held: 1, most: 2 } })
  const health = new Health()
  health.add('store', { kinds: ['ready'], check: () => undefined })
  metrics.checks.watch(health)
  const samples = await samplesOf(metrics)
  const names = new Map<string, string>()
  for (const { name, labels } of samples) {
    if (name.startsWith('ews_gateway_')) names.set(name, Object.keys(labels).sort().join())
  }
  t.strictSame(Object.fromEntries(names), {
    ews_gateway_requests_total: 'cause,operation,organization,outcome,reason,verdict',
    ews_gateway_role_requests_total: 'role,verdict',
    ews_gateway_protection_exceptions: 'organization',
    ews_gateway_protection_exception_requests_total: 'organization',
    ews_gateway_request_duration_seconds_bucket: 'le,operation,verdict',
    ews_gateway_request_duration_seconds_sum: 'operation,verdict',
    ews_gateway_request_duration_seconds_count: 'operation,verdict',
    ews_gateway_upstream_failures_total: 'kind',
    ews_gateway_streams_open: '',
    ews_gateway_policy_version: 'organization',
    ews_gateway_policy_age_seconds: 'organization',
    ews_gateway_held_bytes: 'listener',
    ews_gateway_held_bytes_limit: 'listener',
    ews_gateway_check_status: 'check,status',
    ews_gateway_fail_closed_total: '',
    ews_gateway_cache_requests_total: 'layer,result',
    ews_gateway_invalidation_delay_seconds_bucket: 'le',
    ews_gateway_invalidation_delay_seconds_sum: '',
    ews_gateway_invalidation_delay_seconds_count: '',
    ews_gateway_subscription_up: '',
    ews_gateway_unauthenticated_total: 'kind',
    ews_gateway_sign_ins_total: 'result,scheme',
    ews_gateway_connections_closed_total: 'kind',
    ews_gateway_console_sign_ins_total: 'kind,verdict',
    ews_gateway_history_dropped_total: 'kind',
    ews_gateway_throttled_total: 'kind',
    ews_gateway_trace_spans_dropped_total: 'kind',
    ews_gateway_shadow_decisions_total: 'outcome',
    ews_gateway_audit_lag_seconds: 'consumer',
    ews_gateway_audit_overdue_bytes: '',
    ews_gateway_audit_disk_bytes: '',
    ews_gateway_audit_disk_free_bytes: '',
    ews_gateway_repeated_requests_total: 'principal',
    ews_gateway_shared_mailboxes: 'organization',
    ews_gateway_certificate_end_timestamp_seconds: 'certificate',
    ews_gateway_build_info: 'node,version',
  })
  t.strictSame(of(samples, 'ews_gateway_audit_lag_seconds'), [
    { labels: { consumer: 'history' }, value: 1.5 },
  ])
  t.strictSame(of(samples, 'ews_gateway_build_info'), [
    { labels: { version: '1.2.3', node: process.version }, value: 1 },
  ])
})

const ALLOWED = { verdict: 'allow', reason: 'none' }
const DENIED = { verdict: 'deny', reason: 'rule-denies' }

t.test('request() counts each series, and continues after render()', async t => {
  const metrics = open()
  const allowed: RequestSample = {
    organization,
    operation: 'GetItem',
    verdict: 'allow',
    outcome: 'ANSWERED',
    durationMs: 20,
  }
  const denied: RequestSample = {
    ...allowed,
    verdict: 'deny',
    reason: 'rule-denies',
    outcome: 'DENIED',
  }
  const failed: RequestSample = { ...allowed, outcome: 'FAILED', cause: 'dns' }
  for (const sample of [allowed, denied, failed, allowed]) metrics.request(sample)
  await metrics.render()
  metrics.request({ ...allowed, durationMs: 40_000 })

  const samples = await samplesOf(metrics)
  const labels = { organization, operation: 'GetItem' }
  t.strictSame(of(samples, 'ews_gateway_requests_total'), [
    { labels: { ...labels, ...ALLOWED, outcome: 'ANSWERED', cause: 'none' }, value: 3 },
    { labels: { ...labels, ...DENIED, outcome: 'DENIED', cause: 'none' }, value: 1 },
    { labels: { ...labels, ...ALLOWED, outcome: 'FAILED', cause: 'dns' }, value: 1 },
  ])
  const buckets = of(samples, 'ews_gateway_request_duration_seconds_bucket')
  const upTo = (le: string) =>
    buckets.find(({ labels }) => labels['le'] === le && labels['verdict'] === 'allow')?.value
  t.strictSame(['0.01', '0.025', '10', '60', '+Inf'].map(upTo), [0, 3, 3, 4, 4])
  t.strictSame(of(samples, 'ews_gateway_request_duration_seconds_sum')[0]?.value, 40.06)
})

t.test('Metrics counts failures, rejections, and streams', async t => {
  const metrics = open()
  metrics.upstream.failed('timeout')
  metrics.upstream.failed('client-gone')
  for (const kind of ['missing', 'missing', 'wrong'] as const) metrics.signIns.unauthenticated(kind)
  metrics.connectionClosed('too-slow')
  metrics.throttled('role')
  metrics.spansDropped('queue-full', 2)
  metrics.shadowCompared('would-deny')
  metrics.policy.failedClosed()
  metrics.streamOpened()
  metrics.streamOpened()
  metrics.streamClosed()
  const samples = await samplesOf(metrics)
  const kinds = (name: string) =>
    of(samples, name).map(({ labels, value }) => [labels['kind'], value])
  t.strictSame(kinds('ews_gateway_upstream_failures_total'), [
    ['dns', 0],
    ['refused', 0],
    ['tls', 0],
    ['closed', 0],
    ['timeout', 1],
    ['not-ews', 0],
    ['unauthorized', 0],
    ['throttled', 0],
    ['too-large', 0],
    ['other', 1],
  ])
  t.strictSame(kinds('ews_gateway_throttled_total'), [
    ['principal', 0],
    ['role', 1],
    ['control', 0],
    ['journal', 0],
  ])
  t.strictSame(kinds('ews_gateway_trace_spans_dropped_total'), [
    ['queue-full', 2],
    ['not-exported', 0],
  ])
  t.strictSame(
    of(samples, 'ews_gateway_shadow_decisions_total').map(({ labels, value }) => [
      labels['outcome'],
      value,
    ]),
    [
      ['same', 0],
      ['would-deny', 1],
      ['would-allow', 0],
      ['unknown', 0],
    ],
  )
  t.strictSame(kinds('ews_gateway_unauthenticated_total'), [
    ['missing', 2],
    ['wrong', 1],
    ['braked', 0],
    ['interleaved', 0],
  ])
  t.strictSame(
    kinds('ews_gateway_connections_closed_total'),
    CLOSED_KINDS.map(kind => [kind, kind === 'too-slow' ? 1 : 0]),
  )
  t.equal(of(samples, 'ews_gateway_fail_closed_total')[0]?.value, 1)
  t.equal(of(samples, 'ews_gateway_streams_open')[0]?.value, 1)
})

t.test('request() counts roles, and those beyond a limit together', async t => {
  const metrics = open()
  const sample = { verdict: 'allow', outcome: 'ANSWERED', durationMs: 1 } as const
  metrics.request(sample)
  for (let role = 0; role < MAX_ROLES + 2; role++) metrics.request({ ...sample, role: `${role}` })
  metrics.request({ ...sample, role: '0', verdict: 'deny', outcome: 'DENIED' })
  metrics.request({ ...sample, role: `${MAX_ROLES}`, verdict: 'error', outcome: 'FAILED' })
  const counted = of(await samplesOf(metrics), 'ews_gateway_role_requests_total')
  const countsOf = (role: string) =>
    counted.filter(({ labels }) => labels['role'] === role).map(({ value }) => value)
  t.strictSame(countsOf('0'), [1, 1, 0])
  t.strictSame(countsOf(`${MAX_ROLES - 1}`), [1, 0, 0])
  t.strictSame(countsOf(`${MAX_ROLES}`), [])
  t.strictSame(countsOf('other'), [2, 0, 1])
})

t.test(
  'checks shows the present status of each check, and no check of a name of its own',
  async t => {
    const metrics = open()
    let [now, isBroken] = [0, true]
    const health = new Health(() => now)
    const check = () => {
      if (isBroken) throw new Error('broken')
    }
    health.add('store', { kinds: ['ready'], degrades: true, check })
    health.add('strange', { kinds: ['ready'], check })
    health.add('loop', { kinds: ['live'], check })
    t.strictSame(of(await samplesOf(metrics), 'ews_gateway_check_status'), [])
    metrics.checks.watch(health)
    const shown = async () =>
      of(await samplesOf(metrics), 'ews_gateway_check_status')
        .filter(({ value }) => value === 1)
        .map(({ labels }) => `${labels['check']} ${labels['status']}`)
    t.strictSame(await shown(), ['store warn', 'other fail'])
    isBroken = false
    now = 1_000
    t.strictSame(await shown(), ['store pass', 'other pass'])
    health.draining()
    t.strictSame(await shown(), ['draining fail'], 'no other check is shown')
  },
)

t.test('policyConfirmed() sets the version, and its age at the time of a scrape', async t => {
  let time = 10_000
  const metrics = open(() => time)
  metrics.policy.confirmed(organization, 7, 9_000)
  const shown = async () => {
    const samples = await samplesOf(metrics)
    return ['policy_version', 'policy_age_seconds'].map(
      name => of(samples, `ews_gateway_${name}`)[0]?.value,
    )
  }
  t.strictSame(await shown(), [7, 1])
  time = 300_000
  t.strictSame(await shown(), [7, 291])
  metrics.policy.confirmed(organization, 8, 300_001)
  t.strictSame(await shown(), [8, 0], 'an age is never below nothing')
})

t.test('R32 Metrics accepts label values only from closed lists', async t => {
  const metrics = open()
  const anything = fc.oneof(
    fc.string({ unit: 'grapheme-ascii' }),
    fc.constantFrom('toString', '__proto__', 'GetItem\n', '"} 1', ...Object.keys(OPERATIONS)),
    fc.constantFrom<string | undefined>(organization, 'rule-denies', 'allow', undefined),
  )
  const property = fc.property(anything, anything, anything, anything, (a, b, c, d) => {
    const named = { organization: a, operation: b, verdict: c, reason: d }
    const sample = { ...named, outcome: c, cause: d, durationMs: 1 }
    metrics.request(sample as RequestSample)
    metrics.upstream.failed(d as Cause)
    metrics.signIns.unauthenticated(d as 'missing')
    metrics.signIns.ofRequest(c as 'NTLM', d as 'wrong')
    metrics.connectionClosed(d as 'too-many')
    metrics.audit.historyDropped(d as 'flood', 1)
    metrics.throttled(d as 'role')
    metrics.spansDropped(d as 'queue-full', 1)
    metrics.shadowCompared(d as 'same')
    metrics.signIns.toConsole(d as 'person', c as 'allow')
    metrics.policy.confirmed(a ?? '', 1, 0)
  })
  const { failed, seed } = fc.check(property, { numRuns: 300 })
  t.notOk(failed, `for any names (seed ${seed})`)

  const closed: Record<string, ReadonlySet<string>> = {
    organization: new Set([organization, 'none']),
    operation: new Set([...Object.keys(OPERATIONS), 'other']),
    verdict: new Set(['allow', 'deny', 'error']),
    reason: new Set([...REASONS, 'none']),
    outcome: new Set([...OUTCOMES, ...SHADOW_OUTCOMES]),
    cause: new Set([...CAUSES, 'none']),
    scheme: new Set([...SCHEMES, 'none']),
  }
  const kinds = new Set<string>([
    ...UPSTREAM_FAILURE_KINDS,
    ...UNAUTHENTICATED_KINDS,
    ...CLOSED_KINDS,
    ...HISTORY_DROPS,
    ...THROTTLES,
    ...SPAN_DROPS,
    ...CONSOLE_SIGN_IN_KINDS,
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
  const names = new Set((await samplesOf(open())).map(({ name }) => name))
  for (const name of [
    'process_cpu_user_seconds_total',
    'process_cpu_system_seconds_total',
    'process_start_time_seconds',
    'process_resident_memory_bytes',
    'nodejs_eventloop_lag_mean_seconds',
    'nodejs_eventloop_lag_p50_seconds',
    'nodejs_eventloop_lag_p90_seconds',
    'nodejs_eventloop_lag_p99_seconds',
    'nodejs_eventloop_lag_max_seconds',
    'nodejs_heap_size_total_bytes',
    'nodejs_heap_size_used_bytes',
    'nodejs_external_memory_bytes',
    'nodejs_heap_space_size_used_bytes',
    'nodejs_version_info',
    ...(process.platform === 'linux' ? ['process_open_fds'] : []),
  ])
    t.ok(names.has(name), name)
})

t.test('Metrics observes the process once, so that a closed gateway becomes garbage', async t => {
  open()
  const observed = t.capture(PerformanceObserver.prototype, 'observe')
  t.ok((await samplesOf(open())).some(({ name }) => name === 'nodejs_version_info'))
  t.strictSame(observed(), [])
})
