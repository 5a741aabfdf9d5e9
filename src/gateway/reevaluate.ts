/**
 * Decides again on requests in progress.
 *
 * @module
 */

import type { Readable } from 'node:stream'
import { nextChangeOf } from '../decision/next-change.ts'
import { Failure } from '../model/failure.ts'
import type { Exchange } from '../upstream/upstream.ts'
import type { Answer } from './answer.ts'
import type { Allowed } from './context.ts'
import { decide } from './decide.ts'
import { denialMessage } from './denial-message.ts'
import { streamMs } from './forward.ts'
import type { RequestRecorder } from './request-recorder.ts'

/** Maximum time for a denied stream to reach the end of its current envelope. */
const STOP_MS = 1_000

type Reevaluation = Readonly<{
  /** Called before a denial is recorded. Returns false if the denial comes too late: then it is not recorded. */
  stop?: () => boolean
  /** Whether an allowed request keeps the connection of its question. Then the caller must release the lease. */
  keepsConnection?: boolean
}>

/**
 * Decides again on a request that was allowed, and records a denial.
 *
 * @throws Failure if the request is no longer allowed, or would act as another user
 */
export async function reevaluate(
  recorder: RequestRecorder,
  before: Allowed,
  { stop = () => true, keepsConnection = false }: Reevaluation = {},
): Promise<Allowed> {
  const { read } = before
  const caller = await read.context.server.ports.authenticator.confirm(read.caller)
  const decided = await decide(caller === read.caller ? read : { ...read, caller }, keepsConnection)
  if (decided.verdict === 'error') throw decided.failure
  if (decided.verdict === 'deny') {
    // Not awaited here: RequestRecorder.failed() waits for the record before the client gets its answer.
    if (stop()) recorder.decided(decided).catch(() => undefined)
    throw new Failure(decided.decision.reason, denialMessage(decided))
  }
  if (decided.actAs === before.actAs) return decided
  decided.lease?.release()
  throw new Failure('policy-unavailable', "The user's address changed during the request")
}

/** Returns the next time at which the decision can change without a change of the policy. */
const dueAt = (allowed: Allowed): number | undefined =>
  nextChangeOf(allowed, allowed.read.caller.proof, { at: allowed.decidedAt })

/**
 * Reevaluates an upload until the function is called that this returns.
 *
 * @param body - body for the upstream, which fails if the upload is no longer allowed
 */
export function watchUpload(
  recorder: RequestRecorder,
  allowed: Allowed,
  body: Readable,
): () => void {
  const { context, caller } = allowed.read
  return context.server.reevaluations.add({
    organization: caller.principal.organizationId,
    dueAt: dueAt(allowed),
    reevaluate: async isOpen => dueAt(await reevaluate(recorder, allowed, { stop: isOpen })),
    end: failure => {
      context.body.fail(failure)
      // The other body passes a failure on only while it is read, so not while the upload waits for a connection.
      body.destroy(failure)
    },
  })
}

/** An allowed request on its way to the upstream. */
type Sending = Readonly<{
  underway: Exchange
  answer: Answer
  /** Called if the request is no longer allowed, and no response has begun. */
  denied: (failure: Failure) => void
  /** Called with a new decision that allows the request while it waits. */
  renewed: (allowed: Allowed) => void
}>

/** Reevaluates a streaming response. @returns function to call when it has ended */
export function watchStream(
  recorder: RequestRecorder,
  allowed: Allowed,
  { underway, answer, denied }: Sending,
): () => void {
  const { context, caller, reader } = allowed.read
  const { streams, reevaluations, ports } = context.server
  let late: NodeJS.Timeout | undefined
  const leaveStreams = streams.add(answer, streamMs(reader))
  const leaveReevaluations = reevaluations.add({
    organization: caller.principal.organizationId,
    dueAt: dueAt(allowed),
    reevaluate: async isOpen => dueAt(await reevaluate(recorder, allowed, { stop: isOpen })),
    end: failure => {
      if (!context.response.headersSent) {
        underway.abort()
        denied(failure)
        return
      }
      // Ignores that a record can't be written, because the audit has logged it.
      recorder.failed(failure, allowed).catch(() => undefined)
      answer.stop()
      late = setTimeout(() => answer.cut(), STOP_MS)
    },
  })
  ports.metrics.streamOpened()
  return () => {
    clearTimeout(late)
    leaveReevaluations()
    leaveStreams()
    ports.metrics.streamClosed()
  }
}

/**
 * Reevaluates a request until it is sent, because it can wait long for a connection. Nearly all requests are sent at
 * once, so this begins in the next turn of the event loop.
 *
 * @returns function to call when it has ended
 */
export function watchWaiting(
  recorder: RequestRecorder,
  allowed: Allowed,
  { underway, denied, renewed }: Sending,
): () => void {
  const { context, caller } = allowed.read
  const { reevaluations } = context.server
  const { changes } = reevaluations
  const prevent = () => {
    if (!underway.isSent) underway.abort()
    return !underway.isSent
  }
  let leave: (() => void) | undefined
  const turn = setImmediate(() => {
    if (underway.isSent) return
    const isOutdated = reevaluations.changes !== changes
    leave = reevaluations.add({
      organization: caller.principal.organizationId,
      dueAt: isOutdated ? allowed.decidedAt : dueAt(allowed),
      reevaluate: async isOpen => {
        if (underway.isSent) return undefined
        const stop = () => isOpen() && prevent()
        const latest = await reevaluate(recorder, allowed, { stop })
        renewed(latest)
        return dueAt(latest)
      },
      end: failure => {
        if (prevent()) denied(failure)
      },
    })
  })
  return () => {
    clearImmediate(turn)
    leave?.()
  }
}
