/**
 * Sends the requests of the conformance check, with the upstream adapter and the request builder of the gateway.
 *
 * @module
 */

import { Readable } from 'node:stream'
import type { CallOptions, Client, Reply } from '../../../sandbox/conformance/client.ts'
import { OWN_END_TAGS, ownPrologue } from '../../ews/own-prologue.ts'
import { rebuildHead, rebuildTail } from '../../ews/rebuild.ts'
import { ResponseReader } from '../../ews/response-reader.ts'
import { Failure } from '../../model/failure.ts'
import type { ServerVersion } from '../../model/server-version.ts'
import type { Upstream, UpstreamHead, UpstreamRequest } from '../../upstream/upstream.ts'

const VERSION = 'Exchange2013'
const TIMEOUT_MS = 120_000
const KEPT_BYTES = 1_048_576
const MAX_CODE_LENGTH = 80
const NO_COOKIES: ReadonlyMap<string, string> = new Map()

/** Sends operation elements by the upstream adapter, and reads the results. */
export class UpstreamClient implements Client {
  readonly #upstream: Pick<Upstream, 'send' | 'serverVersion'>

  constructor(upstream: Pick<Upstream, 'send' | 'serverVersion'>) {
    this.#upstream = upstream
  }

  serverVersion(): ServerVersion | undefined {
    return this.#upstream.serverVersion()
  }

  async call(address: string, element: string, options: CallOptions = {}): Promise<Reply> {
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const chunks: Uint8Array[] = []
    let kept = 0
    let head: UpstreamHead | undefined
    options.signal?.throwIfAborted()
    const exchange = this.#upstream.send(requestOf(address, element, options), {
      head: given => {
        head = given
      },
      chunk: chunk => {
        if (kept < KEPT_BYTES) chunks.push(Buffer.from(chunk))
        kept += chunk.length
        return true
      },
      end: resolve,
      fail: reject,
    })
    try {
      await promise
      return replyOf(head, Buffer.concat(chunks).subarray(0, KEPT_BYTES))
    } catch (error) {
      if (!(error instanceof Failure)) throw error
      const code = error.kind ?? 'internal'
      return { result: { form: 'none', code }, text: '', cookies: NO_COOKIES }
    } finally {
      exchange.abort()
    }
  }
}

/** @throws Failure if the server's response is not EWS */
function replyOf(head: UpstreamHead | undefined, bytes: Buffer): Reply {
  const reader = new ResponseReader()
  reader.write(bytes)
  const { code, isFault = false } = reader.first ?? {}
  const form = isFault ? 'fault' : 'response'
  return {
    result: { form, status: head?.status ?? 0, code: plain(code) },
    text: bytes.toString(),
    cookies: new Map(head?.cookies.map(({ name, value }) => [name.toLowerCase(), value])),
  }
}

/**
 * Returns a response code, or `other` for any other text. A report contains no other text of the server, because it
 * could be private.
 */
function plain(code = ''): string {
  const isCode =
    code.startsWith('Error') && code.length <= MAX_CODE_LENGTH && !/[^A-Za-z0-9]/.test(code)
  return code === 'NoError' || isCode ? code : 'other'
}

function requestOf(address: string, element: string, options: CallOptions): UpstreamRequest {
  const { affinity, bytes = 0 } = options
  const prologue = ownPrologue(VERSION)
  const operation = Buffer.concat([rebuildHead(prologue, address), Buffer.from(element)])
  const tail = rebuildTail(prologue, OWN_END_TAGS)
  const contentLength = Math.max(bytes, operation.length + tail.length)
  const blanks = contentLength - operation.length - tail.length
  return {
    body:
      blanks === 0
        ? Buffer.concat([operation, tail])
        : Readable.from(padded(operation, blanks, tail)),
    contentLength,
    anchorMailbox: affinity?.anchorMailbox ?? address,
    preferServerAffinity: affinity !== undefined,
    cookies: affinity?.cookies ?? NO_COOKIES,
    compress: false,
    replayable: false,
    headersTimeoutMs: TIMEOUT_MS,
    bodyTimeoutMs: TIMEOUT_MS,
  }
}

const BLANKS = Buffer.alloc(65_536, ' ')

async function* padded(operation: Uint8Array, blanks: number, tail: Uint8Array) {
  yield operation
  for (let left = blanks; left > 0; left -= BLANKS.length) yield BLANKS.subarray(0, left)
  yield tail
}
