/**
 * Reasons why a listener closes a connection.
 *
 * @module
 */

/**
 * Too many connections in total or of one address; in clear from another machine; HTTP headers that are too
 * large, too slow, or malformed; a client that ended its side in the middle of a request; a body that is not
 * read any further after its response; more requests at once than a connection can have.
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
  // The parser calls the end of the stream in the middle of a request malformed too.
  if (code === 'HPE_INVALID_EOF_STATE') return 'aborted'
  return code.startsWith('HPE_') ? 'malformed' : undefined
}
