/**
 * Answers EWS requests that are not forwarded, or not to the end, with a fault.
 *
 * @module
 */

import { type Failure, failureOf } from '../model/failure.ts'
import { type Failing, faultAnswer } from '../model/failure-table.ts'
import type { Denied, Reached, RequestContext, Undecided } from './context.ts'
import { denialMessage } from './denial-message.ts'
import { callerOf, isRepeatable, type RequestRecorder } from './request-recorder.ts'

/**
 * Records and answers a denial. It is not thrown, because the stack of an error took a twentieth of
 * the CPU time of a denial.
 *
 * @throws Failure if there is no decision, or `audit-unavailable`
 */
export async function refuse(
  recorder: RequestRecorder,
  refused: Denied | Undecided,
): Promise<void> {
  if (refused.verdict === 'error') throw refused.failure
  await recorder.decided(refused)
  const { reason } = refused.decision
  answerFault(refused.read.context, refused, { reason }, denialMessage(refused))
}

/** Answers a thrown value with a fault, once it has been recorded. */
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
  { response, reply, server }: RequestContext,
  reached: Reached,
  failing: Failing,
  message: string,
): void {
  const { reason } = failing
  if (response.headersSent || response.destroyed || reason === 'client-gone') {
    response.destroy()
    return
  }
  if (reason === 'credentials-refused') {
    reply.unauthorized('invalid')
    return
  }
  const organization = callerOf(reached)?.principal.organizationId
  const upstream = organization && server.ports.organizations.get(organization)?.upstream
  const serverVersion = upstream ? upstream.serverVersion() : undefined
  const answer = faultAnswer(failing, isRepeatable(reached))
  reply.fault({ reason, answer, message, serverVersion })
}
