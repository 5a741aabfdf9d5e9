/**
 * The store as one line of text.
 *
 * @module
 */

import { type ConnectionUrl, readConnectionUrl } from './connection-url.ts'
import { isLoopback } from './network.ts'

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

export const STORE_FORM =
  'sqlite:PATH, like sqlite:data/gateway.db, or postgres://USER@HOST:PORT/DATABASE'

/** `postgresql` is what PostgreSQL's own programs write. */
const PORTS = { postgres: 5432, postgresql: 5432 }

const TLS_BY_MODE: ReadonlyMap<string, boolean> = new Map([
  ['disable', false],
  ['verify-full', true],
])

/** All that is wrong with the text; nothing quotes it. */
export function storeMistakes(text: string): readonly string[] {
  if (SQLITE.test(text)) return []
  const url = readConnectionUrl(text, PORTS)
  if (!url) return [`must be ${STORE_FORM}`]
  return [...urlMistakes(url)]
}

function* urlMistakes({ hosts, username, path, parameters }: ConnectionUrl): Generator<string> {
  if (hosts.length > 1) yield 'must name one host: the one that takes writes'
  if (username === undefined) yield 'must name the user, like postgres://USER@HOST/DATABASE'
  if (path === '') yield 'must name the database, like postgres://USER@HOST/DATABASE'
  const mode = parameters.get('sslmode')
  if (mode !== undefined && !TLS_BY_MODE.has(mode))
    yield 'must have no sslmode but verify-full, or disable to speak in clear'
  if ([...parameters.keys()].some(name => name !== 'sslmode'))
    yield 'must have no parameter but sslmode'
}

/** The parts of a text; undefined where it has mistakes. */
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
