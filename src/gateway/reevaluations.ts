/**
 * Reevaluates uploads, waiting requests, and streaming responses in progress: at every policy change, when the store
 * becomes unavailable, when a period of their policy data begins or ends, and at a regular interval.
 *
 * @module
 */

import { Failure, failureOf } from '../model/failure.ts'
import type { OrganizationId } from '../model/identity.ts'

export type OpenRequest = Readonly<{
  organization: OrganizationId
  /** Time at which the decision must be made again even without a change; undefined if there is none. */
  dueAt: number | undefined
  /**
   * Decides on the request again, and returns the next `dueAt`.
   *
   * @param isOpen - returns false once the request has ended, so that the result no longer matters
   * @throws Failure if the request is no longer allowed
   */
  reevaluate: (isOpen: () => boolean) => Promise<number | undefined>
  /** Called once if the request is no longer allowed. Must end the request. */
  end: (failure: Failure) => void
}>

type Tracked = Omit<OpenRequest, 'dueAt'> & {
  dueAt: number | undefined
  isRunning: boolean
  isDue: boolean
}

/** Dependencies of {@link Reevaluations}. */
export type ReevaluationOptions = Readonly<{
  /** Interval at which all requests are reevaluated, even without a change. */
  everyMs: number
  /** Returns the latest time that the process has seen, in milliseconds since the epoch. */
  latest: () => number
  /** Called with unhandled errors. */
  failed: (error: unknown) => void
}>

/** Maximum time after which the clock is read again, because it can jump forward. */
const LOOK_MS = 1_000
const NEVER = Number.POSITIVE_INFINITY

export class Reevaluations {
  readonly #open = new Set<Tracked>()
  readonly #timer: NodeJS.Timeout
  readonly #options: ReevaluationOptions
  #changes = 0
  /** The earliest `dueAt` that is awaited. */
  #dueAt = NEVER
  #due: NodeJS.Timeout | undefined

  constructor(options: ReevaluationOptions) {
    this.#options = options
    this.#timer = setInterval(() => this.start(undefined), options.everyMs).unref()
  }

  /** Number of reevaluations so far: after policy changes, while the store is unavailable, and at the regular interval. */
  get changes(): number {
    return this.#changes
  }

  /** @returns function to call when the request has ended */
  add(request: OpenRequest): () => void {
    const tracked = { ...request, isRunning: false, isDue: false }
    this.#open.add(tracked)
    this.#await(tracked.dueAt)
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
    clearTimeout(this.#due)
  }

  /** Waits for a time, or for an earlier one that is awaited already. */
  #await(dueAt: number | undefined): void {
    if (dueAt === undefined || dueAt >= this.#dueAt) return
    clearTimeout(this.#due)
    this.#dueAt = dueAt
    const latest = this.#options.latest()
    const waitMs = Math.min(Math.max(dueAt, latest) - latest, LOOK_MS)
    this.#due = setTimeout(() => this.#startDue(), waitMs).unref()
  }

  #startDue(): void {
    const latest = this.#options.latest()
    this.#dueAt = NEVER
    for (const tracked of this.#open) {
      const isDue = tracked.dueAt !== undefined && tracked.dueAt <= latest
      if (isDue) {
        tracked.dueAt = undefined
        void this.#reevaluate(tracked)
      } else this.#await(tracked.dueAt)
    }
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
        tracked.dueAt = await tracked.reevaluate(() => this.#open.has(tracked))
      }
      this.#await(tracked.dueAt)
    } catch (error) {
      if (!(error instanceof Failure)) this.#options.failed(error)
      if (this.#open.delete(tracked)) tracked.end(failureOf(error))
    }
    tracked.isRunning = false
  }
}
