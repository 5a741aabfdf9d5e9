/**
 * What a part of the siege reports.
 *
 * @module
 */

import type { Siege } from './field.ts'

/** How one part went. Whatever stands in `through` got through: there should be nothing. */
export type Outcome = Readonly<{
  part: string
  tried: number
  /** What was tried and what came of it, a line each. */
  lines: readonly string[]
  /** What got through, a line each, with what is needed to try it again. */
  through: readonly string[]
}>

/** What every part is told. */
export type Orders = Readonly<{
  /** About 15 seconds in all, instead of minutes. */
  short: boolean
  seed: number
  /** Number of mutants; undefined: the part's own number. */
  count: number | undefined
  /** Beginnings of the paths of the source files that mutants change; empty: all. */
  paths: readonly string[]
  /** The checkout whose `src` is besieged. */
  root: string
  siege: Siege
  /** Prints a line of progress. */
  print: (text: string) => void
}>

/** Counts by name, and a few of them as one line. */
export class Tally {
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

/** The most findings that are told of one part, for the first ones say what is wrong. */
export const FINDINGS_KEPT = 10
