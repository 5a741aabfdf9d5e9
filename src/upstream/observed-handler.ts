/**
 * A request's handler with an ear for its answer's status and its end.
 *
 * @module
 */

import type { Dispatcher } from 'undici'
import { ProofExpired } from './failures.ts'

type Controller = Dispatcher.DispatchController
type Handler = Dispatcher.DispatchHandler

export type HandlerObserver = Readonly<{
  /** The upstream answered 401. True: the request may be sent again with another proof. */
  unauthorized: () => boolean
  /** Before the handler is told of the end. */
  ended?: () => void
}>

/** Tells a 401 for a proof that was good once as {@link ProofExpired}; all else as it comes. */
export class ObservedHandler implements Dispatcher.DispatchHandler {
  readonly #handler: Handler
  readonly #observer: HandlerObserver

  constructor(handler: Handler, observer: HandlerObserver) {
    this.#handler = handler
    this.#observer = observer
  }

  onRequestStart(controller: Controller, context: unknown): void {
    this.#handler.onRequestStart?.(controller, context)
  }

  onResponseStarted(): void {
    this.#handler.onResponseStarted?.()
  }

  onResponseStart(...answer: Parameters<NonNullable<Handler['onResponseStart']>>): void {
    const [controller, status] = answer
    if (status === 401 && this.#observer.unauthorized()) controller.abort(new ProofExpired())
    else this.#handler.onResponseStart?.(...answer)
  }

  onResponseData(controller: Controller, chunk: Buffer): void {
    this.#handler.onResponseData?.(controller, chunk)
  }

  onResponseEnd(...end: Parameters<NonNullable<Handler['onResponseEnd']>>): void {
    this.#observer.ended?.()
    this.#handler.onResponseEnd?.(...end)
  }

  onResponseError(controller: Controller, error: Error): void {
    this.#observer.ended?.()
    this.#handler.onResponseError?.(controller, error)
  }
}
