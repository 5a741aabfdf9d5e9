/**
 * Rows of a comparison: each measures the two gateways of a pair one after the other.
 *
 * @module
 */

import { setTimeout as sleep } from 'node:timers/promises'
import type { BenchEnvironment } from './environment.ts'
import { type GatewayProcess, subjectOf } from './gateway.ts'
import { type MeasureOptions, measure, median } from './measure.ts'
import { type FigurePair, inPairs } from './pairs.ts'
import {
  AUTODISCOVER,
  AUTODISCOVER_PATH,
  attachment,
  CEO,
  envelope,
  FIND_ITEM,
  markup,
} from './requests.ts'
import { warm } from './rounds.ts'
import { send } from './transfers.ts'

const UPLOAD_BYTES = 20_000_000

/** How long each figure is measured. */
export type Effort = Readonly<{
  /** Time after its start in which a gateway becomes idle. */
  restMs: number
  /** Requests that warm a gateway before its first figure. */
  cold: number
  /** Slices of load for a figure, and the seconds of each. */
  slices: number
  seconds: number
  /** Uploads for a figure, and uploads before that don't count. */
  uploads: number
  coldUploads: number
}>

/** The two gateways of a pair, in the order in which they are measured. */
type Gateways = readonly [GatewayProcess, GatewayProcess]

/** A row. Less is better in all of them. */
export type Row = Readonly<{
  name: string
  /** Returns a figure for each gateway, in their order. */
  measure: (gateways: Gateways) => Promise<FigurePair>
}>

/** Returns the rows in the order in which they must be measured: the first ones need gateways at rest. */
export function rowsOf(environment: BenchEnvironment, effort: Effort): readonly Row[] {
  const { folder } = environment
  const request = (name: string, body: string, options: Partial<MeasureOptions> = {}): Row => {
    const { seconds } = effort
    const measured = { folder, bodyFile: environment.body(body), seconds, ...options }
    return { name, measure: gateways => measureRequests(gateways, measured, effort) }
  }
  const upload = (name: string, body: Uint8Array): Row => ({
    name,
    measure: gateways => measureUploads(gateways, body, effort),
  })
  return [
    {
      name: 'start until ready, ms',
      measure: async ([one, other]) => [one.readyMs, other.readyMs],
    },
    { name: 'memory at rest, MB', measure: gateways => measureRest(gateways, effort) },
    request('small request, CPU µs', envelope(FIND_ITEM)),
    request('denied request, CPU µs', envelope(FIND_ITEM, { address: CEO }), { status: '500' }),
    request('Autodiscover, CPU µs', AUTODISCOVER, { path: AUTODISCOVER_PATH }),
    upload('20 MB upload of base64, CPU ms', attachment(UPLOAD_BYTES)),
    upload('20 MB upload of markup, CPU ms', markup(UPLOAD_BYTES)),
  ]
}

async function measureRest([one, other]: Gateways, { restMs }: Effort): Promise<FigurePair> {
  await sleep(restMs)
  return [one.program.rss / 1e6, other.program.rss / 1e6]
}

/** Warms both gateways, then interleaves their slices. */
async function measureRequests(
  gateways: Gateways,
  options: MeasureOptions,
  { cold, slices }: Effort,
): Promise<FigurePair> {
  for (const gateway of gateways) await warm({ subject: asSubject(gateway), options }, cold)
  return await mediansOf(gateways, slices, async gateway => {
    const { cpuMicroseconds } = await measure(asSubject(gateway), options)
    return cpuMicroseconds
  })
}

async function measureUploads(
  gateways: Gateways,
  body: Uint8Array,
  { uploads, coldUploads }: Effort,
): Promise<FigurePair> {
  const upload = async (gateway: GatewayProcess) => (await send(asSubject(gateway), body)).cpuMs
  await mediansOf(gateways, coldUploads, upload)
  return await mediansOf(gateways, uploads, upload)
}

const asSubject = (gateway: GatewayProcess) => subjectOf('gateway', gateway, gateway.basic)

/** Measures both gateways several times in turn and returns the median of each. */
async function mediansOf(
  gateways: Gateways,
  times: number,
  measureOne: (gateway: GatewayProcess) => Promise<number>,
): Promise<FigurePair> {
  const pairs = await inPairs(gateways, times, async ([one, other]) => [
    [await measureOne(one), await measureOne(other)],
  ])
  const figures = pairs.flat()
  return [median(figures.map(([one]) => one)), median(figures.map(([, other]) => other))]
}
