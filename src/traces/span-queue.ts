/**
 * Keeps the spans that wait for the collector, and counts those for which there is no room.
 *
 * @module
 */

import {
  BatchSpanProcessor,
  type ReadableSpan,
  type SpanExporter,
  type SpanProcessor,
} from '@opentelemetry/sdk-trace'

/** Maximum number of spans that wait: about 3 MB. */
const MAX_WAITING = 2_048

/** Exports spans in batches, from time to time. A span that doesn't fit is dropped. */
export class SpanQueue implements SpanProcessor {
  readonly #batches: BatchSpanProcessor
  readonly #overflowed: () => void
  #waiting = 0

  /** @param overflowed - called for each span that is dropped */
  constructor(exporter: SpanExporter, overflowed: () => void) {
    this.#overflowed = overflowed
    this.#batches = new BatchSpanProcessor({
      maxQueueSize: MAX_WAITING,
      exporter: {
        export: (spans, done) => {
          this.#waiting -= spans.length
          exporter.export(spans, done)
        },
        shutdown: () => exporter.shutdown(),
      },
    })
  }

  onStart(): void {}

  onEnd(span: ReadableSpan): void {
    if (this.#waiting >= MAX_WAITING) {
      this.#overflowed()
      return
    }
    this.#waiting += 1
    this.#batches.onEnd(span)
  }

  forceFlush(): Promise<void> {
    return this.#batches.forceFlush()
  }

  shutdown(): Promise<void> {
    return this.#batches.shutdown()
  }
}
