/**
 * Cookies of console sessions: a random ID and its MAC.
 *
 * A forged cookie is rejected without a read, and read access to the store is not enough to create one.
 *
 * @module
 */

import { createHmac, hash, type KeyObject, randomBytes, timingSafeEqual } from 'node:crypto'
import type { PresentedSession } from './credentials.ts'
import type { MasterKey } from './master-key.ts'

const ID_BYTES = 32
const ID = /^[\w-]{43}$/

/** A cookie without the time and activity of its request. */
export type PresentedCookie = Pick<PresentedSession, 'cookie' | 'secure'>

/** Creates and verifies the cookies of sessions. */
export class SessionCookies {
  readonly #masterKey: MasterKey

  constructor(masterKey: MasterKey) {
    this.#masterKey = masterKey
  }

  make(secure: boolean): Readonly<{ idHash: string; cookie: string }> {
    const id = randomBytes(ID_BYTES).toString('base64url')
    const mac = this.#mac(this.#masterKey.subkey('sessions'), id, secure)
    return { idHash: hashOf(id), cookie: `${id}.${mac.toString('base64url')}` }
  }

  /** Returns the hash of the session ID, or undefined if the cookie is forged or was issued for the other transport. */
  idHash({ cookie, secure }: PresentedCookie): string | undefined {
    const [id = '', mac = '', ...more] = cookie.split('.')
    if (more.length > 0 || !ID.test(id) || !ID.test(mac)) return undefined
    const given = Buffer.from(mac, 'base64url')
    const matches = this.#masterKey
      .subkeys('sessions')
      .some(key => timingSafeEqual(given, this.#mac(key, id, secure)))
    return matches ? hashOf(id) : undefined
  }

  /**
   * Returns the MAC of a session ID. It depends on the transport, so a session that started over TLS is only valid
   * over TLS.
   */
  #mac(key: KeyObject, id: string, secure: boolean): Buffer {
    return createHmac('sha256', key)
      .update(`${secure ? 'tls' : 'clear'} ${id}`)
      .digest()
  }
}

/** Returns the form of a value that the store has. */
export const hashOf = (value: string): string => hash('sha256', value, 'base64url')
