/**
 * How soon a gateway is there, what it takes while nobody calls it, and what it is made of.
 *
 * @module
 */

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Part } from './bench.ts'
import { median, spread } from './measure.ts'
import type { Stage } from './stage.ts'
import { figure } from './table.ts'

const ROUNDS = 5
/** After which a gateway that nobody calls has come to rest. */
const REST_MS = 3_000
const LOCK = join(import.meta.dirname, '../package-lock.json')

export async function starting(stage: Stage): Promise<Part> {
  const compiled = join(stage.folder, 'compiled')
  const dist: Begun = { seconds: [], megabytes: [] }
  const sources: Begun = { seconds: [], megabytes: [] }
  for (let round = 0; round < ROUNDS; round += 1) {
    await begin(stage, { name: `start-dist-${round}` }, dist)
    await begin(stage, { name: `start-sources-${round}`, built: undefined, compiled }, sources)
  }
  const beside = 'from `dist/`'
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
        what: 'start of `serve` until it is ready',
        most: 1,
        figure: median(dist.seconds),
        unit: 's',
        beside,
      },
      {
        what: 'memory at rest',
        most: 120,
        figure: median(dist.megabytes),
        unit: 'MB',
        beside,
      },
      { what: 'packages in production', most: 60, figure: productionPackages() },
    ],
  }
}

/** Of each round. */
type Begun = Readonly<{ seconds: number[]; megabytes: number[] }>

async function begin(stage: Stage, options: Parameters<Stage['gateway']>[0], begun: Begun) {
  const { readyMs, program } = await stage.gateway(options)
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

/** By the lock file: all that `npm ci --omit=dev` installs. */
function productionPackages(): number {
  const { packages } = JSON.parse(readFileSync(LOCK, 'utf8')) as {
    packages: Record<string, { dev?: boolean; devOptional?: boolean; optional?: boolean }>
  }
  return Object.entries(packages).filter(
    ([path, { dev, devOptional, optional }]) => path !== '' && !dev && !devOptional && !optional,
  ).length
}
