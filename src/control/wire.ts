/**
 * AWS JSON 1.1, as requests come and answers go.
 *
 * @see https://smithy.io/2.0/aws/protocols/aws-json-1_1-protocol.html
 * @module
 */

import { Failure } from '../model/failure.ts'
import type { Log } from '../telemetry/log.ts'
import { ApiError } from './errors.ts'
import { quote } from './problems.ts'

export const CONTENT_TYPE = 'application/x-amz-json-1.1'

/** Of JSON 1.1 where `headers` say nothing else. */
export type Answer = Readonly<{
  status: number
  body: string | Uint8Array
  /** Whether the body is the same in all responses, and in memory once. */
  isShared?: true
  headers?: Readonly<Record<string, string>>
}>

/** Returns the bytes of a body. Bytes that responses share are not copied. */
export const bytesOf = ({ body }: Answer): Uint8Array =>
  typeof body === 'string' ? Buffer.from(body) : body

/** The members of an input, not yet looked at. */
export type JsonInput = Readonly<Record<string, unknown>>

/**
 * The input of a request; an empty body has no members.
 *
 * @throws ApiError SerializationException
 */
export function readInput(contentType: string | undefined, body: Uint8Array): JsonInput {
  if (!isJson(contentType))
    throw new ApiError('SerializationException', `Content-Type must be ${CONTENT_TYPE}`)
  const input = body.length === 0 ? {} : parse(body)
  if (typeof input !== 'object' || input === null || Array.isArray(input))
    throw new ApiError('SerializationException', 'The body must be a JSON object')
  return input as JsonInput
}

/** The operation that X-Amz-Target names, for a message. */
export function unknownOperation(target: string | undefined): ApiError {
  return new ApiError(
    'UnknownOperationException',
    target === undefined
      ? 'X-Amz-Target is missing: it must be WorkMailService. or EwsGateway. and an operation'
      : `The operation ${quote(target)} is not known`,
  )
}

/** Returns a word of the model in the spelling of the API. */
export const upper = <Word extends string>(word: Word) => word.toUpperCase() as Uppercase<Word>

export const answerOf = (output: object): Answer => ({ status: 200, body: JSON.stringify(output) })

/** The answer for whatever was thrown; what the caller cannot help goes to the log. */
export function answerOfError(error: unknown, log: Log, requestId: string): Answer {
  const { status, type, message } = apiErrorOf(error)
  if (!(error instanceof ApiError) && !isOverBudget(error))
    log.error({ err: error, requestId }, 'A request of the control API failed')
  return {
    status,
    body: JSON.stringify({ __type: type, Message: message }),
    ...(status === 503 && { headers: { 'Retry-After': RETRY_SECONDS } }),
  }
}

/** Whether a request ended because requests hold all memory that is theirs. */
export const isOverBudget = (error: unknown): boolean =>
  error instanceof Failure && error.reason === 'over-budget'

/** What was thrown, in the API's words: a bug has none. */
export function apiErrorOf(error: unknown): ApiError {
  if (error instanceof ApiError) return error
  if (error instanceof Failure)
    return new ApiError('ServiceUnavailableException', AWAY[error.reason] ?? TRY_AGAIN)
  return new ApiError('InternalFailure', 'An internal error happened')
}

/** When a client can try again what the gateway cannot do now. */
const RETRY_SECONDS = '10'

const TRY_AGAIN = 'The gateway cannot do this now: try again'
const AWAY: Readonly<Record<string, string>> = {
  'over-budget': 'Other requests hold the memory for requests. Try again in 10 s',
  'policy-unavailable': "The store cannot be used now. The gateway's log says why. Try again",
  'audit-unavailable':
    'The audit cannot be written now: try again; a change may have been made all the same',
}

function isJson(contentType: string | undefined): boolean {
  const [type = '', ...parameters] = (contentType ?? '').toLowerCase().split(';')
  if (type.trim() !== CONTENT_TYPE && type.trim() !== 'application/json') return false
  return parameters.every(parameter => /^\s*charset="?utf-8"?\s*$/.test(parameter))
}

function parse(body: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(body))
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new ApiError('SerializationException', `The body is not JSON in UTF-8: ${reason}`)
  }
}
