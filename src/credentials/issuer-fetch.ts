/**
 * Sends requests to issuers, which can have a certificate of a private authority.
 *
 * @module
 */

import type { IncomingMessage } from 'node:http'
import { request as requestInClear } from 'node:http'
import { request } from 'node:https'

/** Maximum size of a response. */
const MAX_BYTES = 1_048_576

type IssuerRequest = Readonly<{
  method?: string
  headers?: Readonly<Record<string, string>>
  body?: string
  /** Trusted certificate authorities in PEM, instead of the well-known ones. */
  ca?: string | undefined
  signal?: AbortSignal | undefined
}>

/** Returns a complete response, without following redirects. @throws Error if it exceeds 1 MiB */
export async function fetchFromIssuer(
  url: URL,
  { method, headers = {}, body, ca, signal }: IssuerRequest,
): Promise<Response> {
  const { promise, resolve, reject } = Promise.withResolvers<readonly [IncomingMessage, Buffer]>()
  const send = url.protocol === 'https:' ? request : requestInClear
  const options = {
    ...(method && { method }),
    headers,
    agent: false,
    ...(ca && { ca }),
    ...(signal && { signal }),
  }
  send(url, options, response => {
    const chunks: Buffer[] = []
    let bytes = 0
    response.on('data', (chunk: Buffer) => {
      bytes += chunk.length
      if (bytes > MAX_BYTES) response.destroy(new Error('The response is larger than 1 MiB'))
      else chunks.push(chunk)
    })
    response.on('error', reject)
    response.on('end', () => resolve([response, Buffer.concat(chunks)]))
  })
    .on('error', reject)
    .end(body)
  const [{ statusCode, headersDistinct }, content] = await promise
  const fields = Object.entries(headersDistinct).flatMap(([name, values = []]) =>
    values.map((value): [string, string] => [name, value]),
  )
  return new Response(content.length === 0 ? null : content, {
    // Every response to a request has a status.
    status: statusCode as number,
    headers: fields,
  })
}
