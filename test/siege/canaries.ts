/**
 * Sends mutants of real requests past the simulated gateway into mailboxes with canaries, in roles with each profile,
 * lists of operations, and a protected mailbox. No role may reach what its limits exclude.
 *
 * @module
 */

import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'
import type { CanaryRange, CanaryTried } from './canary-trial.ts'
import { tryCanaries } from './canary-trial.ts'
import { Counter, MAX_FINDINGS, type PartReport, type RunOptions } from './part.ts'

const COUNT = { short: 20_000, long: 1_000_000 }
/** Minimum shares of the mutants that are forwarded, and that read a canary. With fewer, the part shows little. */
const MIN_FORWARDED_SHARE = 0.12
const MIN_READING_SHARE = 0.02

export type CanaryOptions = Pick<RunOptions, 'root' | 'seed' | 'short' | 'count'>

export async function canaries({ root, seed, short, count }: CanaryOptions): Promise<PartReport> {
  const to = count ?? COUNT[short ? 'short' : 'long']
  const step = short ? 1 : Math.min(availableParallelism(), 8)
  const ranges = Array.from({ length: step }, (_, from) => ({ root, seed, from, to, step }))
  // To load what a thread needs costs more than few mutants.
  const tried = await Promise.all(ranges.map(short ? tryCanaries : workOn))
  const [outcomes, operations] = [new Counter(), new Counter()]
  for (const one of tried) {
    for (const [name, number] of one.outcomes) outcomes.add(name, number)
    for (const [name, number] of one.operations) operations.add(name, number)
  }
  const reading = tried.reduce((sum, one) => sum + one.reading, 0)
  const findings = tried.flatMap(one => one.findings).slice(0, MAX_FINDINGS)
  const forwarded = outcomes.count('forwarded')
  if (forwarded < to * MIN_FORWARDED_SHARE || reading < to * MIN_READING_SHARE)
    findings.push(`only ${forwarded} were forwarded, and ${reading} read a canary: too few`)
  return {
    part: 'canaries',
    tried: to,
    lines: [
      `mutants in ${tried[0]?.roles} roles, seed ${seed}: ${outcomes}`,
      `${reading.toLocaleString('en')} read canaries inside of their limits; forwarded: ${operations}`,
    ],
    findings,
  }
}

function workOn(range: CanaryRange): Promise<CanaryTried> {
  const worker = new Worker(new URL('./canary-worker.ts', import.meta.url), { workerData: range })
  return new Promise((resolve, reject) => {
    worker.once('message', resolve).once('error', reject)
    worker.once('exit', code => reject(new Error(`A worker ended with ${code}`)))
  })
}
