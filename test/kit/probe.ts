/**
 * The request with which a gateway sees at its start whether the upstream has the configured path: an empty POST
 * without credentials. Upstreams of tests answer it, and don't count it.
 *
 * @module
 */

/** Answer to it. */
export const CHALLENGE_RESPONSE =
  'HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Basic realm="x"\r\nContent-Length: 0\r\n\r\n'

/** @param head - whole head of a request */
export const isProbe = (head: string): boolean =>
  head.startsWith('POST ') &&
  head.endsWith('\r\n\r\n') &&
  /\r\ncontent-length: 0\r\n/i.test(head) &&
  !/\r\nauthorization:/i.test(head)
