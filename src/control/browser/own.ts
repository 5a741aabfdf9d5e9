/**
 * Whether a request of a browser comes from the console's own page, at the console's own address.
 *
 * A name that anybody can point at this machine (DNS rebinding) must not become the console's: it
 * is known by the names that nobody else can have.
 *
 * @module
 */

import { X509Certificate } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import { parseAddress } from '../../model/address.ts'
import { ApiError } from '../errors.ts'
import { quote } from '../problems.ts'

const HOST = /^(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9.-]+)(?::\d{1,5})?$/

/** What makes a name the console's besides that it is an address, or this machine's. */
export type OwnNames = Readonly<{
  /** The configured origin. */
  controlUrl?: string
  /** PEM of the listener's own certificate. */
  certificate?: string
}>

export class OwnAddress {
  readonly #configured: string | undefined
  readonly #certificate: X509Certificate | undefined

  constructor({ controlUrl, certificate }: OwnNames) {
    this.#configured = controlUrl === undefined ? undefined : new URL(controlUrl).host
    this.#certificate = certificate === undefined ? undefined : new X509Certificate(certificate)
  }

  /** @throws ApiError AccessDeniedException where the console was asked for by somebody else's name */
  requireHost({ host = '' }: IncomingHttpHeaders): void {
    if (this.#isOwn(host)) return
    throw new ApiError(
      'AccessDeniedException',
      `The console is not known by the name ${quote(host)}: set controlUrl to the URL that browsers use`,
    )
  }

  /**
   * Refuses what another page sent. Without Origin only a read may come, which no other page sees.
   *
   * @throws ApiError AccessDeniedException
   */
  requirePage(headers: IncomingHttpHeaders, secure: boolean, changes: boolean): void {
    this.requireHost(headers)
    const { origin, host } = headers
    const site = headers['sec-fetch-site']
    const own = `${secure ? 'https' : 'http'}://${host}`.toLowerCase()
    const isOwn = origin === undefined ? !changes : origin === own
    if (isOwn && (site === undefined || site === 'same-origin' || (!changes && site === 'none')))
      return
    throw new ApiError(
      'AccessDeniedException',
      `Origin is not ${own}, which is the console's own: only its pages use its sessions. ` +
        'A proxy must pass Host on, and say X-Forwarded-Proto',
    )
  }

  #isOwn(host: string): boolean {
    const [, name] = HOST.exec(host) ?? []
    if (name === undefined) return false
    if (host.toLowerCase() === this.#configured) return true
    const bare = name.replace(/\[(.*)\]/, '$1')
    if (bare.toLowerCase() === 'localhost' || parseAddress(bare) !== undefined) return true
    return this.#certificate?.checkHost(bare) !== undefined
  }
}
