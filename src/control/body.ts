/**
 * Reads the whole body of a request to the control API.
 *
 * @module
 */

import type { Reservation } from '../http/byte-budget.ts'
import { gather } from '../http/gathered-body.ts'
import type { IncomingBody } from '../http/incoming-body.ts'
import { Failure } from '../model/failure.ts'
import { ApiError } from './errors.ts'

/** Number of copies of a body that are in memory at once: its bytes, its text, and the parsed objects. */
const COPIES = 4

/**
 * Reads a body.
 *
 * @param maxBytes - limit of the body
 * @throws ApiError RequestEntityTooLargeException
 * @throws Failure `over-budget`
 * @returns undefined if the client has disconnected
 */
export async function readBody(
  body: IncomingBody,
  reservation: Reservation,
  maxBytes: number,
): Promise<Buffer | undefined> {
  try {
    return await gather(body, { reservation, most: maxBytes, copies: COPIES })
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    if (error.reason === 'client-gone') return undefined
    if (error.reason === 'body-too-large') throw tooLarge(maxBytes)
    throw error
  }
}

const tooLarge = (maxBytes: number) =>
  new ApiError(
    'RequestEntityTooLargeException',
    `The body exceeds the limit of ${maxBytes} bytes. Split it into several requests.`,
  )
