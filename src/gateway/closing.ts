/**
 * Why a connection was closed on whoever held it, as far as it was for a limit or for its manners.
 *
 * @module
 */

import type { ClosedKind } from '../telemetry/labels.ts'

/** Of an error by which Node ends a connection; undefined: the network's, or the client's own. */
export function closedBy(error: NodeJS.ErrnoException): ClosedKind | undefined {
  const { code = '' } = error
  if (code === 'HPE_HEADER_OVERFLOW') return 'headers-too-large'
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return 'too-slow'
  return code.startsWith('HPE_') ? 'malformed' : undefined
}
