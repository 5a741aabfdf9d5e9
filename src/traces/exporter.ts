/**
 * Sends spans to a collector: protobuf of OTLP in a POST.
 *
 * @see https://opentelemetry.io/docs/specs/otlp/#otlphttp
 * @module
 */

import { type ExportResult, ExportResultCode } from '@opentelemetry/core'
import { ProtobufTraceSerializer } from '@opentelemetry/otlp-transformer'
import type { ReadableSpan, SpanExporter } from '@opentelemetry/sdk-trace'
import type { Pool } from 'undici'
import type { Secret } from '../model/secret.ts'
import { discard, poolTo } from '../sinks/connection.ts'
import type { SpanDrop } from '../telemetry/labels.ts'

/** Maximum time for one batch. */
const EXPORT_MS = 10_000

export type ExporterOptions = Readonly<{
  url: string
  headers: readonly Readonly<{ name: string; value: Secret }>[]
  /** CA certificates to trust, in PEM, instead of the well-known ones. */
  ca?: string
  userAgent: string
  dropped: (kind: SpanDrop, count: number) => void
  /** Called when exporting fails, but not again before it has succeeded. */
  failed: (error: unknown) => void
  /** Called when exporting succeeds after it has failed. */
  recovered: () => void
}>

/** Sends each batch once. A batch that the collector doesn't take is dropped, so that the next one isn't late. */
export class OtlpExporter implements SpanExporter {
  readonly #options: ExporterOptions
  readonly #url: URL
  readonly #pool: Pool
  readonly #aborting = new AbortController()
  #hasFailed = false
  #closed: Promise<void> | undefined

  constructor(options: ExporterOptions) {
    this.#options = options
    this.#url = new URL(options.url)
    this.#pool = poolTo(this.#url, options.ca)
  }

  export(spans: ReadableSpan[], done: (result: ExportResult) => void): void {
    this.#post(spans).then(
      () => {
        this.#succeeded()
        done({ code: ExportResultCode.SUCCESS })
      },
      error => {
        this.#failed(error, spans.length)
        done({ code: ExportResultCode.FAILED, error })
      },
    )
  }

  /** Ends the exports that have begun, and those that begin later. */
  abort(): void {
    this.#aborting.abort()
  }

  /** Resolves when the exports that have begun have ended. */
  shutdown(): Promise<void> {
    this.#closed ??= this.#pool.close()
    return this.#closed
  }

  async #post(spans: ReadableSpan[]): Promise<void> {
    const { headers, userAgent } = this.#options
    const response = await this.#pool.request({
      path: this.#url.pathname,
      method: 'POST',
      headers: {
        ...Object.fromEntries(headers.map(({ name, value }) => [name, value.reveal()])),
        'content-type': 'application/x-protobuf',
        'user-agent': userAgent,
      },
      body: ProtobufTraceSerializer.serializeRequest(spans) ?? null,
      signal: AbortSignal.any([AbortSignal.timeout(EXPORT_MS), this.#aborting.signal]),
    })
    await discard(response.body)
    const { statusCode } = response
    if (statusCode < 200 || statusCode > 299)
      throw new Error(`${this.#url.origin} answered with status ${statusCode}`)
  }

  #succeeded(): void {
    if (this.#hasFailed) this.#options.recovered()
    this.#hasFailed = false
  }

  #failed(error: unknown, count: number): void {
    this.#options.dropped('not-exported', count)
    if (!this.#hasFailed) this.#options.failed(error)
    this.#hasFailed = true
  }
}
