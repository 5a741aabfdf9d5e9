/**
 * The step that an operator takes after a failure of the upstream, in the words of `check-upstream`.
 *
 * @module
 */

import type { Failure } from '../model/failure.ts'
import type { Authentication } from './authentication.ts'
import { ADVICE, explainTls } from './check-connection.ts'
import { CREDENTIAL_ADVICE } from './check-mailbox.ts'

/**
 * Returns the step for a failure.
 *
 * @param name - name that the certificate is compared with
 */
export function remedyOf(
  { kind, reach, cause }: Failure,
  account: Authentication['kind'],
  name: string,
): string {
  if (kind === 'unauthorized') return CREDENTIAL_ADVICE[account]
  if (kind === 'dns') return ADVICE.name
  if (kind === 'tls') return explainTls(cause, name).advice
  if (kind === 'not-ews') return ADVICE.path
  if (kind === 'refused' || (kind === 'timeout' && reach === 'not-sent')) return ADVICE.tcp
  return ADVICE.server
}
