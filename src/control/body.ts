/**
 * The body of a request to the control API, read whole.
 *
 * @module
 */

import type { Reservation } from '../http/byte-budget.ts'
import { gather } from '../http/gathered-body.ts'
import type { IncomingBody } from '../http/incoming-body.ts'
import { Failure } from '../model/failure.ts'
import { ApiError } from './errors.ts'

/** A body is kept as bytes, as text, and as the objects that are made of it. */
const COPIES = 4

/**
 * Reads a body.
 *
 * @param most - its limit in bytes
 * @throws ApiError RequestEntityTooLargeException
 * @throws Failure `over-budget`
 * @returns undefined if the client has gone
 */
export async function readBody(
  body: IncomingBody,
  reservation: Reservation,
  most: number,
): Promise<Buffer | undefined> {
  try {
    return await gather(body, { reservation, most, copies: COPIES })
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    if (error.reason === 'client-gone') return undefined
    if (error.reason === 'body-too-large') throw tooLarge(most)
    throw error
  }
}

const tooLarge = (most: number) =>
  new ApiError(
    'RequestEntityTooLargeException',
    `The body exceeds the limit of ${most} bytes. Split it into several requests.`,
  )
