/**
 * Settings of all connections to an upstream, independent of the account.
 *
 * @module
 */

import { isIP, type LookupFunction } from 'node:net'
import { checkServerIdentity, type PeerCertificate } from 'node:tls'
import { type buildConnector, type Client, Pool } from 'undici'
import type { UpstreamEndpoint, UpstreamTls } from './authentication.ts'
import { boundedLookup } from './lookup.ts'

/**
 * Time for which an idle connection is kept. Must be shorter than the time after which servers close idle
 * connections (IIS 120 s, load balancers often 60 s), because a write on a connection that is being closed fails
 * and is not repeated.
 */
const KEEP_ALIVE_MS = 30_000
/** Maximum time for which an idle connection is kept, even if a server's Keep-Alive header asks for more. */
const KEEP_ALIVE_MAX_MS = 90_000

/** Maximum time to open a connection, with the lookup of the name and the TLS handshake. */
export const CONNECT_TIMEOUT_MS = 5_000

export const CLIENT_OPTIONS = {
  connectTimeout: CONNECT_TIMEOUT_MS,
  pipelining: 1,
  // Disables HTTP/2, with which all requests, including streams, would share one connection.
  allowH2: false,
  keepAliveTimeout: KEEP_ALIVE_MS,
  keepAliveMaxTimeout: KEEP_ALIVE_MAX_MS,
} as const satisfies Client.Options

/** Returns a pool of connections, each of which can carry any request. */
export const poolOf = ({ url, connections, tls, lookup }: UpstreamEndpoint) =>
  new Pool(url.origin, { ...CLIENT_OPTIONS, connections, connect: connectOptions(tls, lookup) })

const LOOKUP = boundedLookup()

export function connectOptions(
  { ca, serverName, clientCertificate }: UpstreamTls,
  lookup: LookupFunction = LOOKUP,
) {
  return {
    // Set explicitly, because NODE_TLS_REJECT_UNAUTHORIZED=0 would disable it.
    rejectUnauthorized: true,
    lookup,
    ...(ca !== undefined && { ca }),
    ...(serverName !== undefined && nameOptions(serverName)),
    ...(clientCertificate && {
      cert: clientCertificate.certificate,
      key: clientCertificate.privateKey.reveal(),
    }),
  } satisfies buildConnector.BuildOptions
}

/** Returns the options that compare the certificate with a name. TLS can't send an IP address as a server name (SNI). */
const nameOptions = (serverName: string) =>
  isIP(serverName) === 0
    ? { servername: serverName }
    : {
        checkServerIdentity: (_: string, peer: PeerCertificate) =>
          checkServerIdentity(serverName, peer),
      }
