import t from 'tap'
import { errors } from 'undici'
import { Failure } from '../../src/model/failure.ts'
import { failureOf, isBrokenConnection } from '../../src/upstream/failures.ts'

const coded = (code: string) => Object.assign(new Error(`at 10.0.0.1: ${code}`), { code })

const BACK_OFF_MS: ReadonlyMap<string, number> = new Map([
  ['upstream-unreachable', 5_000],
  ['over-budget', 10_000],
])

for (const [error, reason, message, broken, kind] of [
  [coded('ECONNREFUSED'), 'upstream-unreachable', /rejects connections/, false, 'refused'],
  [coded('ECONNRESET'), 'upstream-unreachable', /reset the connection/, true, 'closed'],
  [coded('EPIPE'), 'upstream-unreachable', /during the request/, true, 'closed'],
  [
    new errors.SocketError('other side closed'),
    'upstream-unreachable',
    /before the response was complete/,
    true,
    'closed',
  ],
  [coded('ENOTFOUND'), 'upstream-unreachable', /no address \(DNS\)/, false, 'dns'],
  [coded('EAI_AGAIN'), 'upstream-unreachable', /Cannot look up .* \(DNS\)/, false, 'dns'],
  [
    new errors.ConnectTimeoutError(),
    'upstream-unreachable',
    /No connection .* was made in time/,
    false,
    'timeout',
  ],
  [coded('ETIMEDOUT'), 'upstream-unreachable', /did not respond to TCP packets/, false, 'timeout'],
  [coded('EHOSTUNREACH'), 'upstream-unreachable', /no route/, false, 'refused'],
  [coded('ENETUNREACH'), 'upstream-unreachable', /no route/, false, 'refused'],
  [coded('EACCES'), 'upstream-unreachable', /\(EACCES\)/, false, 'refused'],
  [coded('EMFILE'), 'over-budget', /gateway cannot open a connection.*EMFILE/, false, 'memory'],
  [coded('ENOBUFS'), 'over-budget', /gateway cannot open a connection.*ENOBUFS/, false, 'memory'],
  [coded('DEPTH_ZERO_SELF_SIGNED_CERT'), 'upstream-unreachable', /TLS.*DEPTH_ZERO/, false, 'tls'],
  [coded('CERT_HAS_EXPIRED'), 'upstream-unreachable', /TLS.*CERT_HAS_EXPIRED/, false, 'tls'],
  [coded('ERR_TLS_CERT_ALTNAME_INVALID'), 'upstream-unreachable', /TLS.*ALTNAME/, false, 'tls'],
  [coded('ERR_SSL_WRONG_VERSION_NUMBER'), 'upstream-unreachable', /TLS/, false, 'tls'],
  [coded('EPROTO'), 'upstream-unreachable', /TLS/, false, 'tls'],
  [new errors.HTTPParserError('x'), 'upstream-unreachable', /not HTTP/, false, 'not-ews'],
  [new errors.HeadersOverflowError(), 'upstream-unreachable', /too many headers/, false, 'not-ews'],
  [
    new errors.ResponseContentLengthMismatchError(),
    'upstream-unreachable',
    /ended its response too early/,
    false,
    'closed',
  ],
  [new errors.HeadersTimeoutError(), 'upstream-timeout', /in time/, false, 'timeout'],
  [new errors.BodyTimeoutError(), 'upstream-timeout', /in time/, false, 'timeout'],
  [new errors.RequestContentLengthMismatchError(), 'internal-error', /failed/, false, 'internal'],
  [new TypeError('a bug'), 'internal-error', /failed/, false, 'internal'],
  ['text', 'internal-error', /failed/, false, 'internal'],
] as const) {
  const failure = failureOf(error, 'sent-unknown')
  const reach = 'sent-unknown'
  t.match(failure, { reason, message, kind, reach, cause: error }, `failureOf() ${failure.message}`)
  t.equal(failure.backOffMs, BACK_OFF_MS.get(reason))
  t.notMatch(failure.message, /10\.0\.0\.1/, 'and names no address')
  t.equal(isBrokenConnection(error), broken, 'isBrokenConnection()')
}

const failure = new Failure('envelope-malformed', 'x')
t.equal(failureOf(failure), failure, 'failureOf() leaves a failure as it is')
