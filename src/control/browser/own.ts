/**
 * Checks that a browser's request comes from a page of the console, and goes to an address of the console.
 *
 * Rejects all other host names, because an attacker can point their own name at this machine (DNS rebinding).
 *
 * @module
 */

import { X509Certificate } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import { parseAddress } from '../../model/address.ts'
import { ApiError } from '../errors.ts'
import { quote } from '../problems.ts'

const HOST = /^(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9.-]+)(?::\d{1,5})?$/

/** Sources of the console's names, in addition to IP addresses and `localhost`. */
export type OwnNames = Readonly<{
  /** Origin in the configuration, `controlUrl`. */
  controlUrl?: string
  /** Certificate of the control API's listener in PEM. */
  certificate?: string
}>

/** Names under which browsers reach the console. */
export class OwnAddress {
  readonly #configured: URL | undefined
  readonly #certificate: X509Certificate | undefined

  constructor({ controlUrl, certificate }: OwnNames) {
    this.#configured = controlUrl === undefined ? undefined : new URL(controlUrl)
    this.#certificate = certificate === undefined ? undefined : new X509Certificate(certificate)
  }

  /** @throws ApiError AccessDeniedException if the host is not a name of the console */
  requireHost({ host = '' }: IncomingHttpHeaders): void {
    if (this.#isOwn(host)) return
    throw new ApiError(
      'AccessDeniedException',
      `${quote(host)} is not a name of the console. Set controlUrl in the configuration to the URL that browsers use`,
    )
  }

  /** @throws ApiError AccessDeniedException if the host is not that of `controlUrl` */
  requireConfigured({ host = '' }: IncomingHttpHeaders): void {
    if (host.toLowerCase() === this.#configured?.host) return
    throw new ApiError(
      'AccessDeniedException',
      `The issuer sends you back to ${this.#configured?.origin}. Open the console there: ${this.#configured?.origin}/console/`,
    )
  }

  /**
   * Rejects requests that another page sent. A request without Origin can only read, and other pages cannot see its
   * response.
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
      `Origin is not ${own}, and only pages of the console can use its sessions. ` +
        'A proxy in front of the gateway must pass on Host and set X-Forwarded-Proto',
    )
  }

  #isOwn(host: string): boolean {
    const [, name] = HOST.exec(host) ?? []
    if (name === undefined) return false
    if (host.toLowerCase() === this.#configured?.host) return true
    const bare = name.replace(/\[(.*)\]/, '$1')
    if (bare.toLowerCase() === 'localhost' || parseAddress(bare) !== undefined) return true
    return this.#certificate?.checkHost(bare) !== undefined
  }
}
