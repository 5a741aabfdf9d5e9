/**
 * Reads the public keys of trusted issuers.
 *
 * @module
 */

import { get as getInClear } from 'node:http'
import { get } from 'node:https'
import { createRemoteJWKSet, customFetch, type JWTVerifyGetKey } from 'jose'

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
}>

/** Maximum wait for the keys. */
const TIMEOUT_MS = 5_000
const MAX_BYTES = 1_048_576

/** Returns a function that finds the key of a token. It reads the keys when it needs them. */
export const keysOfIssuer = ({
  jwksUrl,
  ca,
  maxAgeMs,
  cooldownMs,
}: IssuerKeysOptions): JWTVerifyGetKey =>
  createRemoteJWKSet(new URL(jwksUrl), {
    cacheMaxAge: maxAgeMs,
    cooldownDuration: cooldownMs,
    timeoutDuration: TIMEOUT_MS,
    [customFetch]: (url, { signal }) =>
      readKeys(new URL(url), { signal, ...(ca !== undefined && { ca }) }),
  })

/** Reads a document, without following redirects. */
export function readKeys(
  url: URL,
  options: Readonly<{ ca?: string; signal: AbortSignal }>,
): Promise<Response> {
  const { promise, resolve, reject } = Promise.withResolvers<Response>()
  const ask = url.protocol === 'https:' ? get : getInClear
  const request = ask(url, { ...options, agent: false }, response => {
    const chunks: Buffer[] = []
    let bytes = 0
    response.on('data', (chunk: Buffer) => {
      bytes += chunk.length
      if (bytes > MAX_BYTES) response.destroy(new Error('The keys of the issuer are too large'))
      else chunks.push(chunk)
    })
    response.on('error', reject)
    response.on('end', () =>
      resolve(
        new Response(Buffer.concat(chunks), {
          status: response.statusCode ?? 500,
          headers: { date: response.headers.date ?? '' },
        }),
      ),
    )
  })
  request.on('error', reject)
  return promise
}
