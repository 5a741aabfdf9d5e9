/**
 * Reasons why a listener closes a connection.
 *
 * @module
 */

/**
 * In this order: too many connections in total or of one address; unencrypted from another machine; HTTP headers
 * that are too large, too slow, or malformed; a client that closed the connection in the middle of a request; a
 * body that is too large to be discarded after its response; too many requests at once on a connection.
 */
export const CLOSED_KINDS = [
  'too-many',
  'too-many-of-address',
  'in-clear',
  'headers-too-large',
  'too-slow',
  'malformed',
  'aborted',
  'body-after-answer',
  'pipelined',
] as const
export type ClosedKind = (typeof CLOSED_KINDS)[number]

/**
 * Returns why Node.js ended a connection with an error. Undefined if the network ended it, or the client
 * between two requests.
 */
export function closedBy({ code = '' }: NodeJS.ErrnoException): ClosedKind | undefined {
  if (code === 'HPE_HEADER_OVERFLOW') return 'headers-too-large'
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return 'too-slow'
  // Node.js reports a connection that ends in the middle of a request as malformed, too.
  if (code === 'HPE_INVALID_EOF_STATE') return 'aborted'
  return code.startsWith('HPE_') ? 'malformed' : undefined
}
