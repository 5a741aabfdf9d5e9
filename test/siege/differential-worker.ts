/**
 * Tries the mutants of a range of numbers; a thread of its own.
 *
 * @module
 */

import { parentPort, workerData } from 'node:worker_threads'
import { flawOf } from './compare.ts'
import { Mutants } from './mutants.ts'
import { Counter, MAX_FINDINGS } from './part.ts'
import { SimulatedGateway } from './simulated-gateway.ts'

export type Range = Readonly<{ root: string; seed: number; from: number; to: number; step: number }>

export type Tried = Readonly<{
  outcomes: readonly (readonly [string, number])[]
  /** Forwarded ones by operation. */
  operations: readonly (readonly [string, number])[]
  findings: readonly string[]
}>

const { root, seed, from, to, step } = workerData as Range
const simulated = await SimulatedGateway.of(root)
const mutants = new Mutants(seed)
const outcomes = new Counter()
const operations = new Counter()
const findings: string[] = []

// Half of the mutants are rejected, and nothing reads the stack traces. With them, a rejection takes twice
// as long.
Error.stackTraceLimit = 1

for (let number = from; number < to; number += step) {
  const flaw = await tryOne(number)
  if (flaw === undefined) continue
  outcomes.add('FINDING')
  if (findings.length < MAX_FINDINGS) findings.push(`mutant ${number} of seed ${seed}: ${flaw}`)
}
const tried: Tried = { outcomes: outcomes.entries(), operations: operations.entries(), findings }
parentPort?.postMessage(tried)

async function tryOne(number: number): Promise<string | undefined> {
  try {
    const outcome = await simulated.simulate(mutants.mutant(number))
    if (outcome.kind === 'rejected') outcomes.add(outcome.reason)
    else {
      outcomes.add(outcome.denied ?? 'forwarded')
      if (outcome.denied === undefined) operations.add(outcome.prologue.requestElement)
      return flawOf(outcome)
    }
  } catch (error) {
    return `a bug: ${(error as Error).stack}`
  }
  return undefined
}
