/**
 * Everything below `/console`: the session, and the files.
 *
 * @module
 */

import type { IncomingHttpHeaders } from 'node:http'
import type { ControlRequest, ServerContext } from '../request.ts'
import type { Answer } from '../wire.ts'
import type { ConsoleFiles } from './files.ts'
import type { OwnAddress } from './own.ts'
import { showSession, signIn, signOut } from './session.ts'

/** What protects the page: nothing but its own files runs in it, and nobody puts it in a frame. */
const GUARDS = {
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
export type ConsoleParts = Readonly<{
  server: ServerContext
  own: OwnAddress
  files: ConsoleFiles
}>

/** A request to the console; its body is read where it is needed. */
export type ConsoleRequest = Readonly<{
  method: string
  /** Without its query, as it came. */
  path: string
  headers: IncomingHttpHeaders
  /** Reads the body. Undefined where the client has gone. */
  request: () => Promise<ControlRequest | undefined>
  secure: boolean
}>

/** Whether a path is the console's. */
export const isConsolePath = (path: string): boolean => /^\/console(?:\/|$)/.test(path)

/**
 * Answers it.
 *
 * @returns undefined where the client has gone
 * @throws ApiError, Failure
 */
export async function serveConsole(
  parts: ConsoleParts,
  request: ConsoleRequest,
): Promise<Answer | undefined> {
  const answer = await (request.path === '/console/session'
    ? session(parts, request)
    : file(parts, request))
  return answer && { ...answer, headers: { ...GUARDS, ...answer.headers } }
}

const SESSION = { POST: signIn, GET: showSession, DELETE: signOut } as const

async function session(
  { server, own }: ConsoleParts,
  { method, headers, secure, request: read }: ConsoleRequest,
): Promise<Answer | undefined> {
  const serve = Object.hasOwn(SESSION, method) ? SESSION[method as keyof typeof SESSION] : undefined
  if (serve === undefined) return notAllowed('GET, POST, DELETE')
  own.requirePage(headers, secure, method !== 'GET')
  const request = await read()
  return request && (await serve(server, request))
}

async function file(
  { own, files }: ConsoleParts,
  { method, path, headers }: ConsoleRequest,
): Promise<Answer> {
  if (method !== 'GET' && method !== 'HEAD') return notAllowed('GET, HEAD')
  own.requireHost(headers)
  if (path === '/console') return { status: 308, body: '', headers: { Location: '/console/' } }
  return await files.answer(path.slice('/console/'.length), headers['accept-encoding']?.toString())
}

const notAllowed = (allow: string): Answer => ({
  status: 405,
  body: `The methods here are ${allow}\n`,
  headers: { Allow: allow, 'Content-Type': 'text/plain; charset=utf-8' },
})
