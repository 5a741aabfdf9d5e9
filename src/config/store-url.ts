/**
 * Reads the URL of the store.
 *
 * @module
 */

import { type ConnectionUrl, readConnectionUrl } from './connection-url.ts'
import { isLoopback } from './network.ts'

/** Parts of the URL of a store. */
export type StoreUrl =
  | Readonly<{ kind: 'sqlite'; path: string }>
  | Readonly<{
      kind: 'postgres'
      host: string
      port: number
      database: string
      user: string
      password?: string
      tls: boolean
    }>

const SQLITE = /^sqlite:([^:\p{Cc}][^\p{Cc}]*)$/u

/** Supported forms of the URL, for error messages and the documentation. */
export const STORE_FORM =
  'sqlite:PATH, like sqlite:data/gateway.db, or postgres://USER@HOST:PORT/DATABASE'

/** Default ports by scheme. PostgreSQL's own programs use the scheme `postgresql`. */
const PORTS = { postgres: 5432, postgresql: 5432 }

const TLS_BY_MODE: ReadonlyMap<string, boolean> = new Map([
  ['disable', false],
  ['verify-full', true],
])

/** Returns every mistake in a URL. No message quotes it, because it can contain a password. */
export function storeMistakes(text: string): readonly string[] {
  if (SQLITE.test(text)) return []
  const url = readConnectionUrl(text, PORTS)
  if (!url) return [`must be ${STORE_FORM}`]
  return [...urlMistakes(url)]
}

function* urlMistakes({ hosts, username, path, parameters }: ConnectionUrl): Generator<string> {
  if (hosts.length > 1) yield 'must name exactly one host: the primary server'
  if (username === undefined) yield 'must name the user, such as postgres://USER@HOST/DATABASE'
  if (path === '') yield 'must name the database, such as postgres://USER@HOST/DATABASE'
  const mode = parameters.get('sslmode')
  if (mode !== undefined && !TLS_BY_MODE.has(mode))
    yield 'must have the sslmode verify-full, or disable for an unencrypted connection'
  if ([...parameters.keys()].some(name => name !== 'sslmode'))
    yield 'must have no parameter other than sslmode'
}

/** Returns the parts of a URL, or undefined if it has mistakes. */
export function readStoreUrl(text: string): StoreUrl | undefined {
  const [, path] = SQLITE.exec(text) ?? []
  if (path !== undefined) return { kind: 'sqlite', path }
  const url = readConnectionUrl(text, PORTS)
  const [address] = url?.hosts ?? []
  if (!url || !address || storeMistakes(text).length > 0) return undefined

  const { username = '', password, path: database, parameters } = url
  return {
    kind: 'postgres',
    ...address,
    database,
    user: username,
    ...(password !== undefined && { password }),
    tls: TLS_BY_MODE.get(parameters.get('sslmode') ?? '') ?? !isLoopback(address.host),
  }
}
