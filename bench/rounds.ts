/**
 * Interleaved rounds: each subject is measured once in each, so that whatever else the machine does
 * meets all of them alike. Every second round goes the other way round.
 *
 * @module
 */

import type { Bar } from './bars.ts'
import { type MeasureOptions, measure, median, type Sample, spread } from './measure.ts'
import type { Subject } from './peers.ts'
import { figure } from './table.ts'

/** A subject's figures: medians of its rounds. */
export type Figures = Readonly<{
  name: string
  requestsPerSecond: number
  cpuMicroseconds: number
  p50Ms: number
  p99Ms: number
  /** Spread of the CPU time, as a share. */
  spread: number
  samples: readonly Sample[]
}>

export type Measured = Readonly<{
  subject: Subject
  options: MeasureOptions
  /** Options that differ in each round. */
  inRound?: (round: number) => Partial<MeasureOptions>
}>

/** Number of requests, and the seconds that they can take at most. */
export type WarmUp = Readonly<{ most: number; seconds: number }>

/** Requests after which compilers have done what they will do: a gateway takes half as long as at 8,000. */
export const COLD: WarmUp = { most: 24_000, seconds: 6 }
/**
 * The same of another kind, and of a gateway that has rested while others were measured: after some
 * seconds V8 collects once more and forgets what it has learned of the code, and for a second or two
 * a request takes up to four times as much CPU. Peers have too small heaps for that.
 */
const WARM = { most: 4_000, seconds: 1 }

const warmed = new WeakSet<Subject['program']>()

/** @param cold - requests of a program's first time */
export async function warm({ subject, options, inRound }: Measured, cold = COLD): Promise<void> {
  const { program } = subject
  const much = warmed.has(program) ? WARM : cold
  warmed.add(program)
  await measure(subject, { ...options, ...inRound?.(-1), byWrk: false, ...much })
}

export async function inRounds(
  measured: readonly Measured[],
  rounds: number,
): Promise<readonly Figures[]> {
  const samples: Sample[][] = measured.map(() => [])
  const entries = [...measured.entries()]
  for (let round = 0; round < rounds; round += 1)
    for (const [i, each] of round % 2 ? entries.toReversed() : entries) {
      const { subject, options, inRound } = each
      if (subject.dataFolder !== undefined && warmed.has(subject.program)) await warm(each)
      samples[i]?.push(await measure(subject, { ...options, ...inRound?.(round) }))
    }
  return measured.map(({ subject }, i) => figuresOf(subject.name, samples[i] ?? []))
}

function figuresOf(name: string, samples: readonly Sample[]): Figures {
  const of = (read: (sample: Sample) => number) => median(samples.map(read))
  return {
    name,
    requestsPerSecond: of(sample => sample.requestsPerSecond),
    cpuMicroseconds: of(sample => sample.cpuMicroseconds),
    p50Ms: of(({ report }) => report.latencyMs.p50),
    p99Ms: of(({ report }) => report.latencyMs.p99),
    spread: spread(samples.map(sample => sample.cpuMicroseconds)),
    samples,
  }
}

/** Figure that a ratio compares. */
type Compared = 'cpuMicroseconds' | 'requestsPerSecond' | 'p99Ms'

const UNITS: Readonly<Record<Compared, string>> = {
  cpuMicroseconds: ' µs',
  requestsPerSecond: '/s',
  p99Ms: ' ms',
}

const READ: Readonly<Record<Compared, (sample: Sample) => number>> = {
  cpuMicroseconds: sample => sample.cpuMicroseconds,
  requestsPerSecond: sample => sample.requestsPerSecond,
  p99Ms: ({ report }) => report.latencyMs.p99,
}

/** A bar for one against another: the median of the ratios of all rounds, for a round is short. */
export function ratioBar(
  bar: Pick<Bar, 'what' | 'least' | 'most'>,
  compared: Compared,
  one: Figures,
  other: Figures,
): Bar {
  const read = READ[compared]
  const others = other.samples.map(read)
  const ratios = one.samples.map((sample, i) => read(sample) / (others[i] ?? 0))
  return {
    ...bar,
    figure: median(ratios),
    unit: '×',
    beside:
      `± ${Math.round(spread(ratios) * 100)} %; medians ` +
      `${figure(one[compared])} and ${figure(other[compared])}${UNITS[compared]}`,
  }
}

export const percent = (share: number) => `${Math.round(share * 100)} %`
