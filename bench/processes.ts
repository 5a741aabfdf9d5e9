/**
 * One process on the data port, and two that share it: what a second core brings.
 *
 * @module
 */

import { spawnSync } from 'node:child_process'
import type { BenchEnvironment } from './environment.ts'
import { type GatewayProcess, subjectOf } from './gateway.ts'
import { type MeasureOptions, measure, median } from './measure.ts'
import { envelope, THOUSAND_ITEMS } from './requests.ts'
import { figure, type Table } from './table.ts'

const ROUNDS = 3
const SECONDS = 2

export async function processes(
  environment: BenchEnvironment,
): Promise<{ tables: readonly Table[] }> {
  const one = await environment.gateway({ name: 'one', shared: true })
  const options = {
    folder: environment.folder,
    // Dear for the gateway and cheap for load and server, which have no cores of their own here.
    bodyFile: environment.body(envelope(THOUSAND_ITEMS)),
    seconds: SECONDS,
  }
  free(one)
  const alone = await throughput(one, options)
  const two = await environment.second(one)
  free(two)
  const both = await throughput(one, options)
  return {
    tables: [
      {
        title: 'Processes on one port (`listen.shareData`), 1,000 ItemIds, nothing pinned',
        columns: ['', 'requests/s'],
        rows: [
          ['one process', figure(alone)],
          ['two processes', figure(both)],
          ['two against one', figure(both / alone)],
        ],
        note: "On two cores, load and upstream take their share of both, so two processes can't be twice as fast.",
      },
    ],
  }
}

/** Lets the kernel put it on any core. */
const free = ({ program }: GatewayProcess) =>
  spawnSync('taskset', ['-a', '-cp', '0-1023', `${program.pid}`], { stdio: 'ignore' })

async function throughput(gateway: GatewayProcess, options: MeasureOptions): Promise<number> {
  const subject = subjectOf('gateway', gateway, gateway.basic)
  const rounds: number[] = []
  for (let round = 0; round < ROUNDS; round += 1)
    rounds.push((await measure(subject, options)).requestsPerSecond)
  return median(rounds)
}
