/**
 * The body of a request to the control API, read whole.
 *
 * @module
 */

import type { IncomingMessage } from 'node:http'
import { ApiError } from './errors.ts'

/** 1 MiB. */
const LIMIT = 1_048_576

/**
 * Reads a body; what is left of one that is too large is thrown away as it comes.
 *
 * @throws ApiError RequestEntityTooLargeException
 * @returns undefined where the client has gone
 */
export async function readBody(request: IncomingMessage): Promise<Buffer | undefined> {
  if (Number(request.headers['content-length'] ?? 0) > LIMIT) throw tooLarge()
  const pieces: Buffer[] = []
  let size = 0
  try {
    for await (const piece of request.iterator({ destroyOnReturn: false })) {
      size += (piece as Buffer).length
      if (size > LIMIT) break
      pieces.push(piece as Buffer)
    }
  } catch {
    return undefined
  }
  if (size > LIMIT) throw tooLarge()
  return Buffer.concat(pieces)
}

const tooLarge = () =>
  new ApiError(
    'RequestEntityTooLargeException',
    `The body must have at most ${LIMIT} bytes: divide what it holds`,
  )
