/**
 * Builds the request for the upstream: all of it the gateway's own but the operation element.
 *
 * @module
 */

import type { IncomingMessage } from 'node:http'
import type { EnvelopeReader } from '../ews/reader.ts'
import { rebuildHead, rebuildTail } from '../ews/rebuild.ts'
import type { Prologue } from '../model/envelope.ts'
import { OPERATIONS, operationOf } from '../model/operation.ts'
import type { UpstreamRequest } from '../upstream/upstream.ts'

const MINUTE_MS = 60_000
/** GetStreamingEvents without a ConnectionTimeout that can be read: Exchange's longest. */
const LONGEST_STREAM_MINUTES = 30
/** Exchange sends a heartbeat every 45 s, clients give up after 90. */
const STREAM_IDLE_MS = 2 * MINUTE_MS

/** A request that may go on, and what is sent of it. */
export type Forwarded = Readonly<{
  request: IncomingMessage
  reader: EnvelopeReader
  prologue: Prologue
  actAs: string
  cookies: ReadonlyMap<string, string>
  upstreamMs: number
}>

/** The whole body for the upstream, where the whole request is here: its bytes are copied once. */
export function wholeBody(request: Buffer, { reader, prologue, actAs }: Forwarded): Buffer {
  const end = reader.operationEnd ?? prologue.length
  return Buffer.concat([
    rebuildHead(prologue, actAs),
    request.subarray(prologue.length, end),
    rebuildTail(prologue, request.length - end),
  ])
}

/** Everything about the upstream's request but its body. */
export function upstreamRequest(
  forwarded: Forwarded,
): Omit<UpstreamRequest, 'body' | 'contentLength'> {
  const { request, actAs, cookies } = forwarded
  const operation = operationOf(forwarded.prologue.requestElement)
  const { headers } = request
  const clientRequestId = headers['client-request-id']
  const streaming = isStreaming(forwarded.prologue)
  return {
    anchorMailbox: actAs,
    ...(isRequestId(clientRequestId) && { clientRequestId }),
    preferServerAffinity: headers['x-preferserveraffinity'] === 'true',
    cookies,
    compress:
      !streaming && !isSubscribe(forwarded.prologue) && takesGzip(headers['accept-encoding']),
    replayable: operation !== undefined && OPERATIONS[operation].class === 'read',
    headersTimeoutMs: forwarded.upstreamMs,
    bodyTimeoutMs: streaming
      ? Math.max(STREAM_IDLE_MS, forwarded.upstreamMs)
      : forwarded.upstreamMs,
  }
}

/** Whether the answer is a stream of notifications. */
export const isStreaming = ({ requestElement }: Prologue): boolean =>
  requestElement === 'GetStreamingEvents'

/** Whether the answer gives a subscription away. */
export const isSubscribe = ({ requestElement }: Prologue): boolean => requestElement === 'Subscribe'

/** How long a stream may take in all: its ConnectionTimeout and a minute. */
export function streamMs({ facts }: EnvelopeReader): number {
  return ((facts.connectionTimeout ?? LONGEST_STREAM_MINUTES) + 1) * MINUTE_MS
}

const isRequestId = (value: string | string[] | undefined): value is string =>
  typeof value === 'string' && /^[A-Za-z0-9{}._-]{1,64}$/.test(value)

const takesGzip = (value: string | string[] | undefined): boolean =>
  typeof value === 'string' && /(^|[\s,])gzip(?!\s*;\s*q=0(\.0*)?\s*(,|$))\s*(;|,|$)/i.test(value)
