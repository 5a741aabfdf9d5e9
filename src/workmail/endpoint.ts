/**
 * WorkMail's API over HTTP, or that of another gateway, which is the same.
 *
 * @module
 */

import { type Asked, type WorkMail, WorkMailError } from './workmail.ts'

/** Signs a call. @returns its headers */
export type Sign = (
  call: Readonly<{ url: URL; target: string; body: string }>,
) => Promise<Readonly<Record<string, string>>>

export type EndpointOptions = Readonly<{
  url: URL
  sign: Sign
  /** Resolves after so many milliseconds. */
  pause: (ms: number) => Promise<unknown>
}>

const PATIENCE_MS = 60_000
/** An answer that is longer is none of WorkMail's, whose pages have 100 entries. */
const LONGEST_ANSWER = 16 * 1024 * 1024
/** WorkMail allows so and so many calls a second; with each attempt the pause doubles. */
const ATTEMPTS = 7
const FIRST_PAUSE_MS = 250

/** An answer that says to come again later. */
const LATER =
  /Throttl|TooManyRequests|RequestLimitExceeded|ServiceUnavailable|InternalFailure|InternalServer/

export class WorkMailEndpoint implements WorkMail {
  readonly #options: EndpointOptions

  constructor(options: EndpointOptions) {
    this.#options = options
  }

  async call({ operation, input }: Asked): Promise<unknown> {
    const { url, pause } = this.#options
    const body = JSON.stringify(input)
    for (let attempt = 1; ; attempt += 1) {
      const answer = await this.#send(`WorkMailService.${operation}`, body)
      const { status, type, message, output } = answer
      if (output !== undefined) return output
      const isUnavailable = status === 429 || status >= 500 || LATER.test(type)
      if (!isUnavailable || attempt === ATTEMPTS)
        throw new WorkMailError(`${url.origin} refuses ${operation}: ${type}: ${message}`)
      await pause(FIRST_PAUSE_MS * 2 ** (attempt - 1))
    }
  }

  async #send(target: string, body: string) {
    const { url, sign } = this.#options
    const headers = await sign({ url, target, body })
    let response: Response
    let text: string
    try {
      const signal = AbortSignal.timeout(PATIENCE_MS)
      response = await fetch(url, { method: 'POST', headers, body, redirect: 'manual', signal })
      text = await textOf(response)
    } catch (error) {
      if (error instanceof WorkMailError) throw error
      const cause = error instanceof Error && error.cause !== undefined ? error.cause : error
      throw new WorkMailError(`${url.origin} does not answer: ${cause}`, { cause: error })
    }
    const parsed = parse(text)
    if (response.ok && parsed !== undefined)
      return { status: response.status, type: '', message: '', output: parsed }
    const { __type, Message, message } = parsed ?? {}
    return {
      status: response.status,
      type: typeof __type === 'string' ? __type : `HTTP ${response.status}`,
      message: String(Message ?? message ?? 'it does not answer as WorkMail does'),
      output: undefined,
    }
  }
}

async function textOf(response: Response): Promise<string> {
  const pieces: Uint8Array[] = []
  let length = 0
  for await (const piece of response.body ?? []) {
    length += piece.length
    if (length > LONGEST_ANSWER) throw new WorkMailError('The answer is longer than 16 MiB')
    pieces.push(piece)
  }
  return Buffer.concat(pieces).toString()
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
