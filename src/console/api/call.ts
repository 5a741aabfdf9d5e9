/**
 * Calls the control API with the session's cookie.
 *
 * @module
 */

import type { Input, Output, Target } from './actions.ts'
import { noteTime } from './clock.ts'
import { CallFailure } from './failure.ts'

/** Event on the window when a session has ended, so that the sign-in form appears. */
export const SESSION_OVER = 'session-over'

/**
 * @param organizationId - the organization of the session
 * @throws CallFailure
 */
export async function callAction<T extends Target>(
  target: T,
  organizationId: string,
  input: Input<T>,
  signal?: AbortSignal,
): Promise<Output<T>> {
  const response = await send('/', {
    method: 'POST',
    headers: { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': target },
    body: JSON.stringify({ OrganizationId: organizationId, ...input }),
    signal,
  })
  if (response.status === 401) window.dispatchEvent(new Event(SESSION_OVER))
  return await contentOf(response)
}

/** @throws CallFailure if the gateway does not respond */
export async function send(path: string, request: RequestInit): Promise<Response> {
  try {
    const response = await fetch(path, { ...request, credentials: 'same-origin' })
    noteTime(response.headers.get('date'))
    return response
  } catch (error) {
    if (request.signal?.aborted) throw error
    throw new CallFailure('Unreachable', 'No response')
  }
}

/**
 * Returns the content. The caller guarantees its type.
 *
 * @throws CallFailure if the response is an error
 */
export async function contentOf<Content>(response: Response): Promise<Content> {
  const content = await response.json().catch(() => ({}))
  if (response.ok) return content
  const { __type: type = 'InternalFailure', Message: message = `HTTP status ${response.status}` } =
    content
  throw new CallFailure(type, message, response.headers.get('x-amzn-requestid') ?? undefined)
}
