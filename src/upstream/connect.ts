/**
 * What all connections to an upstream have in common, whatever account they carry.
 *
 * @module
 */

import type { LookupFunction } from 'node:net'
import { type buildConnector, type Client, Pool } from 'undici'
import type { UpstreamEndpoint, UpstreamTls } from './authentication.ts'
import { boundedLookup } from './lookup.ts'

/**
 * How long an idle connection is kept. IIS closes after 120 s and load balancers often after 60:
 * a request on a connection that the server is just closing is lost, and a write is not repeated.
 */
const KEEP_ALIVE_MS = 30_000
/** At most this long, whatever a server's Keep-Alive header says. */
const KEEP_ALIVE_MAX_MS = 90_000

/** Maximum time to open a connection, with the lookup of the name and the TLS handshake. */
export const CONNECT_TIMEOUT_MS = 5_000

export const CLIENT_OPTIONS = {
  connectTimeout: CONNECT_TIMEOUT_MS,
  pipelining: 1,
  // HTTP/2 would share one connection between all, streams included.
  allowH2: false,
  keepAliveTimeout: KEEP_ALIVE_MS,
  keepAliveMaxTimeout: KEEP_ALIVE_MAX_MS,
} as const satisfies Client.Options

/** Connections of which any does for any request. */
export const poolOf = ({ url, connections, tls, lookup }: UpstreamEndpoint) =>
  new Pool(url.origin, { ...CLIENT_OPTIONS, connections, connect: connectOptions(tls, lookup) })

const LOOKUP = boundedLookup()

export function connectOptions(
  { ca, serverName, clientCertificate }: UpstreamTls,
  lookup: LookupFunction = LOOKUP,
) {
  return {
    // Said, for NODE_TLS_REJECT_UNAUTHORIZED=0 would turn it off.
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
