/**
 * Reads and writes AWS JSON 1.1.
 *
 * @see https://smithy.io/2.0/aws/protocols/aws-json-1_1-protocol.html
 * @module
 */

import { IssuerUnavailable } from '../credentials/credentials.ts'
import { Failure } from '../model/failure.ts'
import { UnreadableError } from '../store/store.ts'
import type { Log } from '../telemetry/log.ts'
import { ApiError } from './errors.ts'
import { quote } from './problems.ts'

export const CONTENT_TYPE = 'application/x-amz-json-1.1'

/** A response. Its content type is JSON 1.1 unless `headers` has another one. */
export type ControlResponse = Readonly<{
  status: number
  body: string | Uint8Array
  /** Whether the body is the same bytes in all responses, so that the memory is used only once. */
  isShared?: true
  headers?: Readonly<Record<string, string | readonly string[]>>
}>

/** Returns the bytes of a body. Doesn't copy bytes that several responses share. */
export const bytesOf = ({ body }: ControlResponse): Uint8Array =>
  typeof body === 'string' ? Buffer.from(body) : body

/** Members of an input, not yet checked. */
export type JsonInput = Readonly<Record<string, unknown>>

/**
 * Reads the input of a request. An empty body counts as an empty object.
 *
 * @throws ApiError SerializationException if the body is not a JSON object
 */
export function readInput(contentType: string | undefined, body: Uint8Array): JsonInput {
  if (!isJson(contentType))
    throw new ApiError('SerializationException', `Content-Type must be ${CONTENT_TYPE}`)
  const input = body.length === 0 ? {} : parse(body)
  if (typeof input !== 'object' || input === null || Array.isArray(input))
    throw new ApiError('SerializationException', 'The body must be a JSON object')
  return input as JsonInput
}

/** Returns the error about an X-Amz-Target that is missing or unknown. */
export function unknownOperation(target: string | undefined): ApiError {
  return new ApiError(
    'UnknownOperationException',
    target === undefined
      ? 'X-Amz-Target is missing. It must be an operation with its service, such as WorkMailService.ListUsers'
      : `Unknown operation ${quote(target)}`,
  )
}

/** Converts a value of the model to the spelling of the API, which is uppercase. */
export const upper = <Word extends string>(word: Word) => word.toUpperCase() as Uppercase<Word>

/** Returns a successful response with the output of an action. */
export const responseOf = (output: object): ControlResponse => ({
  status: 200,
  body: JSON.stringify(output),
})

/** Fields of the log line about a failed request. */
type FailedCall = Readonly<{
  /** ID of the request, which is also in its response and in the audit. */
  requestId: string
  /** Operation with its service, as the client wrote it. */
  operation?: string | undefined
  sourceAddress?: string
}>

/** Returns the response for a thrown value. Logs errors that are not the caller's, unless they have a line already. */
export function responseOfError(error: unknown, log: Log, call: FailedCall): ControlResponse {
  const { status, type, message } = apiErrorOf(error)
  const isReported = error instanceof IssuerUnavailable || isOverBudget(error)
  if (!(error instanceof ApiError) && !isReported)
    log.error(
      { err: error, ...call },
      'Control API request failed because of the gateway or its store, not its caller',
    )
  return {
    status,
    body: JSON.stringify({ __type: type, Message: message }),
    ...(status === 503 && { headers: { 'Retry-After': RETRY_SECONDS } }),
  }
}

/** Whether a request failed because the memory for requests is used up. */
export const isOverBudget = (error: unknown): boolean =>
  error instanceof Failure && error.reason === 'over-budget'

/** Converts a thrown value to an API error. The client learns nothing about an unhandled error. */
export function apiErrorOf(error: unknown): ApiError {
  if (error instanceof ApiError) return error
  if (error instanceof UnreadableError) return new ApiError('EntityStateException', error.message)
  if (error instanceof IssuerUnavailable)
    return new ApiError('ServiceUnavailableException', ISSUER_UNAVAILABLE)
  if (error instanceof Failure)
    return new ApiError('ServiceUnavailableException', UNAVAILABLE[error.reason] ?? TRY_AGAIN)
  return new ApiError(
    'InternalFailure',
    'An internal error occurred. The log of the gateway has the details',
  )
}

/** Value of Retry-After for responses of a gateway that is temporarily unavailable, in seconds. */
const RETRY_SECONDS = '10'

const TRY_AGAIN = 'The gateway cannot process the request now. Its log says why. Try again later'
const ISSUER_UNAVAILABLE =
  "The issuer at which people sign in doesn't respond. The log of the gateway says why. Try again later"
const UNAVAILABLE: Readonly<Record<string, string>> = {
  'over-budget': 'Other requests use all memory for requests. Try again in 10 seconds',
  'policy-unavailable': 'The gateway cannot use its store now. Its log says why. Try again later',
  'audit-unavailable':
    'The gateway cannot write audit records now. Check whether the change was made, and try again later',
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
