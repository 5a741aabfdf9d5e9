import t from 'tap'
import { errors } from 'undici'
import { Failure } from '../../src/model/failure.ts'
import { failureOf, isBrokenConnection } from '../../src/upstream/failures.ts'

const coded = (code: string) => Object.assign(new Error(`at 10.0.0.1: ${code}`), { code })

for (const [error, reason, message, broken] of [
  [coded('ECONNREFUSED'), 'upstream-unreachable', /refuses connections/, false],
  [coded('ECONNRESET'), 'upstream-unreachable', /reset the connection/, true],
  [coded('EPIPE'), 'upstream-unreachable', /while it was written to/, true],
  [new errors.SocketError('other side closed'), 'upstream-unreachable', /whole answer/, true],
  [coded('ENOTFOUND'), 'upstream-unreachable', /no address \(DNS\)/, false],
  [coded('EAI_AGAIN'), 'upstream-unreachable', /cannot be looked up now \(DNS\)/, false],
  [new errors.ConnectTimeoutError(), 'upstream-unreachable', /no connection in time/, false],
  [coded('ETIMEDOUT'), 'upstream-unreachable', /no connection in time/, false],
  [coded('EHOSTUNREACH'), 'upstream-unreachable', /no route/, false],
  [coded('ENETUNREACH'), 'upstream-unreachable', /no route/, false],
  [coded('EMFILE'), 'upstream-unreachable', /\(EMFILE\)/, false],
  [coded('DEPTH_ZERO_SELF_SIGNED_CERT'), 'upstream-unreachable', /TLS.*DEPTH_ZERO/, false],
  [coded('CERT_HAS_EXPIRED'), 'upstream-unreachable', /TLS.*CERT_HAS_EXPIRED/, false],
  [coded('ERR_TLS_CERT_ALTNAME_INVALID'), 'upstream-unreachable', /TLS.*ALTNAME/, false],
  [coded('ERR_SSL_WRONG_VERSION_NUMBER'), 'upstream-unreachable', /TLS/, false],
  [coded('EPROTO'), 'upstream-unreachable', /TLS/, false],
  [new errors.HTTPParserError('x'), 'upstream-unreachable', /not HTTP/, false],
  [new errors.HeadersOverflowError(), 'upstream-unreachable', /too many headers/, false],
  [new errors.ResponseContentLengthMismatchError(), 'upstream-unreachable', /broke off/, false],
  [new errors.HeadersTimeoutError(), 'upstream-timeout', /in time/, false],
  [new errors.BodyTimeoutError(), 'upstream-timeout', /in time/, false],
  [new errors.RequestContentLengthMismatchError(), 'internal-error', /failed/, false],
  [new TypeError('a bug'), 'internal-error', /failed/, false],
  ['text', 'internal-error', /failed/, false],
] as const) {
  const failure = failureOf(error)
  t.match(failure, { reason, message, cause: error }, `failureOf() ${failure.message}`)
  t.equal(failure.backOffMs, reason === 'upstream-unreachable' ? 5_000 : undefined)
  t.notMatch(failure.message, /10\.0\.0\.1/, 'and names no address')
  t.equal(isBrokenConnection(error), broken, 'isBrokenConnection()')
}

const failure = new Failure('envelope-malformed', 'x')
t.equal(failureOf(failure), failure, 'failureOf() leaves a failure as it is')
