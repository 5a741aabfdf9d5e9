/**
 * Compares the frozen table of fixtures/decisions.
 */

import { readFileSync } from 'node:fs'
import {
  ORGANIZATION,
  questionOf,
  type Row,
  type Table,
  worldOf,
} from '../../scripts/decisions/frozen.ts'
import { decideNaively } from '../../scripts/decisions/naive.ts'
import type { Answer, Question, Role, World } from '../../scripts/decisions/terms.ts'
import { compareWorld, openOrganization, type QuestionCase } from './compare-world.ts'
import type { Findings } from './findings.ts'
import type { TestGateway } from './gateway.ts'

const FILE = new URL('../../fixtures/decisions/decisions.json', import.meta.url)

export async function compareFrozenTable(gateway: TestGateway, findings: Findings): Promise<void> {
  const table: Table = JSON.parse(readFileSync(FILE, 'utf8'))
  const { world, rows } = table.callers
  const principals = world.principals.map(({ id }) => id)
  const organization = await openOrganization(gateway, ORGANIZATION, principals, findings)

  for (const [list, some] of Map.groupBy(table.rows, ({ accessControl }) => accessControl)) {
    const open = worldOf(table, list)
    const asked = some.map(row => askedOf(open, questionOf(row), answerOf(open, row)))
    await compareWorld(organization, open, asked)
  }
  await compareWorld(
    organization,
    world,
    rows.map(row => askedOf(world, row, row)),
  )
}

/** The answer of a row, with what the row leaves to the model. */
function answerOf(world: World, { verdict, reason, matchedRules, ...row }: Row): Answer {
  const { matchedGroups, actAs } = decideNaively(world, questionOf(row))
  return {
    verdict,
    matchedRules,
    matchedGroups,
    ...(reason !== undefined && { reason }),
    ...(actAs !== undefined && { actAs }),
  }
}

/** A row whose user name has no role's ID is explained about the first role. */
function askedOf(
  { roles: [first, ...others] }: World,
  question: Question,
  answer: Answer,
): QuestionCase {
  if (first === undefined) throw new RangeError('The table has no roles')
  const role: Role = others.find(({ id }) => id === question.role) ?? first
  return { role, question, answer }
}
