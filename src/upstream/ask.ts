/**
 * Sends a request that the gateway itself makes to the upstream, and waits for the whole response.
 *
 * @module
 */

import { type EwsResponse, receiveResponse } from '../ews/response-reader.ts'
import type { ReadOperation } from '../ews/response-shape.ts'
import { Failure } from '../model/failure.ts'
import { ownRequest, type Upstream, type UpstreamHead } from './upstream.ts'

/** A request that the gateway itself makes. */
export type Question = Readonly<{
  operation: ReadOperation
  /** The whole request body. */
  body: Buffer
  /** The mailbox that the request is about. */
  address: string
  /** Maximum time until the end of the response in milliseconds, including the wait for a connection. */
  deadlineMs: number
}>

/** A whole response, with its HTTP status. */
export type Answered = Readonly<{ response: EwsResponse; status: number }>

/**
 * Sends a request and reads the response.
 *
 * @throws Failure if the upstream is unavailable, doesn't respond in time, or sends a response that can't be read
 */
export async function ask(upstream: Pick<Upstream, 'send'>, question: Question): Promise<Answered> {
  const { operation, body, address, deadlineMs } = question
  const { response, sink } = receiveResponse(operation)
  let status = 0
  const head = (head: UpstreamHead) => {
    status = head.status
  }
  const exchange = upstream.send(ownRequest(body, address, deadlineMs), { ...sink, head })
  const timer = setTimeout(() => sink.fail(late()), deadlineMs)
  try {
    return { response: await response, status }
  } finally {
    clearTimeout(timer)
    exchange.abort()
  }
}

const late = () => new Failure('upstream-timeout', 'The upstream did not answer in time')
