/**
 * What is under way for long, uploads and streaming answers, and is judged again meanwhile: when
 * the policy changes, when nothing is known of it any more, and from time to time.
 *
 * @module
 */

import { Failure } from '../model/failure.ts'
import type { OrganizationId } from '../model/identity.ts'

export type Reviewed = Readonly<{
  organization: OrganizationId
  /**
   * @param isOpen - returns false once the request has ended: then the result is of no use
   * @throws Failure where it can no longer be allowed
   */
  judge: (isOpen: () => boolean) => Promise<void>
  /** Called once, when it was refused. */
  end: (failure: Failure) => void
}>

type Underway = Reviewed & { isRunning: boolean; isDue: boolean }

export class Reviews {
  readonly #underway = new Set<Underway>()
  readonly #timer: NodeJS.Timeout
  readonly #failed: (error: unknown) => void

  /**
   * @param everyMs - how often all are judged whatever happens
   * @param failed - told of bugs
   */
  constructor(everyMs: number, failed: (error: unknown) => void) {
    this.#failed = failed
    this.#timer = setInterval(() => this.review(undefined), everyMs).unref()
  }

  /** @returns what is to be called when it has ended */
  add(reviewed: Reviewed): () => void {
    const underway = { ...reviewed, isRunning: false, isDue: false }
    this.#underway.add(underway)
    return () => void this.#underway.delete(underway)
  }

  /** Judges what is under way for an organization, or everything. */
  review(organization: OrganizationId | undefined): void {
    for (const underway of this.#underway)
      if (organization === undefined || underway.organization === organization)
        void this.#judge(underway)
  }

  close(): void {
    clearInterval(this.#timer)
  }

  /** One judgement at a time; one that began before the change does not count. */
  async #judge(underway: Underway): Promise<void> {
    underway.isDue = true
    if (underway.isRunning) return
    underway.isRunning = true
    try {
      while (underway.isDue && this.#underway.has(underway)) {
        underway.isDue = false
        await underway.judge(() => this.#underway.has(underway))
      }
    } catch (error) {
      if (!(error instanceof Failure)) this.#failed(error)
      if (this.#underway.delete(underway))
        underway.end(
          error instanceof Failure
            ? error
            : new Failure('internal-error', 'Unhandled error', { cause: error }),
        )
    }
    underway.isRunning = false
  }
}
