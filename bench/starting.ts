/**
 * Time until a gateway is ready, and its memory while it is idle.
 *
 * @module
 */

import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Part } from './bench.ts'
import type { BenchEnvironment } from './environment.ts'
import { median, spread } from './measure.ts'
import { figure } from './table.ts'

const ROUNDS = 5
/** Time after which a gateway without requests is idle. */
const REST_MS = 3_000

export async function starting(environment: BenchEnvironment): Promise<Part> {
  const compiled = join(environment.folder, 'compiled')
  const dist: Begun = { seconds: [], megabytes: [] }
  const sources: Begun = { seconds: [], megabytes: [] }
  for (let round = 0; round < ROUNDS; round += 1) {
    await begin(environment, { name: `start-dist-${round}` }, dist)
    await begin(
      environment,
      { name: `start-sources-${round}`, built: undefined, compiled },
      sources,
    )
  }
  return {
    tables: [
      {
        title: 'Start and rest',
        columns: ['', 'until ready, s', 'spread', 'memory at rest, MB', 'spread'],
        rows: [
          ['`dist/`, as package and image have it', ...cellsOf(dist)],
          ['the sources, as `npm start` runs them in a checkout', ...cellsOf(sources)],
        ],
        note: 'At the first starts types are stripped from the sources, and what strips them stays in memory; then\n`npm start` has kept what came of it.',
      },
    ],
    bars: [
      {
        what: 'memory at rest',
        most: 120,
        figure: median(dist.megabytes),
        unit: 'MB',
        beside: 'from `dist/`',
      },
    ],
  }
}

/** Results of each round. */
type Begun = Readonly<{ seconds: number[]; megabytes: number[] }>

async function begin(
  environment: BenchEnvironment,
  options: Parameters<BenchEnvironment['gateway']>[0],
  begun: Begun,
) {
  const { readyMs, program } = await environment.gateway(options)
  begun.seconds.push(readyMs / 1_000)
  await sleep(REST_MS)
  begun.megabytes.push(program.rss / 1e6)
  // At the end of its own it writes down what it has compiled.
  await program.stop('SIGTERM')
}

const cellsOf = ({ seconds, megabytes }: Begun) =>
  [seconds, megabytes].flatMap(values => [
    figure(median(values)),
    `${Math.round(spread(values) * 100)} %`,
  ])
