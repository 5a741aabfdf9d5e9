/**
 * Runs all parts of the bench in order, and writes their results.
 *
 * @module
 */

import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { noRedis, RedisServer } from '../test/kit/services/redis.ts'
import { type Bar, barsTable } from './bars.ts'
import { build } from './build.ts'
import { cases } from './cases.ts'
import { encrypted } from './encrypted.ts'
import { type BenchEnvironment, withEnvironment } from './environment.ts'
import { flatness } from './flatness.ts'
import { footprint } from './footprint.ts'
import { layers } from './layers.ts'
import { machine } from './machine.ts'
import { micro } from './micro.ts'
import { BARE } from './peers.ts'
import { pinSelf } from './process.ts'
import { processes } from './processes.ts'
import { profile } from './profile.ts'
import { ALL_PEERS, small } from './small.ts'
import { starting } from './starting.ts'
import { streams } from './streams.ts'
import { asMarkdown, asText, type Table } from './table.ts'
import { transfers } from './transfers.ts'
import { UsageError } from './usage.ts'

export type BenchOptions = Readonly<{ short: boolean; part?: string[] | undefined }>

/** A part: its tables, and what it could not measure here. */
export type Part = Readonly<{
  tables: readonly Table[]
  bars?: readonly Bar[]
  skipped?: readonly string[]
}>

type Run = (environment: BenchEnvironment, redis: string | undefined) => Promise<Part>

const PARTS: Readonly<Record<string, Run>> = {
  small: (environment, redis) =>
    small(environment, { rounds: 5, seconds: 1, redis, names: ALL_PEERS, thorough: true }),
  encrypted,
  cases,
  flatness,
  layers,
  profile,
  micro,
  transfers,
  streams,
  footprint,
  processes,
  starting,
}

/** Seconds that `npm test` can spare. */
const SHORT: Readonly<Record<string, Run>> = {
  small: environment =>
    small(environment, { rounds: 1, seconds: 0.3, names: [BARE], thorough: false }),
}

/** @returns the exit code */
export async function bench(
  { short, part: wanted }: BenchOptions,
  print: (text: string) => void,
): Promise<number> {
  pinSelf()
  if (!short) installPeers(print)
  const parts = short ? SHORT : PARTS
  const tables: Table[] = []
  const bars: Bar[] = []
  const skipped: string[] = []
  let failed = 0
  const redis = short || noRedis !== false ? undefined : await RedisServer.start()
  print(machine())
  const folder = mkdtempSync(join(tmpdir(), 'ews-gateway-dist-'))
  try {
    const built = short ? undefined : build(folder)
    for (const name of wanted ?? Object.keys(parts)) {
      const run = parts[name]
      if (run === undefined)
        throw new UsageError(`No part ${name}: ${Object.keys(parts).join(', ')}`)
      try {
        const part = await withEnvironment(
          environment => run(environment, redis && `redis://127.0.0.1:${redis.port}`),
          built,
        )
        for (const table of part.tables) print(asText(table))
        tables.push(...part.tables)
        bars.push(...(part.bars ?? []))
        skipped.push(...(part.skipped ?? []))
      } catch (error) {
        // The other parts are worth having all the same.
        print(`\n${name} FAILED: ${error instanceof Error ? error.message : error}`)
        failed = 1
      }
    }
  } finally {
    await redis?.stop()
    rmSync(folder, { recursive: true, force: true })
  }
  if (bars.length > 0) {
    tables.unshift(barsTable(bars))
    print(asText(barsTable(bars)))
  }
  const left =
    skipped.length === 0 ? [] : [`Not installed here, and left out: ${skipped.join(', ')}.`]
  for (const line of left) print(`\n${line}`)
  if (short || wanted !== undefined) return failed
  const page = ['# Results of the bench', machine(), ...left, ...tables.map(asMarkdown)].join(
    '\n\n',
  )
  writeFileSync(join(import.meta.dirname, 'results.md'), `${page}\n`)
  return failed
}

/** Proxies of npm's, of which the gateway itself needs none. */
function installPeers(print: (text: string) => void): void {
  if (existsSync(join(import.meta.dirname, 'node_modules'))) return
  print('Installing the peers of bench/package.json …')
  spawnSync('npm', ['ci', '--no-audit', '--no-fund'], { cwd: import.meta.dirname, stdio: 'ignore' })
}
