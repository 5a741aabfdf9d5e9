/**
 * Sends records to a webhook: a JSON array in a POST, signed as Standard Webhooks defines.
 *
 * @see https://www.standardwebhooks.com/
 *
 * @module
 */

import { createHmac } from 'node:crypto'
import type { Pool } from 'undici'
import type { Secret } from '../model/secret.ts'
import { visibleJson } from '../model/visible-text.ts'
import { discard, poolTo } from './connection.ts'
import type { Batch, Format, Sender } from './sink.ts'

export type WebhookOptions = Readonly<{
  url: Secret
  /** `whsec_` and the key in base64. */
  secret: Secret
  /** CA certificates to trust, in PEM, instead of the well-known ones. */
  ca?: string
  format: Format
  userAgent: string
  /** Current time in milliseconds since the epoch. */
  now: () => number
}>

/** Text before the base64 of a secret, as Standard Webhooks defines it. */
const SECRET_PREFIX = 'whsec_'

/** The receiver can't take so much at once. */
const TOO_LARGE = 413

const GONE = 410

export class WebhookSender implements Sender {
  readonly #options: WebhookOptions
  readonly #url: URL
  readonly #key: Buffer
  readonly #pool: Pool

  constructor(options: WebhookOptions) {
    this.#options = options
    this.#url = new URL(options.url.reveal())
    this.#key = Buffer.from(options.secret.reveal().slice(SECRET_PREFIX.length), 'base64')
    this.#pool = poolTo(this.#url, options.ca)
  }

  async send(batch: Batch, signal: AbortSignal): Promise<void> {
    const status = await this.#post(batch, signal)
    if (status >= 200 && status < 300) return
    if (status !== TOO_LARGE || batch.records.length === 1) throw this.#rejected(status)
    const middle = Math.ceil(batch.records.length / 2)
    await this.send({ ...batch, records: batch.records.slice(0, middle) }, signal)
    await this.send({ ...batch, records: batch.records.slice(middle) }, signal)
  }

  async close(): Promise<void> {
    await this.#pool.destroy()
  }

  async #post(batch: Batch, signal: AbortSignal): Promise<number> {
    const { format, now, userAgent } = this.#options
    const { pathname, search } = this.#url
    const body = visibleJson(batch.records.map(format))
    const id = idOfBatch(batch)
    const timestamp = String(Math.floor(now() / 1_000))
    const response = await this.#pool.request({
      path: pathname + search,
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'user-agent': userAgent,
        'webhook-id': id,
        'webhook-timestamp': timestamp,
        'webhook-signature': signatureOf(this.#key, `${id}.${timestamp}.${body}`),
      },
      body,
      signal,
    })
    await discard(response.body)
    return response.statusCode
  }

  #rejected(status: number): Error {
    const advice =
      status === GONE
        ? 'The receiver wants no more: remove the sink, or set its url to the new one'
        : 'Only 2xx means received. Redirects are not followed'
    return new Error(`${this.#url.origin} answered with status ${status}. ${advice}`)
  }
}

/** Returns the signature of an ID, a timestamp, and a body, joined by full stops. */
export const signatureOf = (key: Uint8Array, text: string): string =>
  `v1,${createHmac('sha256', key).update(text).digest('base64')}`

/** Returns an ID of exactly these records: a repeated batch can have more records, and then has another ID. */
function idOfBatch({ records }: Batch): string {
  return `${records[0]?.id}-${records.at(-1)?.sequence}`
}
