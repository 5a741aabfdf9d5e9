/**
 * Asks the upstream by a request of the gateway's own, as one user.
 *
 * @module
 */

import { rebuildHead, rebuildTail } from '../ews/rebuild.ts'
import { MESSAGES_NS, type Prologue, SOAP_NS, TYPES_NS } from '../model/envelope.ts'
import { Failure } from '../model/failure.ts'
import type { Upstream, UpstreamRequest } from '../upstream/upstream.ts'

/** A request of the gateway's own. */
export type Question = Readonly<{
  requestElement: string
  /** The operation element, with the prefix `m` for messages and `t` for types. */
  operation: string
  /** Primary address of the user that is asked as. */
  address: string
  /** The principal whose share of the connections is used; absent: none. */
  owner?: string
  /** Maximum length of the response. */
  maxBytes: number
}>

const END_TAGS = '</s:Body></s:Envelope>'.length
const TIMEOUT_MS = 30_000

/**
 * Returns the whole response, which is in UTF-8.
 *
 * @throws Failure if the upstream can't be asked now, or its response is too long
 */
export function ask(upstream: Upstream, question: Question): Promise<Buffer> {
  const { requestElement, operation, address, owner, maxBytes } = question
  const prologue = prologueOf(requestElement)
  const body = Buffer.concat([
    rebuildHead(prologue, address),
    Buffer.from(operation),
    rebuildTail(prologue, END_TAGS),
  ])
  const request = {
    ...(owner !== undefined && { owner }),
    body,
    contentLength: body.length,
    anchorMailbox: address,
    preferServerAffinity: false,
    cookies: new Map<string, string>(),
    compress: false,
    replayable: true,
    headersTimeoutMs: TIMEOUT_MS,
    bodyTimeoutMs: TIMEOUT_MS,
  }
  return exchange(upstream, request, maxBytes)
}

const prologueOf = (requestElement: string): Prologue => ({
  envelope: {
    name: 's:Envelope',
    namespaces: [
      ['s', SOAP_NS],
      ['m', MESSAGES_NS],
      ['t', TYPES_NS],
    ],
  },
  body: { name: 's:Body', namespaces: [] },
  requestServerVersion: 'Exchange2010_SP1',
  requestElement,
  length: 0,
})

function exchange(upstream: Upstream, request: UpstreamRequest, maxBytes: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let length = 0
    const underway = upstream.send(request, {
      head: () => undefined,
      piece: bytes => {
        length += bytes.length
        if (length <= maxBytes) chunks.push(Buffer.from(bytes))
        else {
          underway.abort()
          reject(new Failure('upstream-unreachable', `The response exceeds ${maxBytes} bytes`))
        }
        return true
      },
      end: () => resolve(Buffer.concat(chunks)),
      fail: reject,
    })
  })
}
