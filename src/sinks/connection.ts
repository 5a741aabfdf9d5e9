/**
 * HTTP connections to receivers.
 *
 * @module
 */

import { Pool } from 'undici'
import { CLIENT_OPTIONS, connectOptions } from '../upstream/connect.ts'

/** Time for which an idle connection is kept. Receivers usually close theirs after 5 s or more. */
const KEEP_ALIVE_MS = 4_000

/** Maximum bytes of a response that are read, so that its connection can be used again. */
const MAX_RESPONSE_BYTES = 64 * 1024

/**
 * Returns a pool with one connection, because records are sent in their order.
 *
 * @param ca - CA certificates to trust, in PEM, instead of the well-known ones
 */
export const poolTo = (url: URL, ca: string | undefined): Pool =>
  new Pool(url.origin, {
    ...CLIENT_OPTIONS,
    keepAliveTimeout: KEEP_ALIVE_MS,
    connections: 1,
    connect: connectOptions(ca === undefined ? {} : { ca }),
  })

type Body = Readonly<{ dump: (options: { limit: number }) => Promise<void> }>

export const discard = (body: Body): Promise<void> => body.dump({ limit: MAX_RESPONSE_BYTES })
