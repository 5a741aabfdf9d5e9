/**
 * Responses of the control API, compared with the contracts of their actions.
 */

import { ACTIONS } from '../../src/control/actions.ts'
import { problemsOf } from '../../src/control/problems.ts'

/**
 * Compares a response with the output of the action that X-Amz-Target names.
 *
 * @throws Error if a member is missing, unknown, or of another type
 */
export function checkResponse(target: string, body: unknown): void {
  const { error } = ACTIONS.get(target)?.output.safeParse(body) ?? {}
  if (error) throw new Error(`The response of ${target}: ${problemsOf(error).join('; ')}`)
}
