/**
 * Writes `fixtures/decisions/decisions.json`: questions, and the answers of the naive model. The
 * file is frozen: run this only to add rows, or when the rules themselves have changed.
 *
 * @module
 */

import { mkdirSync, writeFileSync } from 'node:fs'
import { QUESTIONS } from './decisions/callers-questions.ts'
import { WORLD } from './decisions/callers-world.ts'
import { questionOf, type Row, worldOf } from './decisions/frozen.ts'
import { decideNaively } from './decisions/naive.ts'
import { isNeutral } from './decisions/naive-operation.ts'
import type { Answer } from './decisions/terms.ts'
import {
  ACCESS_CONTROL,
  ADDRESSES,
  NO_OPERATIONS,
  OPERATIONS,
  ROLES,
  TARGETS,
  USERS,
} from './decisions/world.ts'

const FOLDER = new URL('../fixtures/decisions/', import.meta.url)
const HOME = '192.0.2.7'
const RANDOM_ROWS = 90

const TABLE = { users: USERS, roles: ROLES, accessControl: ACCESS_CONTROL }
const roles = Object.keys(ROLES)
const lists = Object.keys(ACCESS_CONTROL)
const operations = [...OPERATIONS, ...NO_OPERATIONS]

/** Picks the same entries at every run. */
let state = 20_261_124
function pick<T>(list: readonly T[]): T {
  state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
  const index = Math.floor((state / 2 ** 32) * list.length)
  return list[index] as T
}

/** Every role with half of the targets, every operation, and every list of rules from every address. */
const questions: Omit<Row, keyof Answer>[] = [
  ...roles.flatMap((role, i) =>
    TARGETS.filter((_, j) => (i + j) % 2 === 0 || j < 1).map(target => ({
      role,
      accessControl: 'open',
      target,
      operation:
        target === null ? pick(['ResolveNames', 'ConvertId']) : pick(['GetItem', 'FindItem']),
      from: HOME,
    })),
  ),
  ...operations.flatMap(operation =>
    ['all', 'read-all', 'read-extra', 'no-lookups'].map((role, i) => ({
      role,
      accessControl: 'open',
      target: isNeutral(operation) && i % 2 === 0 ? null : (TARGETS[0] ?? null),
      operation,
      from: HOME,
    })),
  ),
  ...lists.flatMap(accessControl =>
    ADDRESSES.flatMap(from =>
      [0, 1].map(() => ({
        role: pick(['all', 'read-all', 'all-but-ceo', 'locked']),
        accessControl,
        target: pick(TARGETS),
        operation: pick(['GetItem', 'GetItem', 'ResolveNames', 'CreateItem']),
        from,
      })),
    ),
  ),
  ...Array.from({ length: RANDOM_ROWS }, () => ({
    role: pick(roles),
    accessControl: pick(lists),
    target: pick(TARGETS),
    operation: pick(operations),
    from: pick(ADDRESSES),
  })),
]

const unique = new Map(questions.map(question => [JSON.stringify(question), question]))
const rows = [...unique.values()]
  .toSorted((a, b) => lists.indexOf(a.accessControl) - lists.indexOf(b.accessControl))
  .map(row => {
    const answer = decideNaively(worldOf(TABLE, row.accessControl), questionOf(row))
    const { verdict, reason, matchedRules } = answer
    return { ...row, verdict, ...(reason !== undefined && { reason }), matchedRules }
  })
const callerRows = QUESTIONS.map(question => ({ ...question, ...decideNaively(WORLD, question) }))

const lines = (name: string, entries: readonly string[]) =>
  `  ${JSON.stringify(name)}: [\n${entries.map(entry => `    ${entry}`).join(',\n')}\n  ]`
const named = (name: string, entries: Readonly<Record<string, unknown>>) =>
  `  ${JSON.stringify(name)}: {\n${Object.entries(entries)
    .map(([key, value]) => `    ${JSON.stringify(key)}: ${JSON.stringify(value)}`)
    .join(',\n')}\n  }`
const inside = (text: string) => text.replaceAll('\n', '\n  ')
const callers = [
  named('world', WORLD),
  lines(
    'rows',
    callerRows.map(row => JSON.stringify(row)),
  ),
].join(',\n')
const text = [
  `  "about": "Decisions of the naive model in scripts/decisions. The gateway must agree."`,
  lines(
    'users',
    USERS.map(user => JSON.stringify(user)),
  ),
  named('roles', ROLES),
  named('accessControl', ACCESS_CONTROL),
  lines(
    'rows',
    rows.map(row => JSON.stringify(row)),
  ),
  `  "callers": {\n  ${inside(callers)}\n  }`,
].join(',\n')

mkdirSync(FOLDER, { recursive: true })
writeFileSync(new URL('decisions.json', FOLDER), `{\n${text}\n}\n`)
