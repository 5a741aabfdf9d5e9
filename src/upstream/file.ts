/**
 * Fetches a text file in the folder of the upstream's Exchange.asmx, with the gateway's own account. The request
 * contains no data from a client.
 *
 * @module
 */

import { isSchemaFile } from '../ews/schema-file.ts'
import { Failure } from '../model/failure.ts'
import {
  AccountRefused,
  failureOf,
  overBudget,
  refusedCredentials,
  unreachable,
} from './failures.ts'
import type { UpstreamContext } from './transfer.ts'

/** Maximum size of a file. The largest one, types.xsd of Exchange SE, has 445 KB. */
const MAX_BYTES = 1024 * 1024
const DEADLINE_MS = 30_000

/**
 * Fetches a file.
 *
 * @returns undefined if the response is not a WSDL or schema in UTF-8. Its Content-Type doesn't matter
 * @throws Failure if the upstream is unavailable
 */
export async function fetchFile(
  context: UpstreamContext,
  name: string,
): Promise<string | undefined> {
  const release = await acquire(context)
  const deadline = new AbortController()
  const timer = setTimeout(() => deadline.abort(tooSlow()), DEADLINE_MS)
  try {
    return await get(context, name, deadline.signal)
  } catch (error) {
    throw failureOf(error)
  } finally {
    clearTimeout(timer)
    release()
  }
}

function acquire({ queue }: UpstreamContext): Promise<() => void> {
  return new Promise((resolve, reject) => {
    const entry = {
      granted: () => resolve(() => queue.release(entry)),
      timedOut: () => reject(overBudget()),
    }
    queue.acquire(entry)
  })
}

async function get(
  context: UpstreamContext,
  name: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  const { backoff } = context
  // Sends no request for a file to try the account, because the response need not say whether the account is accepted.
  if (backoff.backOffMs > 0) throw refusedCredentials(backoff.backOffMs)

  const answer = await context.connections
    .request({
      path: context.path.replace(/[^/]*$/, name),
      method: 'GET',
      headers: [
        ...['Accept', 'text/xml, application/xml'],
        ...['Accept-Encoding', 'identity'],
        ...['User-Agent', context.userAgent],
      ],
      signal,
    })
    .catch((error: unknown) => {
      if (!(error instanceof AccountRefused)) throw error
      backoff.rejected('go')
      throw refusedCredentials(backoff.backOffMs, { cause: error })
    })
  try {
    if (answer.statusCode === 401) {
      backoff.rejected('go')
      throw refusedCredentials(backoff.backOffMs)
    }
    if (answer.statusCode >= 500 || [407, 408, 429].includes(answer.statusCode)) {
      throw unreachable('not-ews', `The upstream answered ${name} with status ${answer.statusCode}`)
    }
    const { 'content-encoding': encoding = 'identity' } = answer.headers
    if (answer.statusCode !== 200 || encoding !== 'identity') return undefined
    const file = await text(answer.body)
    return file !== undefined && isSchemaFile(file) ? file : undefined
  } finally {
    // Closes a body that was not read, and ignores its errors. Has no effect on a body that was read.
    answer.body.on('error', () => undefined).destroy()
  }
}

/** Reads a body as text. Returns undefined if it is longer than the limit, or not UTF-8. */
async function text(body: AsyncIterable<Uint8Array>): Promise<string | undefined> {
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of body) {
    length += chunk.length
    if (length > MAX_BYTES) return undefined
    chunks.push(chunk)
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks))
  } catch {
    return undefined
  }
}

const tooSlow = () => new Failure('upstream-timeout', 'The upstream sent a schema file too slowly')
