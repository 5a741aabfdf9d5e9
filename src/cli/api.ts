/**
 * `ews-gateway api`: calls an operation of a running gateway's control API.
 *
 * @module
 */

import { readText } from '../config/secrets.ts'
import { ACTIONS } from '../control/actions.ts'
import { signCall } from '../credentials/sign.ts'
import { Secret } from '../model/secret.ts'
import type { Output } from './users.ts'

const PATIENCE_MS = 60_000

/** A call that did not succeed; the message is one line that says why. */
export class ApiCallError extends Error {
  override readonly name = 'ApiCallError'
}

export type ApiCall = Readonly<{
  /** `ListUsers`, or with its service `WorkMailService.ListUsers`. */
  operation: string
  /** The input; without it and `file`, one without members. */
  json?: string
  file?: string
  /** URL of the control listener. */
  endpoint: string
  accessKeyId?: string
}>

type Environment = Readonly<Record<string, string | undefined>>

/**
 * Signs and sends a call, and prints what it answers as JSON.
 *
 * @param env - where the secret is, and the key's id where the call has none
 * @throws ApiCallError
 */
export async function callApi(
  call: ApiCall,
  env: Environment,
  { print }: Pick<Output, 'print'>,
): Promise<void> {
  const { endpoint, operation } = call
  if (!URL.canParse(endpoint)) throw new ApiCallError(`--endpoint must be a URL, not ${endpoint}`)
  const [url, body] = [new URL(endpoint), bodyOf(call)]
  const headers = await signCall({
    url,
    target: targetOf(operation),
    body,
    ...keyOf(call, env),
    at: Date.now(),
  })
  const answer = await send(url, headers, body)
  print(`${JSON.stringify(answer, undefined, 2)}\n`)
}

function bodyOf({ json, file }: ApiCall): string {
  if (json !== undefined && file !== undefined)
    throw new ApiCallError('The input must be given as JSON or by --file, and not both')
  const text = file === undefined ? (json ?? '{}') : read(file)
  try {
    JSON.parse(text)
    return text
  } catch (error) {
    throw new ApiCallError(`The input is not JSON: ${messageOf(error).replaceAll(/\s+/g, ' ')}`)
  }
}

function read(file: string): string {
  try {
    return readText(file)
  } catch (error) {
    throw new ApiCallError(messageOf(error))
  }
}

/** The name with its service: of an operation that is not known here, it must be written. */
function targetOf(operation: string): string {
  if (operation.includes('.')) return operation
  const target = ['WorkMailService', 'EwsGateway']
    .map(service => `${service}.${operation}`)
    .find(name => ACTIONS.has(name))
  if (target !== undefined) return target
  const names = [...ACTIONS.values()].map(({ name }) => name).toSorted()
  throw new ApiCallError(`There is no operation ${operation}; there are ${names.join(', ')}`)
}

function keyOf({ accessKeyId }: ApiCall, env: Environment) {
  const id = accessKeyId ?? env['AWS_ACCESS_KEY_ID']
  const secret = env['EWS_GATEWAY_SECRET_ACCESS_KEY'] ?? env['AWS_SECRET_ACCESS_KEY']
  if (!id) throw new ApiCallError('Name the access key by --access-key-id or AWS_ACCESS_KEY_ID')
  if (!secret)
    throw new ApiCallError(
      'Put the secret of the access key into EWS_GATEWAY_SECRET_ACCESS_KEY or AWS_SECRET_ACCESS_KEY',
    )
  return { accessKeyId: id, secret: new Secret(secret) }
}

async function send(url: URL, headers: Readonly<Record<string, string>>, body: string) {
  let response: Response
  let text: string
  try {
    const signal = AbortSignal.timeout(PATIENCE_MS)
    response = await fetch(url, { method: 'POST', headers, body, redirect: 'manual', signal })
    text = await response.text()
  } catch (error) {
    const cause = error instanceof Error && error.cause !== undefined ? error.cause : error
    throw new ApiCallError(`${url.origin} does not answer: ${messageOf(cause)}`)
  }
  const answer = parse(text)
  if (response.ok && answer !== undefined) return answer
  const { __type, Message } = answer ?? {}
  throw new ApiCallError(
    typeof __type === 'string'
      ? `${__type}: ${Message}`
      : `${url.origin} answers with HTTP ${response.status} and not as the control API does: check --endpoint`,
  )
}

function parse(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Where every address of a name refused, the error has a code and no words. */
const messageOf = (error: unknown): string =>
  error instanceof Error
    ? error.message || String((error as NodeJS.ErrnoException).code ?? error.name)
    : String(error)
