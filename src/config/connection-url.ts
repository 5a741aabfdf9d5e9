/**
 * Reads URLs of databases and caches, with credentials and several hosts.
 *
 * @module
 */

import type { ListenAddress } from '../model/listen-address.ts'
import { readListenAddress } from './network.ts'

/** Parts of a URL, percent-decoded. */
export type ConnectionUrl = Readonly<{
  scheme: string
  username?: string
  password?: string
  hosts: readonly ListenAddress[]
  /** Path without its first slash. Empty if there is none. */
  path: string
  parameters: ReadonlyMap<string, string>
}>

const FORM = /^([a-z+]+):\/\/(?:([^@/?#]*)@)?([^@/?#]+)(?:\/([^/?#]*))?(?:\?([^#]*))?$/

/**
 * Reads `scheme://user:password@host:port,host:port/path?name=value`.
 *
 * @param ports - supported schemes, each with its default port
 * @returns undefined if the text has another form or another scheme
 */
export function readConnectionUrl(
  text: string,
  ports: Readonly<Record<string, number>>,
): ConnectionUrl | undefined {
  const [, scheme = '', credentials = '', authority = '', path = '', query = ''] =
    FORM.exec(text) ?? []
  if (!Object.hasOwn(ports, scheme)) return undefined
  const hosts = authority.split(',').map(host => readHost(host, ports[scheme]))
  if (!hosts.every(host => host !== undefined)) return undefined

  try {
    const [username, password] = /([^:]*)(?::(.*))?/s.exec(credentials)?.slice(1) ?? []
    return {
      scheme,
      ...(username && { username: decoded(username) }),
      ...(password && { password: decoded(password) }),
      hosts,
      path: decoded(path),
      parameters: new Map(new URLSearchParams(query)),
    }
  } catch {
    return undefined
  }
}

/** Decodes percent-encoding. @throws Error if the text is not valid percent-encoding, or has control characters */
function decoded(text: string): string {
  const plain = decodeURIComponent(text)
  if (/\p{Cc}/u.test(plain)) throw new Error('A control character')
  return plain
}

function readHost(text: string, port: number | undefined): ListenAddress | undefined {
  const address = readListenAddress(/:\d+$/.test(text) ? text : `${text}:${port}`)
  return address && address.port > 0 ? address : undefined
}
