/**
 * Affinity cookies, sealed: a client can give back what the upstream set for it, and nothing else.
 *
 * A client that could choose these cookies could choose the server behind the upstream's front,
 * and more. The MAC binds name and value to the organization, role and principal.
 *
 * @module
 */

import { createHmac, type KeyObject, timingSafeEqual } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'

/** To whom a cookie was given. */
export type CookieOwner = Readonly<{
  organizationId: string
  roleId: string
  principalId: string
}>

/** exchangelib sends this cookie back as a header of its own, here as Node.js spells that. */
const OVERRIDE = 'x-backendoverridecookie'

const NONE: ReadonlyMap<string, string> = new Map()

export class CookieSeal {
  readonly #key: KeyObject

  /** @param key - 32 random bytes */
  constructor(key: KeyObject) {
    this.#key = key
  }

  /** The value that a client is given. */
  seal(owner: CookieOwner, name: string, value: string): string {
    return `${value}.${this.#mac(owner, name, value).toString('base64url')}`
  }

  /**
   * The cookies of a request that were sealed for this owner, unsealed, the first of each name;
   * names are compared without regard to case, as ASP.NET does.
   */
  unseal(owner: CookieOwner, headers: IncomingHttpHeaders): ReadonlyMap<string, string> {
    if (headers.cookie === undefined && headers[OVERRIDE] === undefined) return NONE
    const cookies = new Map<string, string>()
    const names = new Set<string>()
    for (const [name, sealed] of received(headers)) {
      const value = this.#open(owner, name, sealed)
      if (value === undefined || names.has(name.toLowerCase())) continue
      names.add(name.toLowerCase())
      cookies.set(name, value)
    }
    return cookies
  }

  #open(owner: CookieOwner, name: string, sealed: string): string | undefined {
    const dot = sealed.lastIndexOf('.')
    if (dot === -1) return undefined
    const value = sealed.slice(0, dot)
    const given = Buffer.from(sealed.slice(dot + 1), 'base64url')
    const mac = this.#mac(owner, name, value)
    return given.length === mac.length && timingSafeEqual(given, mac) ? value : undefined
  }

  #mac({ organizationId, roleId, principalId }: CookieOwner, name: string, value: string): Buffer {
    const sealed = JSON.stringify([name.toLowerCase(), value, organizationId, roleId, principalId])
    return createHmac('sha256', this.#key).update(sealed).digest()
  }
}

function received(headers: IncomingHttpHeaders): [name: string, value: string][] {
  const pairs = (headers.cookie ?? '').split(';').flatMap((pair): [string, string][] => {
    const equals = pair.indexOf('=')
    return equals === -1 ? [] : [[pair.slice(0, equals).trim(), pair.slice(equals + 1).trim()]]
  })
  const override = headers[OVERRIDE]
  return typeof override === 'string'
    ? [...pairs, ['X-BackEndOverrideCookie', override.trim()]]
    : pairs
}
