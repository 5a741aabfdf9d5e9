/**
 * Connection of `ews-gateway api` to a control listener: its URL, and how its certificate is verified.
 *
 * @module
 */

import { X509Certificate } from 'node:crypto'
import { request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'
import { type ConnectionOptions, rootCertificates } from 'node:tls'
import type { Config } from '../config/schema.ts'
import { writeListenAddress } from '../model/listen-address.ts'

const TIMEOUT_MS = 60_000

const DEFAULT_ENDPOINT = 'http://127.0.0.1:8081'

/** Loopback addresses at which a listener on all addresses can be reached from this machine. */
const LOOPBACK_OF: Readonly<Record<string, string>> = { '0.0.0.0': '127.0.0.1', '::': '::1' }

/** URL of a control listener, and TLS options. */
export type Connection = Readonly<{ url: string; tls: ConnectionOptions }>

/**
 * Returns the connection to an endpoint, or to the control listener of a configuration.
 *
 * For a configuration, the listener must present exactly the configured certificate. Its name and authority are not
 * checked, because a certificate seldom contains the loopback address.
 *
 * @param given.ca - certificates in PEM to trust instead of all others
 */
export function connectionTo(
  { endpoint, ca }: Readonly<{ endpoint?: string; ca?: string }>,
  config: Config | undefined,
): Connection {
  const own = config?.tls?.certificate
  if (endpoint !== undefined) return { url: endpoint, tls: trusting(ca, own) }
  if (!config) return { url: DEFAULT_ENDPOINT, tls: {} }
  const { host, port } = config.listen.control
  const scheme = own === undefined ? 'http' : 'https'
  const url = `${scheme}://${writeListenAddress({ host: LOOPBACK_OF[host] ?? host, port })}`
  if (own === undefined) return { url, tls: {} }
  return { url, tls: ca === undefined ? pinned(own) : { ca } }
}

function trusting(ca: string | undefined, own: string | undefined): ConnectionOptions {
  if (ca !== undefined) return { ca }
  return own === undefined ? {} : { ca: [...rootCertificates, own], allowPartialTrustChain: true }
}

function pinned(certificate: string): ConnectionOptions {
  const { fingerprint256 } = new X509Certificate(certificate)
  return {
    ca: certificate,
    allowPartialTrustChain: true,
    checkServerIdentity: (_, peer) =>
      peer.fingerprint256 === fingerprint256
        ? undefined
        : new Error(
            'the listener presents another certificate than the configuration has. Reload the gateway',
          ),
  }
}

/** Sends a call, and returns the status and the text of the response. */
export function post(
  { url, tls }: Connection,
  headers: Readonly<Record<string, string>>,
  body: string,
): Promise<Readonly<{ status: number; text: string }>> {
  const { promise, resolve, reject } = Promise.withResolvers<{ status: number; text: string }>()
  const signal = AbortSignal.timeout(TIMEOUT_MS)
  const options = { method: 'POST', headers, signal, agent: false }
  const request = url.startsWith('https:')
    ? requestHttps(url, { ...options, ...tls })
    : requestHttp(url, options)
  request.once('error', reject)
  request.once('response', response => {
    let text = ''
    response.setEncoding('utf8')
    response.on('data', (chunk: string) => {
      text += chunk
    })
    response.once('error', reject)
    response.once('end', () => resolve({ status: response.statusCode ?? 0, text }))
  })
  request.end(body)
  return promise
}
