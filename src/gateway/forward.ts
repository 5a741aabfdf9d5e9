/**
 * Builds the request for the upstream: all of it the gateway's own but the operation element.
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

const MINUTE_MS = 60_000
/** GetStreamingEvents without a ConnectionTimeout that can be read: Exchange's longest. */
const LONGEST_STREAM_MINUTES = 30
/** Exchange sends a heartbeat every 45 s, clients give up after 90. */
const STREAM_IDLE_MS = 2 * MINUTE_MS

/** Returns the whole body for the upstream, if the whole request is here: its bytes are copied once. */
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

/** Returns everything about the upstream's request except its body. */
export function upstreamRequest(allowed: Allowed): Omit<UpstreamRequest, 'body' | 'contentLength'> {
  const { read, actAs } = allowed
  const { context, caller, prologue } = read
  const { cookies, settings } = context.server.ports
  const { upstreamMs } = settings.timeouts
  const { headers } = context.request
  const clientRequestId = headers['client-request-id']
  const streaming = isStreaming(prologue)
  const affinity = cookies.unseal(cookieOwner(allowed), headers)
  const preferServerAffinity = headers['x-preferserveraffinity'] === 'true'
  return {
    owner: caller.principal.id,
    // The server of the cookie takes a request only with the anchor that the cookie was set for.
    anchorMailbox: (preferServerAffinity ? affinity.anchorMailbox : undefined) ?? actAs,
    ...(isRequestId(clientRequestId) && { clientRequestId }),
    preferServerAffinity,
    cookies: affinity.cookies,
    compress: !streaming && !isSubscribe(prologue) && takesGzip(headers['accept-encoding']),
    replayable: rowOf(prologue.requestElement).class === 'read',
    headersTimeoutMs: upstreamMs,
    bodyTimeoutMs: streaming ? Math.max(STREAM_IDLE_MS, upstreamMs) : upstreamMs,
  }
}

/** Returns who the affinity cookies of a request's response belong to. */
export function cookieOwner({ read, role }: Allowed): CookieOwner {
  const { organizationId, id } = read.caller.principal
  return { organizationId, principalId: id, roleId: role.id }
}

/** Whether the answer is a stream of notifications. */
export const isStreaming = ({ requestElement }: Prologue): boolean =>
  rowOf(requestElement).streaming === true

/** Whether the answer gives a subscription away. */
export const isSubscribe = ({ requestElement }: Prologue): boolean =>
  rowOf(requestElement).subscription === 'begins'

/** How long a stream may take in all: its ConnectionTimeout and a minute. */
export function streamMs({ facts }: EnvelopeReader): number {
  return ((facts.connectionTimeout ?? LONGEST_STREAM_MINUTES) + 1) * MINUTE_MS
}

const isRequestId = (value: string | string[] | undefined): value is string =>
  typeof value === 'string' && /^[A-Za-z0-9{}._-]{1,64}$/.test(value)

const takesGzip = (value: string | string[] | undefined): boolean =>
  typeof value === 'string' && /(^|[\s,])gzip(?!\s*;\s*q=0(\.0*)?\s*(,|$))\s*(;|,|$)/i.test(value)
