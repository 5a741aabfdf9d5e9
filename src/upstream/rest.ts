/**
 * Rest for credentials that the upstream refused, so that the gateway does not lock out its
 * own account (R30).
 *
 * @module
 */

const PROBE_EVERY_MS = 60_000
const FIRST_BACK_OFF_MS = 30_000
const LONGEST_BACK_OFF_MS = 600_000

/** `probe`: may go, and its answer decides whether the rest ends. */
export type Admission = 'go' | 'probe' | 'refused'

export class CredentialRest {
  readonly #now: () => number
  #probeAt = 0
  #backOffMs = 0

  /** @param now - the time in milliseconds */
  constructor(now: () => number) {
    this.#now = now
  }

  /** How long clients are told to wait; 0 while the credentials are not resting. */
  get backOffMs(): number {
    return this.#backOffMs
  }

  /** Whether a request could not go now. Unlike {@link admit} it takes no probe. */
  get resting(): boolean {
    return this.#backOffMs > 0 && this.#now() < this.#probeAt
  }

  /** Says whether a request goes; while the credentials rest, one a minute does. */
  admit(): Admission {
    if (this.#backOffMs === 0) return 'go'
    if (this.resting) return 'refused'
    this.#probeAt = this.#now() + PROBE_EVERY_MS
    return 'probe'
  }

  /**
   * The upstream answered 401. Of many requests that were under way together only the first
   * counts, and later each probe.
   */
  refused(admission: Admission): void {
    if (this.#backOffMs === 0) {
      this.#backOffMs = FIRST_BACK_OFF_MS
      this.#probeAt = this.#now() + PROBE_EVERY_MS
      return
    }
    if (admission === 'probe') {
      this.#backOffMs = Math.min(this.#backOffMs * 2, LONGEST_BACK_OFF_MS)
    }
  }

  /** The upstream took the credentials. An answer to a request from before the rest proves nothing. */
  accepted(admission: Admission): void {
    if (admission === 'probe') this.#backOffMs = 0
  }
}
