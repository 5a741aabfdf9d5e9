/**
 * Stores records as objects in S3-compatible storage: one object of JSON lines for each batch, named by the position of its
 * first record. A batch that is stored again has the same name, so it replaces the first one.
 *
 * @module
 */

import { createHash } from 'node:crypto'
import { SignatureV4 } from '@smithy/signature-v4'
import type { Pool } from 'undici'
import type { Position } from '../audit/reader.ts'
import { Sha256 } from '../credentials/sha256.ts'
import type { Secret } from '../model/secret.ts'
import { visibleJson } from '../model/visible-text.ts'
import { discard, poolTo } from './connection.ts'
import type { Batch, Format, Sender } from './sink.ts'

export type S3Options = Readonly<{
  /** URL of the storage, without the bucket. */
  endpoint: string
  region: string
  bucket: string
  /** Text before the names of objects, such as `audit/`. */
  prefix: string
  accessKeyId: string
  secretAccessKey: Secret
  /** CA certificates to trust, in PEM, instead of the well-known ones. */
  ca?: string
  format: Format
  userAgent: string
  /** Current time in milliseconds since the epoch. */
  now: () => number
}>

/** Digits of numbers in names, so that names sort by position. */
const SEGMENT_DIGITS = 6
const OFFSET_DIGITS = 10

export class S3Sender implements Sender {
  readonly #options: S3Options
  readonly #url: URL
  readonly #pool: Pool
  readonly #signer: SignatureV4

  constructor(options: S3Options) {
    const { endpoint, region, accessKeyId, secretAccessKey, ca } = options
    this.#options = options
    this.#url = new URL(endpoint)
    this.#pool = poolTo(this.#url, ca)
    this.#signer = new SignatureV4({
      service: 's3',
      region,
      sha256: Sha256,
      credentials: { accessKeyId, secretAccessKey: secretAccessKey.reveal() },
      // S3 signs the path as it is sent.
      uriEscapePath: false,
    })
  }

  async send({ start, records }: Batch, signal: AbortSignal): Promise<void> {
    const { bucket, prefix, format, userAgent, now } = this.#options
    const { pathname } = this.#url
    const root = pathname.endsWith('/') ? pathname : `${pathname}/`
    const path = `${root}${bucket}/${prefix}${nameOf(start)}`
    const body = records.map(record => `${visibleJson(format(record))}\n`).join('')
    const { headers } = await this.#signer.sign(
      {
        method: 'PUT',
        protocol: this.#url.protocol,
        hostname: this.#url.hostname,
        path,
        headers: {
          host: this.#url.host,
          'content-type': 'application/x-ndjson',
          // Buckets with Object Lock require it.
          'content-md5': createHash('md5').update(body).digest('base64'),
        },
        body,
      },
      { signingDate: new Date(now()) },
    )
    const response = await this.#pool.request({
      path,
      method: 'PUT',
      headers: { ...headers, 'user-agent': userAgent },
      body,
      signal,
    })
    await discard(response.body)
    if (response.statusCode !== 200) throw rejected(this.#url.origin, bucket, response.statusCode)
  }

  async close(): Promise<void> {
    await this.#pool.destroy()
  }
}

/** Returns the name of an object: the writer, and the number of the segment and the offset in it. */
function nameOf({ writer, segment, offset }: Position): string {
  const [number, bytes] = [
    String(segment).padStart(SEGMENT_DIGITS, '0'),
    String(offset).padStart(OFFSET_DIGITS, '0'),
  ]
  return `${writer}/${number}-${bytes}.jsonl`
}

const ADVICE: Readonly<Record<number, string>> = {
  403: 'Check the access key, its permission to put objects, and the clocks of both machines',
  404: 'Create the bucket, or correct its name',
}

const rejected = (origin: string, bucket: string, status: number) =>
  new Error(
    `${origin} answered with status ${status} to an object for the bucket ${bucket}. ${ADVICE[status] ?? 'Check the endpoint and the region'}`,
  )
