/**
 * Calls WorkMail's API over HTTP, or the same API of another gateway.
 *
 * @module
 */

import { isUntrusted, ownMessageOf } from '../model/certificate-error.ts'
import { type WorkMail, type WorkMailCall, WorkMailError } from './workmail.ts'

/** Signs a call. @returns its headers */
export type Sign = (
  call: Readonly<{ url: URL; target: string; body: string }>,
) => Promise<Readonly<Record<string, string>>>

/** Dependencies of a {@link WorkMailEndpoint}. */
export type EndpointOptions = Readonly<{
  url: URL
  sign: Sign
  /** Resolves after a number of milliseconds. */
  pause: (ms: number) => Promise<unknown>
}>

const TIMEOUT_MS = 60_000
/** Maximum size of a response. Responses of WorkMail are far smaller, because its pages have 100 entries. */
const MAX_RESPONSE_BYTES = 16 * 1024 * 1024
/**
 * Maximum number of attempts per call. Calls are repeated because WorkMail limits calls per second. The pause
 * doubles with each attempt.
 */
const MAX_ATTEMPTS = 7
const FIRST_PAUSE_MS = 250

/** Error types after which a call is repeated. */
const RETRYABLE =
  /Throttl|TooManyRequests|RequestLimitExceeded|ServiceUnavailable|InternalFailure|InternalServer/

const TRUST =
  'Set the environment variable NODE_EXTRA_CA_CERTS to a file with the certificate of its authority in PEM'

/** Calls an endpoint, and repeats calls that were throttled. */
export class WorkMailEndpoint implements WorkMail {
  readonly #options: EndpointOptions

  constructor(options: EndpointOptions) {
    this.#options = options
  }

  async call({ operation, input }: WorkMailCall): Promise<unknown> {
    const { url, pause } = this.#options
    const body = JSON.stringify(input)
    for (let attempt = 1; ; attempt += 1) {
      const answer = await this.#send(`WorkMailService.${operation}`, body)
      const { status, type, message, output } = answer
      if (output !== undefined) return output
      const isRetryable = status === 429 || status >= 500 || RETRYABLE.test(type)
      if (!isRetryable || attempt === MAX_ATTEMPTS)
        throw new WorkMailError(`${url.origin} rejected ${operation}: ${type}: ${message}`)
      await pause(FIRST_PAUSE_MS * 2 ** (attempt - 1))
    }
  }

  async #send(target: string, body: string) {
    const { url, sign } = this.#options
    const headers = await sign({ url, target, body })
    let response: Response
    let text: string
    try {
      const signal = AbortSignal.timeout(TIMEOUT_MS)
      response = await fetch(url, { method: 'POST', headers, body, redirect: 'manual', signal })
      text = await textOf(response)
    } catch (error) {
      if (error instanceof WorkMailError) throw error
      const cause = error instanceof Error && error.cause !== undefined ? error.cause : error
      const reason =
        cause instanceof Error ? `${cause.name}: ${ownMessageOf(cause)}` : String(cause)
      const advice = isUntrusted(cause) ? `. ${TRUST}` : ''
      throw new WorkMailError(`Cannot call ${url.origin}: ${reason}${advice}`, { cause: error })
    }
    const parsed = parse(text)
    if (response.ok && parsed !== undefined)
      return { status: response.status, type: '', message: '', output: parsed }
    const { __type, Message, message } = parsed ?? {}
    return {
      status: response.status,
      type: typeof __type === 'string' ? __type : `HTTP ${response.status}`,
      message: String(Message ?? message ?? 'the response is not a WorkMail response'),
      output: undefined,
    }
  }
}

async function textOf(response: Response): Promise<string> {
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of response.body ?? []) {
    length += chunk.length
    if (length > MAX_RESPONSE_BYTES)
      throw new WorkMailError('The response exceeds the limit of 16 MiB')
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString()
}

function parse(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null
      ? (value as Readonly<Record<string, unknown>>)
      : undefined
  } catch {
    return undefined
  }
}
