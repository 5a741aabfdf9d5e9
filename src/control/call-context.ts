/**
 * Context of one request to the control listener. Reads the request and sends the response.
 *
 * @module
 */

import { randomUUIDv7 } from 'node:crypto'
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http'
import { overBudget, type Reservation } from '../http/byte-budget.ts'
import { holdOpen } from '../http/drain.ts'
import { type BodyDependencies, IncomingBody } from '../http/incoming-body.ts'
import { SENDING_BYTES, sendBody } from '../http/send.ts'
import { isLoopback, type Source } from '../http/source.ts'
import type { Moment } from '../model/validity.ts'
import { readBody } from './body.ts'
import { readCookie } from './browser/cookie.ts'
import type { ControlRequest, ServerContext } from './request.ts'
import { bytesOf, CONTENT_TYPE, type ControlResponse, responseOfError } from './wire.ts'

/** Maximum size of a call's body. */
export const BODY_BYTES = 1_048_576
/**
 * Maximum size of the body of a sign-in, which the gateway reads before it knows the caller. It contains an access
 * key ID and a secret.
 */
const SIGN_IN_BYTES = 4_096
/** Maximum length of an operation's name in the log. */
const MAX_LOGGED_TARGET = 128
/** Maximum time without data while a body arrives. */
const BODY_IDLE_MS = 30_000

/** A request to the control listener, its response, and its reserved memory. */
export type CallContext = Readonly<{
  /** ID of the request in its response, the log, and the audit: a UUIDv7. */
  id: string
  request: IncomingMessage
  response: ServerResponse
  body: IncomingBody
  /** Bytes that the gateway keeps for this request. */
  reservation: Reservation
  source: Source
  /**
   * Whether the headers name an access key or a session that this gateway created. Doesn't prove that the caller
   * has it.
   */
  isRecognized: boolean
  /** Whether the client waits for the response `100 Continue` before it sends its body. */
  expectsContinue: boolean
}>

/** Creates the context of a request. Must be called in the turn of the event loop in which the request arrived. */
export function receive(
  server: ServerContext,
  bodies: BodyDependencies,
  message: Pick<CallContext, 'request' | 'response' | 'source' | 'expectsContinue'>,
): CallContext {
  const { request, source } = message
  const reservation = server.budget.open(source.address)
  const body = new IncomingBody(request, BODY_IDLE_MS, reservation, bodies)
  const isRecognized = request.method === 'POST' && recognizes(server, request, source)
  return { id: randomUUIDv7(), body, reservation, isRecognized, ...message }
}

/**
 * Reads a request. Does not read the body if the call is not recognized, because it will be rejected anyway.
 *
 * @param isSignIn - whether the body has the caller's credentials
 * @returns undefined if the client has disconnected
 * @throws ApiError, Failure `over-budget`
 */
export async function readRequest(
  { ports }: ServerContext,
  context: CallContext,
  isSignIn: boolean,
): Promise<ControlRequest | undefined> {
  const { id, request, response, body, reservation, source, isRecognized, expectsContinue } =
    context
  const { headers } = request
  const isRead = isSignIn || isRecognized
  if (isRead && expectsContinue) response.writeContinue()
  const bytes = isRead
    ? await readBody(body, reservation, isSignIn ? SIGN_IN_BYTES : BODY_BYTES)
    : Buffer.alloc(0)
  if (bytes === undefined) return undefined
  return {
    id,
    signed: { ...headOf(request, source, ports.moment()), body: bytes },
    secureTransport: source.secure,
    session: readCookie('session', headers.cookie, source.secure),
    target: headers['x-amz-target']?.toString(),
    contentType: headers['content-type'],
    userAgent: headers['user-agent'],
    headers,
  }
}

/** Returns the log fields that identify a failed call. */
export const failedCallOf = ({ id, request, source }: CallContext) => ({
  requestId: id,
  operation: request.headers['x-amz-target']?.toString().slice(0, MAX_LOGGED_TARGET),
  sourceAddress: source.address,
})

/**
 * Sends a response, or an error if there is no memory for it. Resolves when the response has ended or failed.
 */
export function sendResponse(
  { log }: ServerContext,
  context: CallContext,
  answer: ControlResponse,
) {
  const { request, reservation } = context
  const body = bytesOf(answer)
  const waiting = Math.min(body.length, SENDING_BYTES)
  if (!reservation.reserve(answer.isShared ? waiting : waiting + body.length)) {
    const busy = responseOfError(overBudget(), log, failedCallOf(context))
    return write(context, busy, bytesOf(busy))
  }
  if (!request.complete) holdOpen(request)
  return write(context, answer, body)
}

function write(
  { id, response }: CallContext,
  { status, headers }: ControlResponse,
  body: Uint8Array,
) {
  response.writeHead(status, {
    'Content-Type': CONTENT_TYPE,
    ...(status !== 204 && { 'Content-Length': body.length }),
    'Cache-Control': 'no-store',
    'x-amzn-RequestId': id,
    ...headers,
  })
  return sendBody(response, body)
}

/** Returns the session cookie of a call, or undefined if the call has an Authorization header. */
export const sessionIn = ({ authorization, cookie }: IncomingHttpHeaders, { secure }: Source) =>
  authorization === undefined ? readCookie('session', cookie, secure) : undefined

function recognizes(
  { verifier, sessions, ports }: ServerContext,
  request: IncomingMessage,
  source: Source,
): boolean {
  const cookie = sessionIn(request.headers, source)
  if (cookie !== undefined) return sessions.recognizes({ cookie, secure: source.secure })
  return verifier.recognizes(headOf(request, source, ports.moment()))
}

/** Returns the parts of a request that a signature covers, except the body. */
const headOf = (
  { method = '', url = '', rawHeaders }: IncomingMessage,
  { address: sourceAddress, secure }: Source,
  moment: Moment,
) => ({
  method,
  url,
  headers: pairsOf(rawHeaders),
  sourceAddress,
  secure: secure || isLoopback(sourceAddress),
  ...moment,
})

function pairsOf(rawHeaders: readonly string[]): (readonly [name: string, value: string])[] {
  return rawHeaders.flatMap((name, i) =>
    i % 2 === 0 ? [[name, rawHeaders[i + 1] ?? ''] as const] : [],
  )
}
