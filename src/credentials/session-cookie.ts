/**
 * Cookies of console sessions: a random ID and its MAC.
 *
 * A forged cookie is rejected without a read, and read access to the store is not enough to create one.
 *
 * @module
 */

import { createHmac, hash, randomBytes, timingSafeEqual } from 'node:crypto'
import type { PresentedSession } from './credentials.ts'
import type { MasterKey } from './master-key.ts'

const ID_BYTES = 32
const ID = /^[\w-]{43}$/

/** A cookie without the time and activity of its request. */
export type PresentedCookie = Pick<PresentedSession, 'cookie' | 'secure'>

/** Creates and verifies the cookies of one kind of session. */
export class SessionCookies {
  readonly #masterKey: MasterKey
  readonly #label: string

  /** @param label - distinguishes the kinds of sessions; part of the MAC */
  constructor(masterKey: MasterKey, label = '') {
    this.#masterKey = masterKey
    this.#label = label
  }

  make(secure: boolean): Readonly<{ idHash: string; cookie: string }> {
    const id = randomBytes(ID_BYTES).toString('base64url')
    return { idHash: hashOf(id), cookie: `${id}.${this.#mac(id, secure).toString('base64url')}` }
  }

  /** Returns the hash of the session ID, or undefined if the cookie is forged or was issued for the other transport. */
  idHash({ cookie, secure }: PresentedCookie): string | undefined {
    const [id = '', mac = '', ...more] = cookie.split('.')
    if (more.length > 0 || !ID.test(id) || !ID.test(mac)) return undefined
    const matches = timingSafeEqual(Buffer.from(mac, 'base64url'), this.#mac(id, secure))
    return matches ? hashOf(id) : undefined
  }

  /**
   * Returns the MAC of a session ID. It depends on the transport, so a session that started over TLS is only valid
   * over TLS.
   */
  #mac(id: string, secure: boolean): Buffer {
    const key = this.#masterKey.subkey('sessions')
    return createHmac('sha256', key)
      .update(`${this.#label}${secure ? 'tls' : 'clear'} ${id}`)
      .digest()
  }
}

/** Returns the form of a value that the store has. */
export const hashOf = (value: string): string => hash('sha256', value, 'base64url')
