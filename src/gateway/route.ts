/**
 * Paths of the data listener.
 *
 * @module
 */

import type { IncomingMessage } from 'node:http'
import { isJsonPath, JSON_PATH } from '../ews/autodiscover/json.ts'
import { schemaFileOf } from './pages.ts'

export const EWS_PATH = '/ews/exchange.asmx'
export const TOKEN_PATH = '/oauth2/token'

/** A form of Autodiscover. */
export type DiscoveryForm = 'json' | 'pox' | 'soap'

/** Returns the form of an Autodiscover request, or undefined for other requests. @param url - in lower case */
export function discoveryFormOf(
  method: string | undefined,
  url: string,
): DiscoveryForm | undefined {
  if (method === 'POST' && url === '/autodiscover/autodiscover.xml') return 'pox'
  if (method === 'POST' && url === '/autodiscover/autodiscover.svc') return 'soap'
  const [path = ''] = url.split('?', 1)
  return method === 'GET' && isJsonPath(path) ? 'json' : undefined
}

/** Returns the path of a request, in lower case and without anything that the client chose. */
export function routeOf({ method, url = '' }: IncomingMessage): string | undefined {
  const path = url.toLowerCase()
  if (path === EWS_PATH || path === TOKEN_PATH || schemaFileOf(path) !== undefined) return path
  const form = discoveryFormOf(method, path)
  // The rest of a path in JSON is the address of a user.
  return form === 'json' ? JSON_PATH : form && path
}
