/**
 * Responses to EWS requests, and what the gateway reads of them.
 *
 * @module
 */

import { ResponseReader } from '../../src/ews/response-reader.ts'
import type { ReadOperation } from '../../src/ews/response-shape.ts'
import {
  AUTODISCOVER_NS,
  ERRORS_NS,
  MESSAGES_NS,
  SOAP_NS,
  TYPES_NS,
} from '../../src/model/envelope.ts'
import { Failure } from '../../src/model/failure.ts'

const DECLARED =
  `xmlns:s="${SOAP_NS}" xmlns:m="${MESSAGES_NS}" xmlns:t="${TYPES_NS}" xmlns:e="${ERRORS_NS}" ` +
  `xmlns:a="${AUTODISCOVER_NS}" xmlns:o="urn:other"`
export const envelope = (body: string, header = '') =>
  `<s:Envelope ${DECLARED}>${header}<s:Body>${body}</s:Body></s:Envelope>`

/** Reads a response, completely if there is an operation. Returns its failure if it is unreadable. */
export function read(xml: string, operation?: ReadOperation) {
  const reader = new ResponseReader(operation)
  try {
    reader.write(Buffer.from(xml))
    const { fault, messages } = reader.end()
    const { first, serverVersion } = reader
    return { fault, messages, first, serverVersion }
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    return { failure: error.reason }
  }
}
export const UNREADABLE = { failure: 'upstream-unreachable' }

export const messages = (operation: ReadOperation, ...contents: readonly string[]) => {
  const each = contents.map(
    it => `<m:${operation}ResponseMessage>${it}</m:${operation}ResponseMessage>`,
  )
  return `<m:${operation}Response><m:ResponseMessages>${each.join('')}</m:ResponseMessages></m:${operation}Response>`
}
export const CODE = '<m:ResponseCode>NoError</m:ResponseCode>'

/** Returns the members of a value that an expected one has, and all elements of its arrays. */
export function like(value: unknown, expected: unknown): unknown {
  if (Array.isArray(value) && Array.isArray(expected))
    return value.map((each, i) => like(each, expected[i]))
  if (!isRecord(value) || !isRecord(expected)) return value
  return Object.fromEntries(
    Object.keys(expected).map(key => [key, like(value[key], expected[key])]),
  )
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Map)
