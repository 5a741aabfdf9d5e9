/**
 * Writes the gateway's own responses.
 *
 * @module
 */

import type { ServerResponse } from 'node:http'
import { type FaultFacts, writeFault } from '../ews/fault.ts'
import { type Messages, writeResponseError } from '../ews/response-error.ts'
import { holdOpen } from '../http/drain.ts'
import { sendBody } from '../http/send.ts'
import type { Reason } from '../model/decision.ts'
import type { FaultAnswer } from '../model/failure-table.ts'
import type { ServerVersion } from '../model/server-version.ts'
import type { Scheme } from '../model/sign-in.ts'

/** Content type in exactly this spelling, because some clients compare it. */
const XML = 'text/xml; charset=utf-8'

const BASIC = 'Basic realm="EWS", charset="UTF-8"'

/** Challenges of a 401: the scheme alone, or with an error if the request had an invalid token. */
const CHALLENGES: Readonly<Record<'none' | 'invalid', Readonly<Record<Scheme, string>>>> = {
  none: { Basic: BASIC, Bearer: 'Bearer', NTLM: 'NTLM' },
  invalid: { Basic: BASIC, Bearer: 'Bearer error="invalid_token"', NTLM: 'NTLM' },
}

export type Refusal = Readonly<{
  reason: Reason
  answer: FaultAnswer
  message?: string | undefined
  serverVersion?: ServerVersion | undefined
}>

export class Reply {
  readonly #response: ServerResponse
  readonly #decisionId: string
  readonly #schemes: readonly Scheme[]
  /** Bytes of the body that was written. */
  responseBytes = 0
  /** ResponseCode of the fault that was written. */
  responseCode: string | undefined

  /** @param schemes - schemes that a 401 offers */
  constructor(response: ServerResponse, decisionId: string, schemes: readonly Scheme[]) {
    this.#response = response
    this.#decisionId = decisionId
    this.#schemes = schemes
  }

  /** Sends 401. Use it only for missing or wrong credentials. */
  unauthorized(token: keyof typeof CHALLENGES): void {
    const challenges = CHALLENGES[token]
    const headers = this.#schemes.flatMap(scheme => ['WWW-Authenticate', challenges[scheme]])
    this.#write(401, headers, '')
  }

  /** Sends 401 with the next message of an exchange, and offers no other scheme. */
  continue(scheme: Scheme, token: string): void {
    this.#write(401, ['WWW-Authenticate', `${scheme} ${token}`], '')
  }

  /** Sends a fault, always with HTTP 500, because clients ignore the ResponseCode in responses with another status. */
  fault(refusal: Refusal): void {
    this.#write(500, ['Content-Type', XML], writeFault(this.#factsOf(refusal)))
  }

  /** Sends a denial as response messages with HTTP 200, for clients that report these better than a fault. */
  responseError(refusal: Refusal, messages: Messages): void {
    const body = writeResponseError(this.#factsOf(refusal), messages)
    this.#write(200, ['Content-Type', XML], body)
  }

  /**
   * Sends JSON to OAuth clients. The response must not be cached. A 401 names Basic, the only scheme that the token
   * endpoint accepts.
   */
  json(status: number, body: object, retryAfterSeconds?: number): void {
    const headers = ['Content-Type', 'application/json', 'Cache-Control', 'no-store']
    if (status === 401) headers.push('WWW-Authenticate', BASIC)
    if (retryAfterSeconds !== undefined) headers.push('Retry-After', String(retryAfterSeconds))
    this.#write(status, headers, JSON.stringify(body))
  }

  text(status: number, body: string, type = 'text/plain; charset=utf-8'): void {
    this.#write(status, ['Content-Type', type], body)
  }

  /** Sends a large body as fast as the client reads it. Resolves when the response has ended. */
  bytesOf(body: Uint8Array, type: string): Promise<void> {
    this.#writeHead(200, ['Content-Type', type], body.length)
    return sendBody(this.#response, body)
  }

  #factsOf({ reason, answer, message, serverVersion }: Refusal): FaultFacts {
    this.responseCode = answer.code
    return {
      reason,
      answer,
      decisionId: this.#decisionId,
      ...(message !== undefined && { message }),
      ...(serverVersion && { serverVersion }),
    }
  }

  #write(status: number, headers: readonly string[], body: string): void {
    this.#writeHead(status, headers, Buffer.byteLength(body))
    this.#response.end(body)
  }

  #writeHead(status: number, headers: readonly string[], length: number): void {
    this.responseBytes = length
    const { req } = this.#response
    if (!req.complete) holdOpen(req)
    this.#response.writeHead(status, [
      ...headers,
      'Content-Length',
      String(length),
      'X-Decision-Id',
      this.#decisionId,
    ])
  }
}
