/**
 * Settings of all connections to an upstream, independent of the account.
 *
 * @module
 */

import type { LookupFunction } from 'node:net'
import { type buildConnector, type Client, Pool } from 'undici'
import type { UpstreamEndpoint, UpstreamTls } from './authentication.ts'
import { boundedLookup } from './lookup.ts'

/**
 * Time for which an idle connection is kept. IIS closes it after 120 s, and load balancers often after 60.
 * A request on a connection that the server is closing is lost, and a write is not repeated.
 */
const KEEP_ALIVE_MS = 30_000
/** Maximum of that time, whatever a server's Keep-Alive header says. */
const KEEP_ALIVE_MAX_MS = 90_000

/** Maximum time to open a connection, with the lookup of the name and the TLS handshake. */
export const CONNECT_TIMEOUT_MS = 5_000

export const CLIENT_OPTIONS = {
  connectTimeout: CONNECT_TIMEOUT_MS,
  pipelining: 1,
  // With HTTP/2, all requests, including streams, would share one connection.
  allowH2: false,
  keepAliveTimeout: KEEP_ALIVE_MS,
  keepAliveMaxTimeout: KEEP_ALIVE_MAX_MS,
} as const satisfies Client.Options

/** Returns connections that can each carry any request. */
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
    ...(serverName !== undefined && { servername: serverName }),
    ...(clientCertificate && {
      cert: clientCertificate.certificate,
      key: clientCertificate.privateKey.reveal(),
    }),
  } satisfies buildConnector.BuildOptions
}
