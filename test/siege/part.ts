/**
 * Types that all parts of the siege share: options, report, and counters.
 *
 * @module
 */

import type { Siege } from './siege-target.ts'

/** Report of one part. `findings` lists successful attacks, and must be empty. */
export type PartReport = Readonly<{
  part: string
  tried: number
  /** Attempts and their results, one line each. */
  lines: readonly string[]
  /** Successful attacks, one line each, with everything needed to repeat them. */
  findings: readonly string[]
}>

/** Options of every part. */
export type RunOptions = Readonly<{
  /** About 15 seconds in all, instead of minutes. */
  short: boolean
  seed: number
  /** Number of mutants; undefined: the part's own number. */
  count: number | undefined
  /** Number of the only request to try again, for `canaries`. */
  only: number | undefined
  /** The only operation to try, for `canaries`. */
  operation?: string | undefined
  /** Beginnings of the paths of the source files that mutants change; empty: all. */
  paths: readonly string[]
  /** Checkout whose `src` is attacked. */
  root: string
  siege: Siege
  /** Prints a line of progress. */
  print: (text: string) => void
}>

/** Counts by name, and a few of them as one line. */
export class Counter {
  readonly #counts = new Map<string, number>()

  add(name: string, count = 1): void {
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + count)
  }

  count(name: string): number {
    return this.#counts.get(name) ?? 0
  }

  get total(): number {
    return [...this.#counts.values()].reduce((sum, count) => sum + count, 0)
  }

  entries(): [string, number][] {
    return [...this.#counts].sort(([, one], [, other]) => other - one)
  }

  toString(): string {
    return this.entries()
      .map(([name, count]) => `${count.toLocaleString('en')} ${name}`)
      .join(', ')
  }
}

/** Maximum number of findings in the report of one part. The first findings show the mistake. */
export const MAX_FINDINGS = 10
