/**
 * How soon a gateway is there, what it takes while nobody calls it, and what it is made of.
 *
 * @module
 */

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Bar } from './bars.ts'
import { median } from './measure.ts'
import type { Stage } from './stage.ts'

const ROUNDS = 5
/** After which a gateway that nobody calls has come to rest. */
const REST_MS = 3_000
const LOCK = join(import.meta.dirname, '../package-lock.json')

export async function starting(stage: Stage): Promise<{ tables: []; bars: readonly Bar[] }> {
  const seconds: number[] = []
  let megabytes = 0
  for (let round = 0; round < ROUNDS; round += 1) {
    const house = await stage.house({ name: `start-${round}` })
    seconds.push(house.readyMs / 1_000)
    if (round === ROUNDS - 1) {
      await sleep(REST_MS)
      megabytes = house.program.rss / 1e6
    }
    await house.program.stop()
  }
  return {
    tables: [],
    bars: [
      { what: 'start of `serve` until it is ready', most: 1, figure: median(seconds), unit: 's' },
      { what: 'memory while nobody calls', most: 120, figure: megabytes, unit: 'MB' },
      { what: 'packages in production', most: 60, figure: productionPackages() },
    ],
  }
}

/** By the lock file: all that `npm ci --omit=dev` installs. */
function productionPackages(): number {
  const { packages } = JSON.parse(readFileSync(LOCK, 'utf8')) as {
    packages: Record<string, { dev?: boolean; devOptional?: boolean; optional?: boolean }>
  }
  return Object.entries(packages).filter(
    ([path, { dev, devOptional, optional }]) => path !== '' && !dev && !devOptional && !optional,
  ).length
}
