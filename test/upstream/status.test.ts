import t from 'tap'
import { Failure } from '../../src/model/failure.ts'
import type { Cause } from '../../src/model/outcome.ts'
import { refusedCredentials, unreachable } from '../../src/upstream/failures.ts'
import { remedyOf } from '../../src/upstream/remedy.ts'
import { UpstreamMonitor } from '../../src/upstream/status.ts'

function monitored() {
  const time = { now: 0 }
  const transitions: string[] = []
  const monitor = new UpstreamMonitor({
    now: () => time.now,
    remedyOf: ({ kind }) => `remedy of ${kind}`,
    changed: ({ state, trouble }, before) =>
      transitions.push(`${before} > ${state}${trouble ? ` (${trouble.cause})` : ''}`),
  })
  return { time, transitions, monitor }
}

const TROUBLE = { cause: 'tls', message: 'No', remedy: 'Renew' } as const

type Event = number | 'answered' | 'checked' | `rejected ${number}` | Cause

for (const [what, events, expected] of [
  ['begins unknown', [], []],
  ['is up after a success', ['answered', 'answered'], ['unknown > up']],
  [
    'is degraded after a failure',
    ['answered', 'closed'],
    ['unknown > up', 'up > degraded (closed)'],
  ],
  ['is degraded at a first failure', ['dns'], ['unknown > degraded (dns)']],
  [
    'is down after three failures',
    ['dns', 'refused', 'tls', 'dns'],
    ['unknown > degraded (dns)', 'degraded > down (tls)'],
  ],
  [
    'reports another cause while it is down, at most every 30 s',
    ['dns', 'dns', 'dns', 29_999, 'tls', 'tls', 1, 'dns', 'tls', 30_000, 'tls', 'refused'],
    [
      'unknown > degraded (dns)',
      'degraded > down (dns)',
      'down > down (tls)',
      'down > down (refused)',
    ],
  ],
  [
    'stays degraded while every other request fails',
    ['closed', 'answered', 'closed', 'answered', 'closed', 29_999, 'closed'],
    ['unknown > degraded (closed)'],
  ],
  [
    'is up 30 s after the last failure',
    ['timeout', 'timeout', 'timeout', 'answered', 29_999, 1],
    [
      'unknown > degraded (timeout)',
      'degraded > down (timeout)',
      'down > degraded (timeout)',
      'degraded > up',
    ],
  ],
  [
    'stays down without a success',
    ['dns', 'dns', 'dns', 86_400_000],
    ['unknown > degraded (dns)', 'degraded > down (dns)'],
  ],
  ['stays degraded without a success', ['dns', 86_400_000], ['unknown > degraded (dns)']],
  ['is down if the check fails', ['checked'], ['unknown > down (tls)']],
  [
    'is degraded after a first 401, and up after a success',
    ['answered', 'rejected 1', 2_000, 'rejected 0', 'answered', 30_000],
    ['unknown > up', 'up > degraded (unauthorized)', 'degraded > up'],
  ],
  [
    'rejects the credentials after a second 401',
    ['rejected 1', 'rejected 2', 'rejected 3', 60_000, 'rejected 0'],
    [
      'unknown > degraded (unauthorized)',
      'degraded > credentials-rejected (unauthorized)',
      'credentials-rejected > up',
    ],
  ],
  [
    'ignores what concerns one request',
    ['too-large', 'client-gone', 'internal', 'audit', 'store', 'policy', 'memory', 'unauthorized'],
    [],
  ],
  ['is degraded if the upstream throttles', ['throttled'], ['unknown > degraded (throttled)']],
] as readonly (readonly [string, readonly Event[], readonly string[]])[])
  t.test(`UpstreamMonitor ${what}`, async t => {
    const { time, transitions, monitor } = monitored()
    for (const event of events) {
      if (typeof event === 'number') {
        time.now += event
        monitor.look()
      } else if (event === 'answered') monitor.answered()
      else if (event === 'checked') monitor.checkFailed(TROUBLE)
      else if (event.startsWith('rejected'))
        monitor.rejected(Number(event.slice('rejected '.length)), refusedCredentials(0))
      else monitor.failed(unreachable(event as Cause, 'It failed'))
    }
    t.strictSame(transitions, expected)
  })

t.test('status returns the last failure and its time', async t => {
  const { time, monitor } = monitored()
  t.strictSame(monitor.status, { state: 'unknown', since: 0 })
  time.now = 1
  monitor.failed(unreachable('dns', 'No address'))
  time.now = 2
  monitor.failed(unreachable('refused', 'No connection'))
  t.strictSame(monitor.status, {
    state: 'degraded',
    since: 1,
    trouble: { cause: 'refused', message: 'No connection', remedy: 'remedy of refused' },
  })
  monitor.answered()
  time.now = 30_002
  monitor.look()
  t.strictSame(monitor.status, { state: 'up', since: 30_002 })
})

const expired = Object.assign(new Error('No'), { code: 'CERT_HAS_EXPIRED' })

for (const [what, failure, remedy] of [
  ['a name', unreachable('dns', ''), /host in upstream.url, or its entry in the DNS/],
  ['a port', unreachable('refused', ''), /port in upstream.url/],
  ['a connection that is too slow', unreachable('timeout', ''), /open the firewall/],
  ['a certificate', unreachable('tls', '', { cause: expired }), /Renew the certificate/],
  ['another kind of response', unreachable('not-ews', ''), /path in upstream.url/],
  ['a broken connection', unreachable('closed', ''), /logs of the server/],
  [
    'a slow response',
    new Failure('upstream-timeout', '', { reach: 'sent-unknown' }),
    /logs of the server/,
  ],
  ['credentials', refusedCredentials(0), /unlock the account/],
] as const)
  t.match(
    remedyOf(failure, { account: 'basic', server: 'exchange', name: 'mail.example.com' }),
    remedy,
    `remedyOf() says what check-upstream does of ${what}`,
  )
