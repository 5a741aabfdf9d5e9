/**
 * Advice for an operator after a failure of the upstream, with the same texts as in `check-upstream`.
 *
 * @module
 */

import type { Failure } from '../model/failure.ts'
import type { ServerKind } from '../model/server-kind.ts'
import { type Account, ADVICE, credentialAdvice } from './advice.ts'
import { explainTls } from './check-connection.ts'

/** Gateways read the password at their start, and a restart ends the wait after a rejection. */
const RESTART = ' Then restart the gateways.'

/**
 * Returns the advice for a failure.
 *
 * @param of - the account, the kind of the server, and the name that its certificate is compared with
 */
export function remedyOf(
  { kind, reach, cause }: Failure,
  of: Readonly<{ account: Account; server: ServerKind; name: string }>,
): string {
  const { account, server, name } = of
  if (kind === 'unauthorized') return credentialAdvice(account, server, RESTART)
  if (kind === 'dns') return ADVICE.name
  if (kind === 'tls') return explainTls(cause, name).advice
  if (kind === 'not-ews') return ADVICE.path
  if (kind === 'refused' || (kind === 'timeout' && reach === 'not-sent')) return ADVICE.tcp
  return ADVICE.server
}
