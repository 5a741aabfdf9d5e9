/**
 * Reads the URL of the cache.
 *
 * @module
 */

import type { ListenAddress } from '../model/listen-address.ts'
import { type ConnectionUrl, readConnectionUrl } from './connection-url.ts'

/** Parts of the URL of a cache. */
export type CacheUrl =
  | Readonly<{ kind: 'memory' }>
  | Readonly<{
      kind: 'redis'
      nodes: readonly ListenAddress[]
      sentinel?: string
      database: number
      username?: string
      password?: string
      tls: boolean
    }>

/** Supported forms of the URL, for error messages and the documentation. */
export const CACHE_FORM =
  'memory, redis://HOST:PORT, or redis+sentinel://HOST:PORT,HOST:PORT/MASTER; for TLS, rediss instead of redis'

const PORTS = {
  redis: 6379,
  rediss: 6379,
  'redis+sentinel': 26_379,
  'rediss+sentinel': 26_379,
}

/** Returns every mistake in a URL. No message quotes it, because it can contain a password. */
export function cacheMistakes(text: string): readonly string[] {
  if (text === 'memory') return []
  const url = readConnectionUrl(text, PORTS)
  if (!url) return [`must be ${CACHE_FORM}`]
  return [...urlMistakes(url)]
}

function* urlMistakes({ scheme, hosts, path, parameters }: ConnectionUrl): Generator<string> {
  if (isSentinel(scheme)) {
    if (!/^[\w.-]+$/.test(path))
      yield 'must name the master that the Sentinels watch, such as redis+sentinel://HOST:PORT,HOST:PORT/MASTER'
  } else {
    if (hosts.length > 1)
      yield 'must name one host, or be redis+sentinel://HOST:PORT,HOST:PORT/MASTER'
    if (!/^\d{0,5}$/.test(path))
      yield 'must have no path, or the number of a database, such as redis://HOST:PORT/0'
  }
  if (parameters.size > 0) yield 'must have no parameters'
}

const isSentinel = (scheme: string) => scheme.endsWith('+sentinel')

/** Returns the parts of a URL, or undefined if it has mistakes. */
export function readCacheUrl(text: string): CacheUrl | undefined {
  if (text === 'memory') return { kind: 'memory' }
  const url = readConnectionUrl(text, PORTS)
  if (!url || cacheMistakes(text).length > 0) return undefined

  const { scheme, hosts, path, username, password } = url
  return {
    kind: 'redis',
    nodes: hosts,
    ...(isSentinel(scheme) && { sentinel: path }),
    database: isSentinel(scheme) ? 0 : Number(path),
    ...(username !== undefined && { username }),
    ...(password !== undefined && { password }),
    tls: scheme.startsWith('rediss'),
  }
}
