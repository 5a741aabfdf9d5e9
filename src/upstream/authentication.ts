/**
 * Interface of the authentication at the upstream. Each kind creates connections that authenticate with the
 * gateway's account.
 *
 * @module
 */

import type { LookupFunction } from 'node:net'
import { Dispatcher } from 'undici'
import type { Secret } from '../model/secret.ts'

/** TLS settings, with certificates in PEM. The server's certificate is always verified, with `ca` if it is present. */
export type UpstreamTls = Readonly<{
  ca?: string
  /** Name that the certificate must contain, if it is not the host in the URL. */
  serverName?: string
  clientCertificate?: Readonly<{ certificate: string; privateKey: Secret }>
}>

/** Address of an upstream, and the number of connections to it. */
export type UpstreamEndpoint = Readonly<{
  /** URL of the EWS endpoint, Exchange.asmx. */
  url: URL
  connections: number
  tls: UpstreamTls
  /** Looks up the host name. By default, with a time limit. */
  lookup?: LookupFunction | undefined
  /** User agent of the gateway. */
  userAgent: string
  /** Returns the time in milliseconds. */
  now: () => number
}>

/**
 * Connections to an upstream that add authentication to every request. The headers of a request are alternating
 * names and values, without Authorization, in an array that belongs to the connections.
 */
export abstract class Connections extends Dispatcher {
  /** Sends a request. If the account is rejected before the request is sent, the handler receives AccountRefused. */
  abstract override dispatch(
    options: Dispatcher.DispatchOptions,
    handler: Dispatcher.DispatchHandler,
  ): boolean

  /** Closes the connections when the requests in flight have ended. */
  abstract end(): Promise<void>
}

export interface Authentication {
  readonly kind: 'basic' | 'ntlm' | 'oauth'
  connect(endpoint: UpstreamEndpoint): Connections
}

/** Adds an Authorization header to a request. Every dispatch has an array of headers of its own. */
export function authorize({ headers }: Dispatcher.DispatchOptions, header: Secret): void {
  const own = headers as string[]
  own.push('Authorization', header.reveal())
}
