/**
 * What makes a request dearer or cheaper, or must not: its size, what is remembered, how much there
 * is to know.
 *
 * @module
 */

import type { Bar } from './bars.ts'
import { type GatewayHouse, subjectOf } from './gateway.ts'
import type { MeasureOptions } from './measure.ts'
import { BARE, NGINX, type Subject } from './peers.ts'
import { attachment, CEO, envelope, FIND_ITEM, markup, NUMBER, THOUSAND_ITEMS } from './requests.ts'
import { type Figures, inRounds, warm } from './rounds.ts'
import type { Stage } from './stage.ts'
import { figure, type Table } from './table.ts'

const ROUNDS = 3
const SECONDS = 1
const MEGABYTE = 1_000_000
const MANY_USERS = 100_000
/** So many of them are asked for in turn. */
const ASKED_USERS = 10_000
const ROLES = 1_000

type Case = Readonly<{
  name: string
  house: GatewayHouse
  body: string | Uint8Array
  authorizations?: readonly string[]
  /** Beside nginx and the bare pass-through as well. */
  isBeside?: boolean
  options?: Partial<MeasureOptions>
}>

export async function cases(
  stage: Stage,
): Promise<{ tables: readonly Table[]; bars: readonly Bar[] }> {
  const house = await stage.house({ name: 'plain' })
  const large = await stage.house({ name: 'large', users: MANY_USERS, roles: ROLES })
  const rows: string[][] = []
  for (const one of sizes(house)) rows.push(await row(stage, one))
  const known = await interleaved(stage, knowledge(house, large))
  rows.push(...known.map(rowOfKnown))
  return {
    bars: flatness(known),
    tables: [
      {
        title: 'What makes a request dearer, or must not',
        columns: ['CPU µs/request', 'gateway', '±', 'bare undici', 'nginx', 'gateway requests/s'],
        rows,
        note: `In the store: four users and one role, or ${MANY_USERS.toLocaleString('en')} users and ${ROLES.toLocaleString('en')} roles.`,
      },
    ],
  }
}

/** What there is to know must not make a request dearer. */
function flatness(known: readonly Figures[]): readonly Bar[] {
  const costOf = (name: string) =>
    known.find(each => each.name === name)?.cpuMicroseconds ?? Number.NaN
  return [ONE_OF_USERS, HUNDRED_OF_USERS, ONE_ROLE, HUNDRED_ROLES].map(what => ({
    what: `CPU, ${what}, against ${FEW}`,
    most: 1.1,
    figure: costOf(what) / costOf(FEW),
    unit: '×',
  }))
}

const FEW = '4 users, 1 role'
const ONE_OF_USERS = '100,000 users, 1 of them'
const HUNDRED_OF_USERS = '100,000 users, 100 of them'
const ONE_ROLE = '1,000 roles, 1 of them'
const HUNDRED_ROLES = '1,000 roles, 100 of them'

const sizes = (house: GatewayHouse): readonly Case[] => [
  { name: 'small read', house, body: envelope(FIND_ITEM), isBeside: true },
  {
    name: 'small read, every prologue another',
    house,
    body: envelope(FIND_ITEM, { blanks: `<!--${NUMBER}-->` }),
  },
  {
    name: 'denied by a rule',
    house,
    body: envelope(FIND_ITEM, { address: CEO }),
    options: { status: '500' },
  },
  { name: '1,000 ItemIds', house, body: envelope(THOUSAND_ITEMS), isBeside: true },
  { name: '1 MB of base64', house, body: attachment(MEGABYTE), isBeside: true },
  { name: '1 MB of markup', house, body: markup(MEGABYTE), isBeside: true },
]

function knowledge(house: GatewayHouse, large: GatewayHouse): readonly Case[] {
  const inRoles = (count: number) => Array.from({ length: count }, (_, i) => large.inRole(i))
  const body = envelope(FIND_ITEM)
  const anybody = envelope(FIND_ITEM, { address: `user-${NUMBER}@example.com` })
  const asked = (count: number) => ({ from: 0, numbers: count })
  return [
    { name: FEW, house, body },
    { name: ONE_OF_USERS, house: large, body: anybody, options: asked(1) },
    { name: HUNDRED_OF_USERS, house: large, body: anybody, options: asked(100) },
    {
      name: `100,000 users, ${ASKED_USERS.toLocaleString('en')} of them`,
      house: large,
      body: anybody,
      options: asked(ASKED_USERS),
    },
    { name: ONE_ROLE, house: large, body, authorizations: inRoles(1) },
    { name: HUNDRED_ROLES, house: large, body, authorizations: inRoles(100) },
    { name: '1,000 roles, all of them', house: large, body, authorizations: inRoles(ROLES) },
  ]
}

/** One beside the other, all warm before the first counts, for they are compared. */
async function interleaved(stage: Stage, all: readonly Case[]): Promise<readonly Figures[]> {
  const measured = all.map(({ name, house, body, authorizations = [house.basic], options }) => ({
    subject: subjectOf(name, house, ...authorizations),
    options: {
      folder: stage.folder,
      bodyFile: stage.body(body),
      seconds: SECONDS,
      ...options,
    },
  }))
  for (const each of measured) await warm(each)
  return await inRounds(measured, ROUNDS)
}

const rowOfKnown = (row: Figures): string[] => [
  row.name,
  figure(row.cpuMicroseconds),
  `${Math.round(row.spread * 100)} %`,
  '',
  '',
  figure(row.requestsPerSecond),
]

async function row(stage: Stage, one: Case): Promise<string[]> {
  const { house, authorizations = [house.basic], isBeside = false } = one
  const subjects: Subject[] = [subjectOf('gateway', house, ...authorizations)]
  for (const name of isBeside ? [BARE, NGINX] : []) {
    const peer = await stage.peer(name)
    if (peer !== undefined) subjects.push(peer)
  }
  const options = {
    folder: stage.folder,
    bodyFile: stage.body(one.body),
    seconds: SECONDS,
    ...one.options,
  }
  const measured = subjects.map(subject => ({ subject, options }))
  for (const each of measured) await warm(each)
  const figures = await inRounds(measured, ROUNDS)
  const of = (name: string, read: (figures: Figures) => number) => {
    const found = figures.find(each => each.name === name)
    return found === undefined ? '' : figure(read(found))
  }
  const [gateway] = figures
  return [
    one.name,
    of('gateway', each => each.cpuMicroseconds),
    `${Math.round((gateway?.spread ?? 0) * 100)} %`,
    of(BARE, each => each.cpuMicroseconds),
    of(NGINX, each => each.cpuMicroseconds),
    of('gateway', each => each.requestsPerSecond),
  ]
}
