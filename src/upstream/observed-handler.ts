/**
 * Wraps a request's handler to observe the status and the end of its response.
 *
 * @module
 */

import type { Dispatcher } from 'undici'
import { ProofExpired } from './failures.ts'

type Controller = Dispatcher.DispatchController
type Handler = Dispatcher.DispatchHandler

export type HandlerObserver = Readonly<{
  /** Called for a 401. Returns whether the request can be sent again with another token or connection. */
  unauthorized: () => boolean
  /** Called before the handler receives the end. */
  ended?: () => void
}>

/** Converts a 401 for an outdated token or connection to {@link ProofExpired}. Passes on everything else. */
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
