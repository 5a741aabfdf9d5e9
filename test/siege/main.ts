/**
 * Runs the siege: attacks a gateway, and prints every attack that succeeded.
 *
 * @module
 */

import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { attacks } from './attacks.ts'
import { canaries } from './canaries.ts'
import { mutants } from './code/part.ts'
import { conformance } from './conformance.ts'
import { cost } from './cost.ts'
import { differential } from './differential.ts'
import { http } from './http.ts'
import { memory } from './memory.ts'
import type { PartReport, RunOptions } from './part.ts'
import { revoke } from './revoke.ts'
import { runPlants } from './run-plants.ts'
import { sample } from './sample.ts'
import { Siege } from './siege-target.ts'
import { signIn } from './sign-in.ts'
import { slow } from './slow.ts'

type Part = (options: RunOptions) => Promise<PartReport>

/** Parts that run if none is named. */
const USUAL: Readonly<Record<string, Part>> = {
  conformance,
  attacks,
  differential,
  canaries,
  sample,
  http,
  revoke,
  'sign-in': signIn,
  slow,
  cost,
  memory,
  plants: runPlants,
}
const PARTS = { ...USUAL, mutants } as Readonly<Record<string, Part>>

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    short: { type: 'boolean', default: false },
    seed: { type: 'string', default: '20261124' },
    count: { type: 'string' },
    only: { type: 'string' },
    operation: { type: 'string' },
    path: { type: 'string', multiple: true, default: [] },
    root: { type: 'string', default: fileURLToPath(new URL('../..', import.meta.url)) },
  },
})
const siege = new Siege(values.root)
const options: RunOptions = {
  short: values.short,
  seed: Number(values.seed),
  count: values.count === undefined ? undefined : Number(values.count),
  only: values.only === undefined ? undefined : Number(values.only),
  operation: values.operation,
  paths: values.path,
  root: values.root,
  siege,
  print,
}

function print(text: string) {
  process.stdout.write(`${text}\n`)
}

/** Runs a part and prints its report. @returns the number of findings */
async function runPart(name: string): Promise<number> {
  const part = PARTS[name]
  if (part === undefined) throw new RangeError(`No part ${name}: ${Object.keys(PARTS).join(', ')}`)
  const [began, cpu] = [performance.now(), process.cpuUsage()]
  const { tried, lines, findings } = await part(options)
  const { user, system } = process.cpuUsage(cpu)
  const seconds = (performance.now() - began) / 1_000
  print(
    `${name}: ${tried.toLocaleString('en')} attempts, ${findingsOf(findings.length)}` +
      ` (${seconds.toFixed(1)} s, ${((user + system) / 1e6).toFixed(1)} s CPU)`,
  )
  for (const line of lines) print(`  ${line}`)
  for (const line of findings) print(`  FINDING: ${line}`)
  return findings.length
}

const findingsOf = (count: number) =>
  count === 0 ? 'no findings' : `${count} finding${count === 1 ? '' : 's'}`

let findings = 0
try {
  for (const name of positionals.length > 0 ? positionals : Object.keys(USUAL))
    findings += await runPart(name)
} finally {
  // Otherwise the processes that it started would continue.
  await siege.close()
}
print(`Total: ${findingsOf(findings)}`)
process.exitCode = findings === 0 ? 0 : 1
