/**
 * Plants one mistake after the other, and reports which part noticed it.
 *
 * @module
 */

import { canaries } from './canaries.ts'
import { conformance } from './conformance.ts'
import { differential } from './differential.ts'
import type { PartReport, RunOptions } from './part.ts'
import { PLANTS, plant } from './plants.ts'
import { tokens } from './sign-in-tokens.ts'
import { texts } from './texts.ts'

/** The parts that read in this process: the same mistakes in the gateway's own are no other ones. */
const PARTS: Readonly<Record<string, (options: RunOptions) => Promise<PartReport>>> = {
  attacks: texts,
  conformance,
  differential,
  canaries,
  'sign-in': tokens,
}

const FEW = 2
/** Number of mutants for each mistake. A mistake that needs more to be noticed would be too rare. */
const COUNT = { short: 1_000, long: 20_000 }

/** The short form runs only enough to show that it works. */
export async function runPlants(options: RunOptions): Promise<PartReport> {
  const lines: string[] = []
  const findings: string[] = []
  const count = COUNT[options.short ? 'short' : 'long']
  const plants = options.short ? PLANTS.slice(0, FEW) : PLANTS
  for (const each of plants) {
    const planted = plant(options.root, each)
    try {
      const noticed: string[] = []
      for (const [name, part] of Object.entries(PARTS)) {
        const found = await findingOf(part, {
          ...options,
          count,
          operation: each.operation,
          root: planted.root,
        })
        if (found !== undefined) noticed.push(`${name} (${found})`)
        if (options.short && found !== undefined) break
      }
      lines.push(
        `${each.name}: ${noticed.map(text => text.slice(0, 160)).join('; ') || 'NOT NOTICED'}`,
      )
      if (noticed.length === 0) findings.push(`${each.name}: no part noticed`)
    } finally {
      planted.remove()
    }
  }
  return { part: 'plants', tried: plants.length, lines, findings }
}

/** Returns the first finding of a part. An exception is a finding too. */
async function findingOf(part: (options: RunOptions) => Promise<PartReport>, options: RunOptions) {
  try {
    return (await part(options)).findings[0]
  } catch (error) {
    return `exception: ${(error as Error).message}`
  }
}
