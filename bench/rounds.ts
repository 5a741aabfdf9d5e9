/**
 * Interleaved rounds: each subject is measured once in each, so that whatever else the machine does
 * meets all of them alike.
 *
 * @module
 */

import { type MeasureOptions, measure, median, type Sample, spread } from './measure.ts'
import type { Subject } from './peers.ts'

/** A subject's figures: medians of its rounds. */
export type Figures = Readonly<{
  name: string
  requestsPerSecond: number
  cpuMicroseconds: number
  p50Ms: number
  p99Ms: number
  /** Of requests per second, as a share. */
  spread: number
}>

export type Measured = Readonly<{ subject: Subject; options: MeasureOptions }>

/** Requests after which compilers have done what they will do. */
const WARM_REQUESTS = 8_000
const WARM_SECONDS = 4

export async function warm({ subject, options }: Measured, most = WARM_REQUESTS): Promise<void> {
  await measure(subject, { ...options, byWrk: false, seconds: WARM_SECONDS, most })
}

export async function inRounds(
  measured: readonly Measured[],
  rounds: number,
): Promise<readonly Figures[]> {
  const samples: Sample[][] = measured.map(() => [])
  for (let round = 0; round < rounds; round += 1)
    for (const [i, { subject, options }] of measured.entries())
      samples[i]?.push(await measure(subject, options))
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
    spread: spread(samples.map(sample => sample.requestsPerSecond)),
  }
}
