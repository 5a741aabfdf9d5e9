/**
 * URLs of servers that are no web servers: credentials, several hosts, and what they serve.
 *
 * @module
 */

import type { ListenAddress } from '../model/listen-address.ts'
import { readListenAddress } from './network.ts'

/** A URL in its parts, percent signs decoded. */
export type ConnectionUrl = Readonly<{
  scheme: string
  username?: string
  password?: string
  hosts: readonly ListenAddress[]
  /** Without its first slash; empty where there is none. */
  path: string
  parameters: ReadonlyMap<string, string>
}>

const FORM = /^([a-z+]+):\/\/(?:([^@/?#]*)@)?([^@/?#]+)(?:\/([^/?#]*))?(?:\?([^#]*))?$/

/**
 * Reads `scheme://user:password@host:port,host:port/path?name=value`; undefined where the text is
 * something else.
 *
 * @param ports - the port of each scheme that is known, for hosts that say none
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

/** @throws Error where percent signs make no text, or text that is not one line */
function decoded(text: string): string {
  const plain = decodeURIComponent(text)
  if (/\p{Cc}/u.test(plain)) throw new Error('A control character')
  return plain
}

function readHost(text: string, port: number | undefined): ListenAddress | undefined {
  const address = readListenAddress(/:\d+$/.test(text) ? text : `${text}:${port}`)
  return address && address.port > 0 ? address : undefined
}
