/**
 * Properties of a request that change its cost: size, cached prologue, decision.
 *
 * @module
 */

import type { BenchEnvironment } from './environment.ts'
import { subjectOf } from './gateway.ts'
import type { MeasureOptions } from './measure.ts'
import { BARE, NAIVE, NGINX, type Subject } from './peers.ts'
import { attachment, CEO, envelope, FIND_ITEM, markup, NUMBER, THOUSAND_ITEMS } from './requests.ts'
import { type Figures, inRounds, type Measured, percent, warm } from './rounds.ts'
import { figure, type Table } from './table.ts'

const ROUNDS = 5
const SECONDS = 0.5
const MEGABYTE = 1_000_000

type Case = Readonly<{
  name: string
  body: string | Uint8Array
  beside: readonly string[]
  /** Status of the response of a subject that makes decisions. */
  status?: string
}>

const CASES: readonly Case[] = [
  { name: 'small read', body: envelope(FIND_ITEM), beside: [BARE, NGINX, NAIVE] },
  {
    name: 'small read, every prologue another',
    body: envelope(FIND_ITEM, { blanks: `<!--${NUMBER}-->` }),
    beside: [BARE, NGINX, NAIVE],
  },
  {
    name: 'denied by a rule',
    body: envelope(FIND_ITEM, { address: CEO }),
    beside: [BARE, NAIVE],
    status: '500',
  },
  { name: '1,000 ItemIds', body: envelope(THOUSAND_ITEMS), beside: [BARE, NGINX, NAIVE] },
  { name: '1 MB of base64', body: attachment(MEGABYTE), beside: [BARE, NGINX] },
  { name: '1 MB of markup', body: markup(MEGABYTE), beside: [BARE, NGINX] },
]

export async function cases(environment: BenchEnvironment): Promise<{ tables: readonly Table[] }> {
  const started = await environment.gateway({ name: 'plain' })
  const gateway = subjectOf(GATEWAY, started, started.basic)
  const rows: string[][] = []
  for (const one of CASES) {
    const peers: Subject[] = []
    for (const name of one.beside) {
      const peer = await environment.peer(name)
      if (peer !== undefined) peers.push(peer)
    }
    rows.push(
      rowOf(one, await inRounds(await warmed(environment, one, [gateway, ...peers]), ROUNDS)),
    )
  }
  return {
    tables: [
      {
        title: 'What makes a request dearer',
        columns: ['CPU µs/request', 'gateway', '±', 'requests/s', BARE, NGINX, NAIVE],
        rows,
        note: 'Who only passes on answers what is denied, too.',
      },
    ],
  }
}

const GATEWAY = 'gateway'

async function warmed(
  environment: BenchEnvironment,
  { body, status = '200' }: Case,
  subjects: readonly Subject[],
): Promise<readonly Measured[]> {
  const options: MeasureOptions = {
    folder: environment.folder,
    bodyFile: environment.body(body),
    seconds: SECONDS,
  }
  const measured = subjects.map(subject => ({
    subject,
    options: { ...options, status: JUDGES.has(subject.name) ? status : '200' },
  }))
  for (const each of measured) await warm(each)
  return measured
}

/** Who answers what is denied with an error of its own. */
const JUDGES: ReadonlySet<string> = new Set([GATEWAY, NAIVE])

function rowOf({ name }: Case, figures: readonly Figures[]): string[] {
  const of = (subject: string, read: (figures: Figures) => string) => {
    const found = figures.find(each => each.name === subject)
    return found === undefined ? '' : read(found)
  }
  const cpuOf = (subject: string) => of(subject, each => figure(each.cpuMicroseconds))
  return [
    name,
    cpuOf(GATEWAY),
    of(GATEWAY, each => percent(each.spread)),
    of(GATEWAY, each => figure(each.requestsPerSecond)),
    ...[BARE, NGINX, NAIVE].map(cpuOf),
  ]
}
