/**
 * Tries mutants: runs the tests near each one's file.
 *
 * @module
 */

import type { NearTests } from '../../../scripts/test/near.ts'
import type { Cost, Range } from './job.ts'
import { type Mutant, textOf } from './mutants.ts'
import type { Change } from './operators.ts'
import { WarmProcess } from './warm-process.ts'

/** Fate of one mutant. Invalid: its text doesn't parse. */
export type MutantResult = 'killed' | 'survived' | 'not run' | 'invalid'

/** Highest cost of an unchanged run. */
const UNCHANGED: Cost = { cpuMs: 120_000, ticks: 6_000 }

/** A run never ends if it costs more than this and three times the first unchanged run. */
const HANGS = { cpuMs: 1_000, ticks: 100, times: 3 }

/** Most large tests that run a mutant's code and are tried. More distant ones don't count. */
const NEAREST = 12

/** Unchanged run of a test file. */
type Baseline = Readonly<{
  cost: Cost
  ranges: Readonly<Record<string, readonly Range[]>>
  failure?: string
}>

export class Trial {
  readonly #root: string
  readonly #near: NearTests
  readonly #baselines = new Map<string, Promise<Baseline>>()

  constructor(root: string, near: NearTests) {
    this.#root = root
    this.#near = near
  }

  /** Tries mutants in turn, in several processes. */
  async run(
    mutants: readonly Mutant[],
    jobs: number,
    tell: (mutant: Mutant, result: MutantResult) => void,
  ) {
    const queue = mutants.values()
    const work = async () => {
      const warm = new WarmProcess()
      try {
        for (const mutant of queue) tell(mutant, await this.#resultOf(mutant, warm))
      } finally {
        warm.close()
      }
    }
    await Promise.all(Array.from({ length: jobs }, work))
  }

  /** Returns the test files that fail without a change, with their failures. */
  async unfit(): Promise<string[]> {
    const baselines = await Promise.all(
      [...this.#baselines].map(async ([test, baseline]) => ({ test, ...(await baseline) })),
    )
    return baselines.flatMap(({ test, failure }) =>
      failure === undefined ? [] : [`${test}: ${failure}`],
    )
  }

  async #resultOf(mutant: Mutant, warm: WarmProcess): Promise<MutantResult> {
    const { file, change } = mutant
    const text = textOf(this.#root, mutant)
    if (text === undefined) return 'invalid'
    let result: MutantResult = 'not run'
    let large = 0
    for (const { test, isLarge } of this.#near.of(file)) {
      if (isLarge && large === NEAREST) continue
      const baseline = await this.#baseline(test, warm)
      if (baseline.failure !== undefined || !ran(baseline.ranges[file], change)) continue
      if (isLarge) large++
      const limit = limitAfter(baseline.cost)
      const { failure } = await warm.run({ root: this.#root, test, change: { file, text }, limit })
      if (failure !== undefined) return 'killed'
      result = 'survived'
    }
    return result
  }

  #baseline(test: string, warm: WarmProcess): Promise<Baseline> {
    const known = this.#baselines.get(test) ?? this.#measure(test, warm)
    this.#baselines.set(test, known)
    return known
  }

  async #measure(test: string, warm: WarmProcess): Promise<Baseline> {
    const order = { root: this.#root, test, limit: UNCHANGED }
    const { failure, cost, ranges = {} } = await warm.run(order)
    return { cost, ranges, ...(failure !== undefined && { failure }) }
  }
}

const limitAfter = ({ cpuMs, ticks }: Cost): Cost => ({
  cpuMs: HANGS.cpuMs + HANGS.times * cpuMs,
  ticks: HANGS.ticks + HANGS.times * ticks,
})

/** Whether a change can have had an effect. */
function ran(ranges: readonly Range[] = [], { start, runsAt = start }: Change): boolean {
  const around = ranges.filter(([from, to]) => from <= runsAt && runsAt < to)
  // The smallest range decides.
  const [smallest] = around.sort(([from, to], [start, end]) => to - from - (end - start))
  return smallest?.[2] ?? false
}
