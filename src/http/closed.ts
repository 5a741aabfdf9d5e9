/**
 * Reasons why a listener closes a connection that its client could have kept.
 *
 * @module
 */

/**
 * Too many connections in total or of one address; in clear from another machine; HTTP headers that are too
 * large, too slow, or malformed; a body that is not read any further after its response; more requests at
 * once than a connection can have.
 */
export const CLOSED_KINDS = [
  'too-many',
  'too-many-of-address',
  'in-clear',
  'headers-too-large',
  'too-slow',
  'malformed',
  'body-after-answer',
  'pipelined',
] as const
export type ClosedKind = (typeof CLOSED_KINDS)[number]

/**
 * Returns why Node.js ended a connection with an error. Undefined if the network or the client itself ended
 * it.
 */
export function closedBy({ code = '' }: NodeJS.ErrnoException): ClosedKind | undefined {
  if (code === 'HPE_HEADER_OVERFLOW') return 'headers-too-large'
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return 'too-slow'
  return code.startsWith('HPE_') ? 'malformed' : undefined
}
