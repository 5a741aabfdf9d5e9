/**
 * Compares the frozen table and random worlds in a thread of its own, because tap tracks
 * asynchronous work with hooks that take a sixth of the time in the main thread.
 */

import { parentPort, workerData } from 'node:worker_threads'
import { Findings } from './findings.ts'
import { compareFrozenTable } from './frozen-table.ts'
import { startTestGateway } from './gateway.ts'
import { compareRandomWorlds } from './random-worlds.ts'

export type WorkerOptions = Readonly<{ seed: number; worlds: number }>
export type Report = Readonly<{ frozen: Findings; random: Findings }>

const { seed, worlds } = workerData as WorkerOptions
const report: Report = { frozen: new Findings(), random: new Findings() }
const gateway = await startTestGateway()
try {
  await compareFrozenTable(gateway, report.frozen)
  await compareRandomWorlds(gateway, seed, worlds, report.random)
} finally {
  await gateway.close()
}
parentPort?.postMessage(report)
