/**
 * Compares this checkout with another one, row by row.
 *
 * Each pair starts a fresh gateway of either checkout, from its own build, and measures every row on both
 * before the next row. Every second pair, and every second slice of a row, goes the other way round (ABBA). Load, upstream, and clock are
 * this checkout's for both, so a difference is the gateway's.
 *
 * @module
 */

import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Checkout, openCheckout, thisCheckout } from './checkout.ts'
import { type Effort, type Row, rowsOf } from './compared.ts'
import { type BenchEnvironment, withEnvironment } from './environment.ts'
import type { GatewayProcess } from './gateway.ts'
import { evaluateRatios, intervalOf } from './interval.ts'
import { machine } from './machine.ts'
import { median } from './measure.ts'
import { type FigurePair, inPairs } from './pairs.ts'
import { pinSelf } from './process.ts'
import { COLD } from './rounds.ts'
import { asText, figure, type Table } from './table.ts'
import { type Options, UsageError } from './usage.ts'

const PAIRS = 10

const FULL: Effort = {
  restMs: 3_000,
  cold: COLD,
  slices: 4,
  seconds: 0.5,
  uploads: 6,
  coldUploads: 4,
}
const SHORT: Effort = {
  restMs: 1_000,
  cold: 4_000,
  slices: 2,
  seconds: 0.3,
  uploads: 2,
  coldUploads: 2,
}

/** A checkout with its build. */
type Side = Readonly<{ name: string; checkout: Checkout; built: string }>

/**
 * Compares this checkout with the one in a folder and prints a table.
 *
 * @throws UsageError if the folder is not an installed checkout of this project, or if no row begins with
 *   a name in `only`
 */
export async function against(
  folder: string,
  { short, only }: Pick<Options, 'short' | 'only'>,
  print: (text: string) => void,
): Promise<void> {
  const other = await openCheckout(folder)
  pinSelf()
  print(machine())
  print(`this: ${thisCheckout.folder}\nthat: ${other.folder}`)
  const builds = mkdtempSync(join(tmpdir(), 'ews-gateway-builds-'))
  try {
    const sides = [
      buildSide('this', thisCheckout, builds),
      buildSide('that', other, builds),
    ] as const
    const table = await withEnvironment(environment => {
      const rows = chosen(rowsOf(environment, short ? SHORT : FULL), only)
      return compare(environment, sides, rows, print)
    })
    print(asText(table))
  } finally {
    rmSync(builds, { recursive: true, force: true })
  }
}

function chosen(rows: readonly Row[], only: readonly string[] | undefined): readonly Row[] {
  if (only === undefined) return rows
  const isChosen = ({ name }: Row) => only.some(start => name.startsWith(start))
  const names = rows.map(({ name }) => name)
  const unknown = only.find(start => !names.some(name => name.startsWith(start)))
  if (unknown === undefined) return rows.filter(isChosen)
  throw new UsageError(
    `--only: no row begins with "${unknown}". The rows are: ${names.join('; ')}.`,
  )
}

function buildSide(name: string, checkout: Checkout, builds: string): Side {
  const folder = join(builds, name)
  mkdirSync(folder)
  return { name, checkout, built: checkout.build(folder) }
}

async function compare(
  environment: BenchEnvironment,
  sides: readonly [Side, Side],
  rows: readonly Row[],
  print: (text: string) => void,
): Promise<Table> {
  const pairs = await inPairs(sides, PAIRS, async (order, pair) => {
    print(`Pair ${pair + 1} of ${PAIRS}`)
    const gateways = [
      await start(environment, order[0], pair),
      await start(environment, order[1], pair),
    ] as const
    const figures: FigurePair[] = []
    for (const row of rows) figures.push(await row.measure(gateways))
    for (const gateway of gateways) await remove(gateway)
    return figures
  })
  return tableOf(rows, pairs)
}

/** Starts a gateway on a store of its own. The next one starts when it has nothing left to do. */
async function start(
  environment: BenchEnvironment,
  { name, checkout, built }: Side,
  pair: number,
): Promise<GatewayProcess> {
  const gateway = await environment.gateway({ name: `${name}-${pair}`, built, setup: checkout })
  await gateway.program.rests()
  return gateway
}

/** Stops a gateway and removes its files, because the audit of ten pairs would fill a disk. */
async function remove({ program, place }: GatewayProcess): Promise<void> {
  await program.stop()
  rmSync(place, { recursive: true })
}

const tableOf = (rows: readonly Row[], pairs: readonly (readonly FigurePair[])[]): Table => ({
  title: 'This checkout against that one',
  columns: ['', 'this', 'that', 'this/that', 'interval', 'verdict'],
  rows: rows.map(({ name }, i) => [name, ...cellsOf(pairs.map(pair => pair[i] as FigurePair))]),
  note: noteOf(PAIRS),
})

function cellsOf(figures: readonly FigurePair[]): readonly string[] {
  const { ratio, low, high, verdict } = evaluateRatios(figures.map(([own, other]) => own / other))
  return [
    figure(median(figures.map(([own]) => own))),
    figure(median(figures.map(([, other]) => other))),
    ratio.toFixed(3),
    `${low.toFixed(3)}–${high.toFixed(3)}`,
    verdict,
  ]
}

function noteOf(pairs: number): string {
  const { rank, confidence } = intervalOf(pairs)
  return (
    `Less is better. Medians of ${pairs} pairs. The interval is from the ratio with rank ${rank} to the one with ` +
    `rank ${pairs + 1 - rank} and contains the true median\nwith ${(confidence * 100).toFixed(1)}% confidence ` +
    '(exact binomial, at least 95%). "no difference": it contains 1.'
  )
}
