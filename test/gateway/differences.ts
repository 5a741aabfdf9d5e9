/**
 * Thousands of comparisons as one assertion, for reporting each of them takes longer than making
 * it.
 *
 * @module
 */

import { inspect, isDeepStrictEqual } from 'node:util'
import type { Test } from 'tap'

export class Differences {
  readonly #found: string[] = []
  #compared = 0

  compare(what: string, got: unknown, wanted: unknown): void {
    this.#compared += 1
    if (isDeepStrictEqual(got, wanted)) return
    this.#found.push(`${what}: ${inspect(got)} instead of ${inspect(wanted)}`)
  }

  /** Fails if anything differed, or if less than the minimum was compared. */
  assertNone(t: Test, what: string, atLeast: number): void {
    t.strictSame(this.#found, [], what)
    t.ok(this.#compared >= atLeast, `${this.#compared} comparisons: ${what}`)
  }
}
