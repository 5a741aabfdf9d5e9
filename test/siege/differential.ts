/**
 * Mutates real requests, as many as fit into the time. Four other readers must understand each forwarded
 * request as the gateway did.
 *
 * @module
 */

import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'
import type { Range, Tried } from './differential-worker.ts'
import { Mutants } from './mutants.ts'
import { Counter, MAX_FINDINGS, type PartReport, type RunOptions } from './part.ts'

/** Minimum share of forwarded requests. With fewer, the comparison would show little. */
const MIN_FORWARDED_SHARE = 0.25

/** Mutated requests. */
const COUNT = { short: 20_000, long: 1_000_000 }

export async function differential(options: RunOptions): Promise<PartReport> {
  const { root, seed, short, count = COUNT[short ? 'short' : 'long'] } = options
  // To load what a thread needs costs more than few mutants.
  const step = short ? 1 : Math.min(availableParallelism(), 8)
  const tried = await Promise.all(
    Array.from({ length: step }, (_, from) => workOn({ root, seed, from, to: count, step })),
  )
  const [outcomes, operations] = [new Counter(), new Counter()]
  for (const one of tried) {
    for (const [name, number] of one.outcomes) outcomes.add(name, number)
    for (const [name, number] of one.operations) operations.add(name, number)
  }
  const forwarded = outcomes.count('forwarded')
  const share = forwarded / count
  const findings = tried.flatMap(one => one.findings).slice(0, MAX_FINDINGS)
  if (share < MIN_FORWARDED_SHARE)
    findings.push(`only ${percent(share)} were forwarded, too few for a result`)
  const named = operations.entries().length
  return {
    part: 'differential',
    tried: count,
    lines: [
      `mutants of ${new Mutants(seed).requests}, seed ${seed}: ${outcomes}`,
      `${percent(share)} forwarded, to ${named} operations; four readers compared every request that was read`,
    ],
    findings,
  }
}

function workOn(range: Range): Promise<Tried> {
  const worker = new Worker(new URL('./differential-worker.ts', import.meta.url), {
    workerData: range,
  })
  return new Promise((resolve, reject) => {
    worker.once('message', resolve).once('error', reject)
    worker.once('exit', code => reject(new Error(`A worker ended with ${code}`)))
  })
}

const percent = (share: number) => `${(share * 100).toFixed(1)} %`
