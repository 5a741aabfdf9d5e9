/**
 * Reevaluates uploads and streaming responses in progress: at every policy change, when the store becomes
 * unavailable, and at a regular interval.
 *
 * @module
 */

import { Failure, failureOf } from '../model/failure.ts'
import type { OrganizationId } from '../model/identity.ts'

export type OpenRequest = Readonly<{
  organization: OrganizationId
  /**
   * Decides on the request again.
   *
   * @param isOpen - returns false once the request has ended, so that the result no longer matters
   * @throws Failure if the request is no longer allowed
   */
  reevaluate: (isOpen: () => boolean) => Promise<void>
  /** Called once if the request is no longer allowed. Must end the request. */
  end: (failure: Failure) => void
}>

type Tracked = OpenRequest & { isRunning: boolean; isDue: boolean }

export class Reevaluations {
  readonly #open = new Set<Tracked>()
  readonly #timer: NodeJS.Timeout
  readonly #failed: (error: unknown) => void
  #changes = 0

  /**
   * @param everyMs - interval at which all requests are reevaluated, even without a change
   * @param failed - called with unhandled errors
   */
  constructor(everyMs: number, failed: (error: unknown) => void) {
    this.#failed = failed
    this.#timer = setInterval(() => this.start(undefined), everyMs).unref()
  }

  /** Number of reevaluations so far: after policy changes, while the store is unavailable, and at the regular interval. */
  get changes(): number {
    return this.#changes
  }

  /** @returns function to call when the request has ended */
  add(request: OpenRequest): () => void {
    const tracked = { ...request, isRunning: false, isDue: false }
    this.#open.add(tracked)
    return () => void this.#open.delete(tracked)
  }

  /** Reevaluates the open requests of an organization, or all. */
  start(organization: OrganizationId | undefined): void {
    this.#changes++
    for (const tracked of this.#open)
      if (organization === undefined || tracked.organization === organization)
        void this.#reevaluate(tracked)
  }

  close(): void {
    clearInterval(this.#timer)
  }

  /**
   * Reevaluates a request. Starts again if the policy changed in the meantime, and never runs twice at once for a
   * request.
   */
  async #reevaluate(tracked: Tracked): Promise<void> {
    tracked.isDue = true
    if (tracked.isRunning) return
    tracked.isRunning = true
    try {
      while (tracked.isDue && this.#open.has(tracked)) {
        tracked.isDue = false
        await tracked.reevaluate(() => this.#open.has(tracked))
      }
    } catch (error) {
      if (!(error instanceof Failure)) this.#failed(error)
      if (this.#open.delete(tracked)) tracked.end(failureOf(error))
    }
    tracked.isRunning = false
  }
}
