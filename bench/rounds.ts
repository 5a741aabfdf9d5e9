/**
 * Interleaved rounds: each subject is measured once in each, so that whatever else the machine does
 * meets all of them alike. Every second round goes the other way round. Before what counts, each subject gets the same
 * number of requests, as fast as it answers them, because the first ones after a pause are dearer.
 *
 * @module
 */

import { statSync } from 'node:fs'
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

/** Small requests after which compilers have done what they will do: a gateway takes half as long as at 8,000. */
export const COLD = 24_000
/** Small requests of another kind, or after a pause, in which others are measured. After twice as many, a request costs the same. */
const WARM = 4_000
/** Size of a body that takes as long as a small request without it. */
const LARGE_BYTES = 16_384
/** Ends a run in which a program hangs. */
const PATIENCE_SECONDS = 120

const warmed = new WeakSet<Subject['program']>()

/** @param cold - small requests of a program's first time */
export async function warm({ subject, options, inRound }: Measured, cold = COLD): Promise<void> {
  const { program } = subject
  const small = warmed.has(program) ? WARM : cold
  warmed.add(program)
  const { rate: _, ...closed } = { ...options, ...inRound?.(-1) }
  const most = Math.ceil(small / (1 + statSync(options.bodyFile).size / LARGE_BYTES))
  await measure(subject, { ...closed, byWrk: false, most, seconds: PATIENCE_SECONDS })
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
      if (warmed.has(subject.program)) await warm(each)
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
