/**
 * Gets a text file from beside the upstream's Exchange.asmx, with the gateway's own account and
 * nothing of a client's.
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
import type { Line } from './transfer.ts'

/** R30's limit for what the gateway reads itself. Exchange SE's types.xsd, the longest, has 445 KB. */
const MAX_BYTES = 1024 * 1024
const DEADLINE_MS = 30_000

/**
 * Fetches a file.
 *
 * @returns undefined if the upstream responds, but not with a WSDL or schema in UTF-8, whatever its Content-Type
 * @throws Failure where it cannot be asked now
 */
export async function fetchFile(line: Line, name: string): Promise<string | undefined> {
  const release = await acquire(line)
  const deadline = new AbortController()
  const timer = setTimeout(() => deadline.abort(tooSlow()), DEADLINE_MS)
  try {
    return await get(line, name, deadline.signal)
  } catch (error) {
    throw failureOf(error)
  } finally {
    clearTimeout(timer)
    release()
  }
}

function acquire({ queue }: Line): Promise<() => void> {
  return new Promise((resolve, reject) => {
    const entry = {
      granted: () => resolve(() => queue.release(entry)),
      timedOut: () => reject(overBudget()),
    }
    queue.acquire(entry)
  })
}

async function get(line: Line, name: string, signal: AbortSignal): Promise<string | undefined> {
  const { backoff } = line
  const admission = await backoff.admit()
  if (admission === 'back-off') throw refusedCredentials(backoff.backOffMs)

  const answer = await line.connections
    .request({
      path: line.path.replace(/[^/]*$/, name),
      method: 'GET',
      headers: [
        ...['Accept', 'text/xml, application/xml'],
        ...['Accept-Encoding', 'identity'],
        ...['User-Agent', line.userAgent],
      ],
      signal,
    })
    .catch((error: unknown) => {
      if (!(error instanceof AccountRefused)) throw error
      backoff.rejected(admission)
      throw refusedCredentials(backoff.backOffMs, { cause: error })
    })
  try {
    if (answer.statusCode === 401) {
      backoff.rejected(admission)
      throw refusedCredentials(backoff.backOffMs)
    }
    if (answer.statusCode >= 500 || [407, 408, 429].includes(answer.statusCode)) {
      throw unreachable('not-ews', `The upstream answered ${name} with status ${answer.statusCode}`)
    }
    const { 'content-encoding': encoding = 'identity' } = answer.headers
    if (answer.statusCode !== 200 || encoding !== 'identity') return undefined
    backoff.accepted(admission)
    const file = await text(answer.body)
    return file !== undefined && isSchemaFile(file) ? file : undefined
  } finally {
    // Does nothing to a body that has been read; what another says at its end is of no use.
    answer.body.on('error', () => undefined).destroy()
  }
}

/** Undefined for more than the limit, or for what is not UTF-8. */
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
