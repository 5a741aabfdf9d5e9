/**
 * The tables of fixtures/conformance, over the wire: for every bound a request at it and one past
 * it, with the answer or the error that is expected.
 *
 * In an input, `{ repeat, times }` is text, `{ list, times }` a list whose entries may have a `#`
 * for their number, and `@…` what differs from run to run.
 */

import { readdirSync, readFileSync } from 'node:fs'
import t from 'tap'
import { ACTIONS } from '../../src/control/actions.ts'
import { CONTROL_LIMITS } from '../../src/control/limits.ts'
import { DEFAULT_GUARD, roleId } from '../../src/model/role.ts'
import {
  type ControlTestServer,
  ORGANIZATION,
  startControlTestServer,
} from '../kit/control-test-server.ts'

type Row = Readonly<{
  case: string
  set?: Readonly<Record<string, unknown>>
  unset?: readonly string[]
  /** How often the request is sent; every time it has this ending. */
  times?: number
  /** Members that the response must have at least. */
  answer?: object
  error?: string
  /** Text that the error's message contains. */
  says?: string
}>

type Table = Readonly<{
  about: string
  limits: keyof typeof CONTROL_LIMITS
  /** How many there are already. */
  stored?: Readonly<{ roles?: number; accessControlRules?: number }>
  action: string
  input: Readonly<Record<string, unknown>>
  rows: readonly Row[]
}>

const FOLDER = new URL('../../fixtures/conformance/', import.meta.url)
const files = readdirSync(FOLDER).filter(name => name.endsWith('.json'))
const tables = files.map(name => ({
  name,
  table: JSON.parse(readFileSync(new URL(name, FOLDER), 'utf8')) as Table,
}))

for (const { name, table } of tables)
  t.test(`conformance ${name}`, async t => {
    const control = await startControlTestServer(t, { limits: CONTROL_LIMITS[table.limits] })
    const words = await wordsOf(control)
    await fill(control, table.stored)
    const wrong: string[] = []
    for (const row of table.rows)
      for (let time = 0; time < (row.times ?? 1); time += 1) {
        const input = { ...table.input, ...row.set }
        for (const member of row.unset ?? []) delete input[member]
        const { type, message, body } = await control.call(table.action, expand(input, words))
        if (row.error === undefined) {
          if (type !== undefined) wrong.push(`${row.case}: ${type}: ${message?.slice(0, 300)}`)
          t.match(body, expand(row.answer ?? {}, words) as object, row.case)
        } else if (type !== row.error || !message?.includes(row.says ?? ''))
          wrong.push(`${row.case}: ${type}: ${message?.slice(0, 300)}`)
      }
    t.strictSame(wrong, [])
  })

t.test('conformance has a table for every action of WorkMail', async t => {
  const covered = new Set(tables.map(({ table }) => table.action))
  const names = [...ACTIONS.values()].filter(({ service }) => service === 'WorkMailService')
  t.strictSame(
    names.map(({ name }) => name).filter(name => !covered.has(name)),
    [],
  )
})

t.test('every row expects one result, and every title is unique in its table', async t => {
  for (const { name, table } of tables) {
    const titles = table.rows.map(row => row.case)
    t.equal(new Set(titles).size, titles.length, name)
    t.ok(table.rows.every(({ answer, error }) => (answer === undefined) !== (error === undefined)))
  }
})

async function fill(
  { store }: ControlTestServer,
  { roles = 0, accessControlRules = 0 }: Table['stored'] = {},
): Promise<void> {
  for (let i = 0; i < roles; i += 1)
    await store.putRole({
      id: roleId(crypto.randomUUID()),
      organizationId: ORGANIZATION,
      name: `stored ${i}`,
      type: 'READ_ONLY',
      rules: [],
      guard: DEFAULT_GUARD,
    })
  for (let i = 0; i < accessControlRules; i += 1)
    await store.putAccessControlRule(ORGANIZATION, {
      name: `stored-${i}`,
      effect: 'ALLOW',
      description: '',
    })
}

type Words = Readonly<Record<string, () => string>>

/** Every table starts with a group and a role of one rule, which lets it act as everyone. */
async function wordsOf(control: ControlTestServer): Promise<Words> {
  const everyone = { ImpersonationRuleId: 'everyone', Effect: 'ALLOW' }
  const role = await control.createRole('role', [everyone], { Type: 'READ_ONLY' })
  const alice = await control.userId('alice@example.com')
  const sales = { name: 'sales', users: [alice], groups: [] }
  const { group } = await control.store.putGroup(ORGANIZATION, sales)
  return {
    '@organization': () => ORGANIZATION,
    '@role': () => role,
    '@alice': () => alice,
    '@group': () => group.id,
    '@unique': () => crypto.randomUUID(),
  }
}

function expand(value: unknown, words: Words): unknown {
  if (typeof value === 'string') return words[value]?.() ?? value
  if (Array.isArray(value)) return value.map(entry => expand(entry, words))
  if (typeof value !== 'object' || value === null) return value
  const { repeat, list, times } = value as { repeat?: string; list?: unknown; times?: number }
  if (repeat !== undefined) return repeat.repeat(times ?? 0)
  if (list !== undefined)
    return Array.from({ length: times ?? 0 }, (_, i) => expand(numbered(list, i), words))
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [name, expand(member, words)]),
  )
}

const numbered = (value: unknown, number: number): unknown =>
  JSON.parse(JSON.stringify(value).replace('#', String(number)))
