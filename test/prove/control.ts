/**
 * Calls the control API of a gateway.
 *
 * @module
 */

import { signCall } from '../../src/credentials/sign.ts'
import { Secret } from '../../src/model/secret.ts'
import { type Administrator, ORGANIZATION } from './deployment.ts'
import type { Gateway } from './gateway.ts'

/** Longer than any call of a gateway takes on a busy machine. */
const PATIENCE_MS = 300_000

/** The call returned no success, so it's unknown whether the change was made. */
export class NotAcknowledged extends Error {
  override readonly name = 'NotAcknowledged'
}

export type Answered = Readonly<{
  /** Request ID of the call in the audit. */
  requestId: string
  output: Readonly<Record<string, unknown>>
}>

/** Calls an operation, with the organization's ID added. @throws NotAcknowledged */
export async function call(
  { controlUrl: url, clockByMs }: Pick<Gateway, 'controlUrl' | 'clockByMs'>,
  { id, secret }: Administrator,
  target: string,
  input: object,
): Promise<Answered> {
  const body = JSON.stringify({ OrganizationId: ORGANIZATION, ...input })
  const at = Date.now() + clockByMs
  const key = { accessKeyId: id, secret: new Secret(secret) }
  const headers = await signCall({ url, target, body, ...key, at })
  const signal = AbortSignal.timeout(PATIENCE_MS)
  try {
    const answer = await fetch(url, { method: 'POST', headers, body, signal })
    const text = await answer.text()
    if (!answer.ok) throw new NotAcknowledged(`${target}: ${answer.status} ${text}`)
    return { requestId: answer.headers.get('x-amzn-requestid') ?? '', output: JSON.parse(text) }
  } catch (error) {
    if (error instanceof NotAcknowledged) throw error
    throw new NotAcknowledged(`${target}: ${reasonOf(error)}`, { cause: error })
  }
}

const reasonOf = (error: unknown) =>
  error instanceof Error ? `${error.message} ${error.cause ?? ''}` : String(error)
