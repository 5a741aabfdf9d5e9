/**
 * Sign-ins that wait for the issuer, in a cookie of the browser that began them.
 *
 * The cookie is encrypted, so any gateway can finish the sign-in and no store is needed. A response of the issuer
 * counts only in the browser with the cookie, so an attacker can't sign another person in to the account of the attacker.
 *
 * @module
 */

import type { MasterKey } from '../master-key.ts'
import type { Challenge } from './issuer.ts'

/** Maximum time between the beginning of a sign-in and the response of the issuer. */
const MAX_PENDING_MS = 10 * 60_000

/** A sign-in that waits for the issuer. */
export type Pending = Readonly<{
  challenge: Challenge
  /** Cookie of the session that the sign-in replaces. A browser doesn't send it when another site leads back. */
  session?: string | undefined
  secure: boolean
  at: number
}>

/** Returns the cookie of a sign-in that begins. */
export function sealPending(masterKey: MasterKey, pending: Pending): string {
  const bytes = masterKey.seal('sign-ins', Buffer.from(JSON.stringify(pending)))
  return Buffer.from(bytes).toString('base64url')
}

/**
 * Returns the sign-in of a cookie.
 *
 * @returns undefined if the cookie is forged, too old, or of the other transport
 */
export function unsealPending(
  masterKey: MasterKey,
  presented: Readonly<{ cookie: string; secure: boolean; at: number }>,
): Pending | undefined {
  const pending = unseal(masterKey, presented.cookie)
  if (pending?.secure !== presented.secure) return undefined
  return Math.abs(presented.at - pending.at) < MAX_PENDING_MS ? pending : undefined
}

function unseal(masterKey: MasterKey, cookie: string): Pending | undefined {
  try {
    const bytes = masterKey.unseal('sign-ins', Buffer.from(cookie, 'base64url'))
    return JSON.parse(Buffer.from(bytes).toString())
  } catch {
    return undefined
  }
}
