import t, { type Test } from 'tap'
import { Secret } from '../../src/model/secret.ts'
import type { ExporterOptions } from '../../src/traces/exporter.ts'
import { OtlpTraces } from '../../src/traces/otlp-traces.ts'
import { startCollector } from '../kit/collector.ts'
import { startReceiver } from '../kit/receiver.ts'

const HOUR_MS = 3_600_000

/** Opens traces whose reports are kept. */
function open(options: Pick<ExporterOptions, 'url'> & Partial<ExporterOptions>) {
  const dropped: Record<string, number> = {}
  const logged: string[] = []
  const traces = new OtlpTraces({
    headers: [],
    userAgent: 'ews-gateway/1',
    version: '1',
    ratio: 1,
    upstreams: new Map(),
    dropped: (kind, count) => {
      dropped[kind] = (dropped[kind] ?? 0) + count
    },
    failed: error => logged.push(String(error)),
    recovered: () => logged.push('recovered'),
    ...options,
  })
  return { traces, dropped, logged }
}

/** Writes spans of requests that have ended. */
async function writeSpans(traces: OtlpTraces, count: number): Promise<void> {
  const arrival = { method: 'POST', route: '/', headers: {}, isSecure: true, isTrusted: false }
  const response = { headersSent: true, statusCode: 200 }
  for (let i = 0; i < count; i++)
    await traces.begin({ ...arrival, decisionId: `${i}` })?.until(Promise.resolve(), response)
}

t.test('OtlpTraces exports over TLS, with the configured headers', async t => {
  const receiver = await startReceiver(t, () => 200)
  const headers = [{ name: 'authorization', value: new Secret('Bearer abc') }]
  const url = `${receiver.origin}/v1/traces`
  const { traces, logged } = open({ url, ca: receiver.ca, headers })
  await writeSpans(traces, 1)
  await traces.close(HOUR_MS)
  t.match(receiver.received, [
    {
      url: '/v1/traces',
      headers: {
        authorization: 'Bearer abc',
        'content-type': 'application/x-protobuf',
        'user-agent': 'ews-gateway/1',
      },
    },
  ])
  t.strictSame(logged, [])

  const untrusting = open({ url })
  await writeSpans(untrusting.traces, 1)
  await untrusting.traces.close(HOUR_MS)
  t.strictSame(untrusting.dropped, { 'not-exported': 1 }, 'a certificate of another CA is rejected')
})

t.test('OtlpTraces drops spans that do not fit while the collector is slow', async t => {
  const collector = await startCollector(t, () => undefined)
  const { traces, dropped, logged } = open({ url: collector.url })
  await writeSpans(traces, 3_000)
  t.strictSame(dropped, { 'queue-full': 3_000 - 512 - 2_048 })
  await traces.close(0)
  t.strictSame(dropped, { 'queue-full': 440, 'not-exported': 2_560 }, 'close() does not wait')
  t.equal(logged.length, 1, 'the log has one line for all batches')
})

t.test('OtlpTraces exports what waits when it is closed', async t => {
  const collector = await startCollector(t)
  const { traces, dropped } = open({ url: collector.url })
  await writeSpans(traces, 2_000)
  await traces.close(HOUR_MS)
  t.equal(collector.spans.length, 2_000)
  t.equal(new Set(collector.spans.map(({ spanId }) => spanId)).size, 2_000)
  t.strictSame(dropped, {})
})

t.test(
  'OtlpTraces reports once that the collector fails, and once that it works again',
  async t => {
    const statuses = [400, 503, 200, 200, 404]
    const collector = await startCollector(t, () => statuses.shift())
    const { traces, dropped, logged } = open({ url: collector.url })
    await writeSpans(traces, 5 * 512)
    await traces.close(HOUR_MS)
    const { origin } = new URL(collector.url)
    t.strictSame(logged, [
      `Error: ${origin} answered with status 400`,
      'recovered',
      `Error: ${origin} answered with status 404`,
    ])
    t.strictSame(dropped, { 'not-exported': 3 * 512 })
    t.equal(collector.spans.length, 2 * 512)
  },
)

/** Returns the result of a step, and the spans that it wrote. */
async function stepped(t: Test, act: () => string | Promise<string>) {
  const collector = await startCollector(t)
  const { traces } = open({ url: collector.url })
  const arrival = { method: 'POST', route: '/', headers: {}, isSecure: true, isTrusted: false }
  const trace = traces.begin({ ...arrival, decisionId: '1' })
  let result: unknown
  try {
    result = trace?.step('decide', act, text => ({ text }))
    if (result instanceof Promise) result = { promised: await result }
  } catch (error) {
    result = error
  }
  await trace?.until(Promise.resolve(), { headersSent: true, statusCode: 503 })
  await traces.close(HOUR_MS)
  return { result, ...collector.traceOf('1') }
}

t.test('step() measures a step, and changes nothing about it', async t => {
  const error = new Error('alice@example.com')
  for (const [what, act, result, span] of [
    ['a value', () => 'a', 'a', { isError: false, attributes: { text: 'a' } }],
    ['a promise', async () => 'a', { promised: 'a' }, { isError: false }],
    [
      'a thrown error',
      () => {
        throw error
      },
      error,
      { isError: true, attributes: { 'error.type': 'internal' } },
    ],
    ['a rejection', () => Promise.reject(error), error, { isError: true }],
  ] as const) {
    const trial = await stepped(t, act)
    t.strictSame(trial.result, result, what)
    t.match(trial.steps, [{ name: 'decide', ...span }], what)
    t.match(trial.request, { isError: true, attributes: { 'error.type': '503' } })
  }
})
