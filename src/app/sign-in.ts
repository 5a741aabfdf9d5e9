/**
 * Loads the schemes that authenticate connections, if a host name offers one.
 *
 * @module
 */

import type { ConnectionAuthenticator } from '../credentials/connection-authenticator.ts'
import type { KeyPorts } from '../credentials/key-authenticator.ts'
import type { GatewaySettings } from '../gateway/ports.ts'

/** Returns the authenticator for the `connections` of the schemes; empty if no host name offers such a scheme. */
export async function connectionsOf(
  { offers }: GatewaySettings,
  ports: KeyPorts,
): Promise<{ connections?: ConnectionAuthenticator }> {
  const offering = [...offers].filter(([, { schemes }]) => schemes.includes('NTLM'))
  if (offering.length === 0) return {}
  const [{ ConnectionAuthenticator }, { NtlmScheme }] = await Promise.all([
    import('../credentials/connection-authenticator.ts'),
    import('../credentials/ntlm.ts'),
  ])
  const hostNames = new Set(offering.map(([name]) => name))
  return { connections: new ConnectionAuthenticator(new NtlmScheme({ ...ports, hostNames })) }
}
