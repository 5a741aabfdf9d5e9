/**
 * Calls of the control API with the session's cookie.
 *
 * @module
 */

import type { Input, Output, Target } from './actions.ts'
import { CallFailure } from './failure.ts'

/** Says that a session is over, to whoever shows the sign-in page. */
export const SESSION_OVER = 'session-over'

/**
 * @param organizationId - the session's
 * @throws CallFailure
 */
export async function callAction<T extends Target>(
  target: T,
  organizationId: string,
  input: Input<T>,
  signal?: AbortSignal,
): Promise<Output<T>> {
  const answer = await send('/', {
    method: 'POST',
    headers: { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': target },
    body: JSON.stringify({ OrganizationId: organizationId, ...input }),
    signal,
  })
  if (answer.status === 401) window.dispatchEvent(new Event(SESSION_OVER))
  return await contentOf(answer)
}

/** @throws CallFailure where there is no answer */
export async function send(path: string, request: RequestInit): Promise<Response> {
  try {
    return await fetch(path, { ...request, credentials: 'same-origin' })
  } catch (error) {
    if (request.signal?.aborted) throw error
    throw new CallFailure('Unreachable', 'No answer')
  }
}

/**
 * Returns the content, of whose type the caller must be sure.
 *
 * @throws CallFailure where the answer is an error
 */
export async function contentOf<Content>(answer: Response): Promise<Content> {
  const content = await answer.json().catch(() => ({}))
  if (answer.ok) return content
  const { __type: type = 'InternalFailure', Message: message = `Status ${answer.status}` } = content
  throw new CallFailure(type, message, answer.headers.get('x-amzn-requestid') ?? undefined)
}
