/**
 * Tries the mutants of a range of numbers; a thread of its own.
 *
 * @module
 */

import { parentPort, workerData } from 'node:worker_threads'
import { flawOf } from './compare.ts'
import { Judge } from './fate.ts'
import { Mutants } from './mutants.ts'
import { FINDINGS_KEPT, Tally } from './part.ts'

export type Range = Readonly<{ root: string; seed: number; from: number; to: number; step: number }>

export type Tried = Readonly<{
  outcomes: readonly (readonly [string, number])[]
  /** Forwarded ones by operation. */
  operations: readonly (readonly [string, number])[]
  through: readonly string[]
}>

const { root, seed, from, to, step } = workerData as Range
const judge = await Judge.of(root)
const mutants = new Mutants(seed)
const outcomes = new Tally()
const operations = new Tally()
const through: string[] = []

// Half of the mutants are rejected, and nothing reads the stack traces. With them, a rejection takes twice
// as long.
Error.stackTraceLimit = 1

for (let number = from; number < to; number += step) {
  const flaw = await tryOne(number)
  if (flaw === undefined) continue
  outcomes.add('GOT THROUGH')
  if (through.length < FINDINGS_KEPT) through.push(`mutant ${number} of seed ${seed}: ${flaw}`)
}
const tried: Tried = { outcomes: outcomes.entries(), operations: operations.entries(), through }
parentPort?.postMessage(tried)

async function tryOne(number: number): Promise<string | undefined> {
  try {
    const fate = await judge.fateOf(mutants.mutant(number))
    if (fate.kind === 'refused') outcomes.add(fate.reason)
    else {
      outcomes.add(fate.denied ?? 'forwarded')
      if (fate.denied === undefined) operations.add(fate.prologue.requestElement)
      return flawOf(fate)
    }
  } catch (error) {
    return `a bug: ${(error as Error).stack}`
  }
  return undefined
}
