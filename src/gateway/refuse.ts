/**
 * Answers EWS requests that are not forwarded completely: with a fault, or with response messages for clients that
 * display a denial better in this form.
 *
 * @module
 */

import { MAX_MESSAGES, type Messages, messageShape } from '../ews/response-error.ts'
import type { Reason } from '../model/decision.ts'
import { Failure, failureOf } from '../model/failure.ts'
import { type Failing, faultAnswer } from '../model/failure-table.ts'
import type { Denied, Reached, Read, RequestContext, Undecided } from './context.ts'
import { denialMessage } from './denial-message.ts'
import { readWhole } from './read.ts'
import type { Refusal } from './reply.ts'
import { callerOf, isRepeatable, type RequestRecorder } from './request-recorder.ts'

/**
 * Records and answers a denial. A denial is not thrown, because capturing the stack of an error took 5% of the CPU
 * time of a denial.
 *
 * @throws Failure if there is no decision, or `audit-unavailable`
 */
export async function refuse(
  recorder: RequestRecorder,
  refused: Denied | Undecided,
): Promise<void> {
  if (refused.verdict === 'error') throw refused.failure
  await recorder.decided(refused)
  const { read, decision } = refused
  const { context } = read
  const messages = await messagesFor(read)
  if (!canAnswer(context, decision.reason)) return
  const refusal = refusalOf(context, refused, decision, denialMessage(refused))
  if (messages === undefined) context.reply.fault(refusal)
  else context.reply.responseError(refusal, messages)
}

/**
 * Returns the response messages for a denial; undefined if the client gets a fault.
 *
 * Each entry of the request gets a message, so a small request is read to its end first. A larger one streams, and
 * gets a fault.
 */
async function messagesFor(read: Read): Promise<Messages | undefined> {
  const { request } = read.context
  const shape = messageShape(request.headers['user-agent'], read.prologue.requestElement)
  if (shape === undefined || !read.whole) return undefined
  try {
    await readWhole(read)
  } catch (error) {
    if (error instanceof Failure) return undefined
    throw error
  }
  const count = shape.list === undefined ? 1 : read.reader.entries
  return count > 0 && count <= MAX_MESSAGES ? { shape, count } : undefined
}

/** Records a thrown value, and then answers it with a fault. */
export const refuseError = (
  context: RequestContext,
  recorder: RequestRecorder,
  reached: Reached,
  error: unknown,
): Promise<void> =>
  answerError(context, recorder, reached, error, failure =>
    answerFault(context, reached, failure, failure.message),
  )

/**
 * Records a thrown value, and then answers it.
 *
 * @param answer - answers a failure in the form of the request
 */
export async function answerError(
  { server }: RequestContext,
  recorder: RequestRecorder,
  reached: Reached,
  error: unknown,
  answer: (failure: Failure) => void,
): Promise<void> {
  const failure = failureOf(error)
  if (failure.reason === 'internal-error') server.ports.log.error({ err: error }, 'Unhandled error')
  server.failureLog.failed(failure)
  try {
    await recorder.failed(failure, reached)
    answer(failure)
  } catch (unrecorded) {
    answer(failureOf(unrecorded))
  }
}

function answerFault(
  context: RequestContext,
  reached: Reached,
  failing: Failing,
  message: string,
): void {
  if (canAnswer(context, failing.reason))
    context.reply.fault(refusalOf(context, reached, failing, message))
}

/** Whether the client can still get a fault. If not, this sends a 401, or aborts a response that has begun. */
function canAnswer({ response, reply }: RequestContext, reason: Reason): boolean {
  if (response.headersSent || response.destroyed || reason === 'client-gone') {
    response.destroy()
    return false
  }
  if (reason !== 'credentials-refused') return true
  reply.unauthorized('invalid')
  return false
}

function refusalOf(
  { server }: RequestContext,
  reached: Reached,
  failing: Failing,
  message: string,
): Refusal {
  const organization = callerOf(reached)?.principal.organizationId
  const upstream = organization && server.ports.organizations.get(organization)?.upstream
  const serverVersion = upstream ? upstream.serverVersion() : undefined
  const answer = faultAnswer(failing, isRepeatable(reached))
  return { reason: failing.reason, answer, message, serverVersion }
}
