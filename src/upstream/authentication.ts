/**
 * How the gateway shows the upstream who it is: each way makes connections that carry its account.
 *
 * @module
 */

import type { LookupFunction } from 'node:net'
import { Dispatcher } from 'undici'
import type { Secret } from '../model/secret.ts'

/** PEM texts. The certificate is always verified; `ca` says against what instead of the usual. */
export type UpstreamTls = Readonly<{
  ca?: string
  /** The name to verify where it is not the URL's. */
  serverName?: string
  clientCertificate?: Readonly<{ certificate: string; privateKey: Secret }>
}>

/** Where connections lead, and how many there may be. */
export type UpstreamEndpoint = Readonly<{
  /** Of Exchange.asmx. */
  url: URL
  connections: number
  tls: UpstreamTls
  /** Looks up the name; with a bound on the time by default. */
  lookup?: LookupFunction | undefined
  /** The gateway's own. */
  userAgent: string
  /** The time in milliseconds. */
  now: () => number
}>

/**
 * Connections to an upstream that add the account to every request. The headers of a request are
 * an array of names and values in turn, without Authorization.
 */
export abstract class Connections extends Dispatcher {
  /** An account that is refused before the request is sent is told as AccountRefused. */
  abstract override dispatch(
    options: Dispatcher.DispatchOptions,
    handler: Dispatcher.DispatchHandler,
  ): boolean

  /** Closes them when what is under way is done. */
  abstract end(): Promise<void>
}

export interface Authentication {
  readonly kind: 'basic' | 'ntlm' | 'oauth'
  connect(endpoint: UpstreamEndpoint): Connections
}

/** A request's options with the value of its Authorization header. */
export function authorized(
  options: Dispatcher.DispatchOptions,
  header: Secret,
): Dispatcher.DispatchOptions {
  const headers = options.headers as readonly string[]
  return { ...options, headers: [...headers, 'Authorization', header.reveal()] }
}
