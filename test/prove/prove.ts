/**
 * Runs the command `prove`.
 *
 * @module
 */

import { parseArgs } from 'node:util'
import type { PostgresServer } from '../kit/services/postgres.ts'
import { runAll, runPlant, runShort } from './programs.ts'
import { printViolations, report } from './report.ts'

type Print = (line: string) => void

/**
 * Runs the program that the arguments select.
 *
 * @param postgres - a shared server to use instead of a new one
 * @returns the exit code: 1 if there is a violation or a missed goal
 */
export async function prove(
  args: readonly string[],
  print: Print,
  postgres?: PostgresServer,
): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      short: { type: 'boolean', default: false },
      plant: { type: 'string' },
      seed: { type: 'string' },
    },
  })
  const { plant, short, seed = `${Date.now() % 1_000_000}` } = values
  if (plant !== undefined) return await provePlant(plant, print, postgres)
  print(`seed ${seed}`)
  const run = await (short
    ? runShort(Number(seed), print, postgres)
    : runAll(Number(seed), print, postgres))
  try {
    // A short run belongs to the tests, which must pass on a busy machine.
    return (await report(run, print, !short)) ? 0 : 1
  } finally {
    await run.environment.close()
  }
}

/** Runs the scenario of a planted mistake. Like any run, it fails if it finds a violation. */
async function provePlant(name: string, print: Print, postgres?: PostgresServer): Promise<number> {
  const { violations, missed } = await runPlant(name, postgres)
  printViolations(violations, print)
  for (const what of missed) print(`missed: ${what}`)
  return violations.length === 0 && missed.length === 0 ? 0 : 1
}
