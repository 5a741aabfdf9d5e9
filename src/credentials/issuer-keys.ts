/**
 * Reads the public keys of trusted issuers.
 *
 * @module
 */

import { createRemoteJWKSet, customFetch, type JWTVerifyGetKey } from 'jose'
import { fetchFromIssuer } from './issuer-fetch.ts'

/** Source of the keys of an issuer, and how often it is read. */
export type IssuerKeysOptions = Readonly<{
  /** URL of a JSON Web Key Set. */
  jwksUrl: string
  /** Trusted certificate authorities in PEM, instead of the well-known ones. */
  ca?: string
  /** Maximum age of the keys, in milliseconds. */
  maxAgeMs: number
  /** Minimum time between two requests for keys that are not known, in milliseconds. */
  cooldownMs: number
  /** Returns the time of a clock that never decreases, in milliseconds. */
  elapsed?: () => number
}>

/** Maximum wait for the keys. */
const TIMEOUT_MS = 5_000

/**
 * Returns a function that finds the key of a token. It reads the keys when it needs them. Measures their age on two
 * clocks: the package uses the wall clock, which can be set back.
 */
export const keysOfIssuer = ({
  jwksUrl,
  ca,
  maxAgeMs,
  cooldownMs,
  elapsed = () => performance.now(),
}: IssuerKeysOptions): JWTVerifyGetKey => {
  const keys = createRemoteJWKSet(new URL(jwksUrl), {
    cacheMaxAge: maxAgeMs,
    cooldownDuration: cooldownMs,
    timeoutDuration: TIMEOUT_MS,
    [customFetch]: (url, { signal }) => fetchFromIssuer(new URL(url), { signal, ca }),
  })
  let readAt = Number.NEGATIVE_INFINITY
  return async (header, token) => {
    const at = elapsed()
    if (at >= readAt + maxAgeMs) {
      await keys.reload()
      readAt = at
    }
    return await keys(header, token)
  }
}
