/**
 * Sends requests to the console as a browser does, as far as it matters here: with a host, an origin, and
 * cookies.
 */

import { request } from 'node:http'
import { type ControlTestServer, type Key, ORGANIZATION } from './control-test-server.ts'

export type BrowserRequest = Readonly<{
  method?: string
  path: string
  /** Undefined leaves a header out that is sent otherwise. */
  headers?: Readonly<Record<string, string | undefined>>
  body?: string
}>

export type BrowserResponse = Readonly<{
  status: number
  headers: Readonly<Record<string, string | string[] | undefined>>
  bytes: Buffer
  /** Parsed body, if it is JSON. */
  body: Readonly<Record<string, unknown>>
}>

const hostOf = (control: ControlTestServer) => new URL(control.url).host

/** Sends a request as the console's own page does, except for `headers`. */
export async function ask(
  control: ControlTestServer,
  { method = 'GET', path, headers, body }: BrowserRequest,
) {
  const all = {
    host: hostOf(control),
    ...(method !== 'GET' && { origin: control.url, 'content-type': 'application/json' }),
    ...headers,
  }
  return await new Promise<BrowserResponse>((resolve, reject) => {
    const sent = request(
      {
        host: '127.0.0.1',
        port: control.server.port,
        method,
        // As it is: a URL would be normalized.
        path,
        headers: Object.fromEntries(
          Object.entries(all).filter((pair): pair is [string, string] => pair[1] !== undefined),
        ),
      },
      async response => {
        const bytes = Buffer.concat(await response.toArray())
        const isJson = /json/.test(response.headers['content-type'] ?? '') && bytes.length > 0
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          bytes,
          body: isJson ? JSON.parse(bytes.toString()) : {},
        })
      },
    )
    sent.on('error', reject).end(body)
  })
}

/** Signs in; the cookie as a browser sends it back. */
export async function signIn(
  control: ControlTestServer,
  { id, secret }: Pick<Key, 'id' | 'secret'>,
  headers: BrowserRequest['headers'] = {},
) {
  const answer = await ask(control, {
    method: 'POST',
    path: '/console/session',
    headers,
    body: JSON.stringify({ accessKeyId: id, secretAccessKey: secret }),
  })
  return { ...answer, cookie: cookieOf(answer) }
}

export function cookieOf({ headers }: BrowserResponse): string {
  const [cookie = ''] = [headers['set-cookie'] ?? []].flat()
  return cookie.split(';', 1).join('')
}

/** Calls an action from the page. */
export const callWith = (
  control: ControlTestServer,
  cookie: string,
  target = 'WorkMailService.ListUsers',
  more: Readonly<Record<string, string | undefined>> = {},
  input: object = { OrganizationId: ORGANIZATION },
) =>
  ask(control, {
    method: 'POST',
    path: '/',
    headers: {
      cookie,
      'x-amz-target': target,
      'content-type': 'application/x-amz-json-1.1',
      ...more,
    },
    body: JSON.stringify(input),
  })
