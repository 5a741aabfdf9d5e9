/**
 * Builds the request for the upstream. The gateway writes all of it except the operation element.
 *
 * @module
 */

import { rowOf } from '../ews/operations.ts'
import type { EnvelopeReader } from '../ews/reader.ts'
import { rebuildHead, rebuildTail } from '../ews/rebuild.ts'
import type { Prologue } from '../model/envelope.ts'
import type { UpstreamRequest } from '../upstream/upstream.ts'
import type { Allowed } from './context.ts'
import type { CookieOwner } from './cookies.ts'
import { filterOf } from './filtered-answer.ts'

const MINUTE_MS = 60_000
/** Assumed ConnectionTimeout if GetStreamingEvents has none that can be read: the longest that Exchange allows. */
const LONGEST_STREAM_MINUTES = 30
/**
 * Maximum silence of a stream, unless that of other responses is longer. Exchange sends a heartbeat every 45 s, and
 * clients give up after 90 s.
 */
const STREAM_IDLE_MS = 2 * MINUTE_MS

/** Returns the whole body for the upstream. The request must have been read completely. Copies its bytes only once. */
export function wholeBody({ read, actAs }: Allowed): Buffer {
  const { reader, prologue, gathered } = read
  const request = gathered.bytes
  const end = reader.operationEnd ?? prologue.length
  return Buffer.concat([
    rebuildHead(prologue, actAs),
    request.subarray(prologue.length, end),
    rebuildTail(prologue, request.length - end),
  ])
}

/** Body of a request for the upstream. A whole one can be sent again, while the decision on it counts. */
export type Body = Pick<UpstreamRequest, 'body' | 'contentLength' | 'isCurrent'>

/** Returns the upstream's request with a body. */
export function upstreamRequest(
  allowed: Allowed,
  { body, contentLength, isCurrent }: Body,
): UpstreamRequest {
  const { read, actAs } = allowed
  const { context, caller, prologue } = read
  const { cookies, settings } = context.server.ports
  const { upstreamMs } = settings.timeouts
  const { headers } = context.request
  const clientRequestId = headers['client-request-id']
  const row = rowOf(prologue.requestElement)
  const streaming = isStreaming(prologue)
  const affinity = cookies.unseal(cookieOwner(allowed), headers)
  const preferServerAffinity = headers['x-preferserveraffinity'] === 'true'
  return {
    body,
    contentLength,
    owner: caller.principal.id,
    // Uses the anchor that the cookie was set for, because the server rejects the cookie with another anchor.
    anchorMailbox: (preferServerAffinity ? affinity.anchorMailbox : undefined) ?? actAs,
    ...(isRequestId(clientRequestId) && { clientRequestId }),
    preferServerAffinity,
    cookies: affinity.cookies,
    compress:
      !streaming &&
      !isSubscribe(prologue) &&
      filterOf(allowed) === undefined &&
      takesGzip(headers['accept-encoding']),
    countItems: row.returnsItems === true,
    replayable: row.class === 'read',
    ...(isCurrent && { isCurrent }),
    headersTimeoutMs: upstreamMs,
    bodyTimeoutMs: streaming ? Math.max(STREAM_IDLE_MS, upstreamMs) : upstreamMs,
  }
}

/** Returns the owner of the affinity cookies in the response to a request. */
export function cookieOwner({ read, role }: Allowed): CookieOwner {
  const { organizationId, id } = read.caller.principal
  return { organizationId, principalId: id, roleId: role.id }
}

/** Whether the response is a stream of notifications. */
export const isStreaming = ({ requestElement }: Prologue): boolean =>
  rowOf(requestElement).streaming === true

/** Whether the response contains the ID of a new subscription. */
export const isSubscribe = ({ requestElement }: Prologue): boolean =>
  rowOf(requestElement).subscription === 'begins'

/** Returns the maximum duration of a stream in milliseconds: its ConnectionTimeout and a minute. */
export function streamMs({ facts }: EnvelopeReader): number {
  return ((facts.connectionTimeout ?? LONGEST_STREAM_MINUTES) + 1) * MINUTE_MS
}

const isRequestId = (value: string | string[] | undefined): value is string =>
  typeof value === 'string' && /^[A-Za-z0-9{}._-]{1,64}$/.test(value)

const takesGzip = (value: string | string[] | undefined): boolean =>
  typeof value === 'string' && /(^|[\s,])gzip(?!\s*;\s*q=0(\.0*)?\s*(,|$))\s*(;|,|$)/i.test(value)
