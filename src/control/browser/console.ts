/**
 * Serves requests below `/console`: signing in, the session, and the files of the console.
 *
 * @module
 */

import type { IncomingHttpHeaders } from 'node:http'
import type { ControlRequest, ServerContext } from '../request.ts'
import type { ControlResponse } from '../wire.ts'
import type { ConsoleFiles } from './files.ts'
import type { OwnAddress } from './own.ts'
import { beginSignIn, finishSignIn, showSignIn } from './people.ts'
import { showSession, signIn, signOut } from './session.ts'

/** Security headers. Only the console's own files can run in its pages, and no page can embed it in a frame. */
const SECURITY_HEADERS = {
  'Content-Security-Policy': [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "font-src 'self' data:",
    "img-src 'self' data:",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
  ].join('; '),
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
} as const

/** Dependencies of requests below `/console`. */
export type ConsoleDependencies = Readonly<{
  server: ServerContext
  own: OwnAddress
  files: ConsoleFiles
}>

/** A request to the console. Its body is read only if needed. */
export type ConsoleRequest = Readonly<{
  method: string
  /** Path without the query, not decoded. */
  path: string
  headers: IncomingHttpHeaders
  /** Reads the body. Returns undefined if the client has disconnected. */
  request: () => Promise<ControlRequest | undefined>
  secure: boolean
}>

/** Whether a path belongs to the console. */
export const isConsolePath = (path: string): boolean => /^\/console(?:\/|$)/.test(path)

/**
 * Handles a request to the console.
 *
 * @returns undefined if the client has disconnected
 * @throws ApiError, Failure
 */
export async function serveConsole(
  dependencies: ConsoleDependencies,
  request: ConsoleRequest,
): Promise<ControlResponse | undefined> {
  const methods = Object.hasOwn(ROUTES, request.path) ? ROUTES[request.path] : undefined
  const answer = await (methods
    ? route(methods, dependencies, request)
    : file(dependencies, request))
  return answer && { ...answer, headers: { ...SECURITY_HEADERS, ...answer.headers } }
}

type Serve = (
  server: ServerContext,
  request: ControlRequest,
  own: OwnAddress,
) => Promise<ControlResponse>

/** Path to which the issuer sends a browser. All other paths accept only requests of the console's own pages. */
const FROM_ISSUER = '/console/sign-in/callback'

const ROUTES: Readonly<Record<string, Readonly<Record<string, Serve>>>> = {
  '/console/session': { GET: showSession, POST: signIn, DELETE: signOut },
  '/console/sign-in': { GET: showSignIn, POST: beginSignIn },
  [FROM_ISSUER]: { GET: finishSignIn },
}

async function route(
  methods: Readonly<Record<string, Serve>>,
  { server, own }: ConsoleDependencies,
  { method, path, headers, secure, request: read }: ConsoleRequest,
): Promise<ControlResponse | undefined> {
  const serve = Object.hasOwn(methods, method) ? methods[method] : undefined
  if (serve === undefined) return notAllowed(Object.keys(methods).join(', '))
  if (path === FROM_ISSUER) own.requireHost(headers)
  else own.requirePage(headers, secure, method !== 'GET')
  const request = await read()
  return request && (await serve(server, request, own))
}

async function file(
  { own, files }: ConsoleDependencies,
  { method, path, headers }: ConsoleRequest,
): Promise<ControlResponse> {
  if (method !== 'GET' && method !== 'HEAD') return notAllowed('GET, HEAD')
  own.requireHost(headers)
  if (path === '/console') return { status: 308, body: '', headers: { Location: '/console/' } }
  return await files.answer(path.slice('/console/'.length), headers['accept-encoding']?.toString())
}

const notAllowed = (allow: string): ControlResponse => ({
  status: 405,
  body: `Method not allowed. Allowed methods: ${allow}\n`,
  headers: { Allow: allow, 'Content-Type': 'text/plain; charset=utf-8' },
})
