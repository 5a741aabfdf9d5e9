/**
 * Seals affinity cookies, so that a client can send only cookies that the upstream set for it.
 *
 * Otherwise, a client could choose the backend server that receives its requests. The MAC binds name, value, and
 * anchor to the organization, role, and principal.
 *
 * @module
 */

import { createHmac, type KeyObject, timingSafeEqual } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'

/** Content of a sealed cookie: the upstream's cookie, and the mailbox in X-AnchorMailbox of its request. */
export type SealedCookie = Readonly<{ name: string; value: string; anchorMailbox: string }>

/** Cookies that a client sent back. */
export type Affinity = Readonly<{
  cookies: ReadonlyMap<string, string>
  /** Anchor of the subscriptions to which `X-BackEndOverrideCookie` belongs; undefined without that cookie. */
  anchorMailbox: string | undefined
}>

const NO_AFFINITY: Affinity = { cookies: new Map(), anchorMailbox: undefined }

/** Organization, role, and principal that a cookie was set for. */
export type CookieOwner = Readonly<{
  organizationId: string
  roleId: string
  principalId: string
}>

/** Header in which exchangelib sends back X-BackEndOverrideCookie, in the spelling of Node.js. */
const OVERRIDE = 'x-backendoverridecookie'

export class CookieSeal {
  readonly #keys: () => readonly KeyObject[]

  /** @param keys - returns keys of 32 random bytes whose seals are accepted. The first seals new cookies */
  constructor(keys: () => readonly KeyObject[]) {
    this.#keys = keys
  }

  /** Returns the sealed value for the client. */
  seal(owner: CookieOwner, cookie: SealedCookie): string {
    const anchor = Buffer.from(cookie.anchorMailbox).toString('base64url')
    const [mac] = this.#macs(owner, cookie)
    return `${cookie.value}.${anchor}.${mac?.toString('base64url')}`
  }

  /**
   * Returns the cookies of a request that were sealed for this owner, unsealed. If several have the same name, the
   * first counts. Compares names case-insensitively, as ASP.NET does.
   */
  unseal(owner: CookieOwner, headers: IncomingHttpHeaders): Affinity {
    const sent = received(headers)
    if (sent.length === 0) return NO_AFFINITY
    const cookies = new Map<string, SealedCookie>()
    for (const [name, sealed] of sent) {
      const cookie = this.#open(owner, name, sealed)
      if (cookie !== undefined && !cookies.has(name.toLowerCase()))
        cookies.set(name.toLowerCase(), cookie)
    }
    return {
      cookies: new Map(Array.from(cookies.values(), ({ name, value }) => [name, value])),
      anchorMailbox: cookies.get(OVERRIDE)?.anchorMailbox,
    }
  }

  #open(owner: CookieOwner, name: string, sealed: string): SealedCookie | undefined {
    const [mac = '', anchor = '', ...rest] = sealed.split('.').reverse()
    const value = rest.reverse().join('.')
    const anchorMailbox = Buffer.from(anchor, 'base64url').toString()
    const cookie = { name, value, anchorMailbox }
    const given = Buffer.from(mac, 'base64url')
    const isSealed = this.#macs(owner, cookie).some(
      mac => given.length === mac.length && timingSafeEqual(given, mac),
    )
    return isSealed ? cookie : undefined
  }

  #macs(
    { organizationId, roleId, principalId }: CookieOwner,
    { name, value, anchorMailbox }: SealedCookie,
  ): readonly Buffer[] {
    const sealed = [name.toLowerCase(), value, anchorMailbox, organizationId, roleId, principalId]
    const text = JSON.stringify(sealed)
    return this.#keys().map(key => createHmac('sha256', key).update(text).digest())
  }
}

function received(headers: IncomingHttpHeaders): readonly (readonly [string, string])[] {
  const { cookie, [OVERRIDE]: override } = headers
  const pairs = cookie === undefined ? [] : cookie.split(';').map(pairOf)
  return typeof override === 'string'
    ? [...pairs, ['X-BackEndOverrideCookie', override.trim()]]
    : pairs
}

function pairOf(text: string): readonly [name: string, value: string] {
  const [name = '', ...value] = text.split('=')
  return [name.trim(), value.join('=').trim()]
}
