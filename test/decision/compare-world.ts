/**
 * Compares a gateway with the naive model: makes an organization what a world says, asks the data
 * plane and the control API, and records every difference.
 */

import { explainNaively } from '../../scripts/decisions/naive-explanation.ts'
import { canBeNamed } from '../../scripts/decisions/naive-people.ts'
import { reachRow } from '../../scripts/decisions/naive-protection.ts'
import type { Settings } from '../../scripts/decisions/random-world.ts'
import type { Answer, Person, Question, Role, World } from '../../scripts/decisions/terms.ts'
import { organizationId } from '../../src/model/identity.ts'
import {
  type ControlApi,
  controlApiOf,
  effectOn,
  explain,
  previewWithoutRules,
} from './control-api.ts'
import { askDataPlane } from './data-plane.ts'
import {
  ALIKE,
  compareEffect,
  compareExplained,
  comparePreview,
  compareRequest,
} from './differences.ts'
import type { Findings } from './findings.ts'
import type { Key, TestGateway } from './gateway.ts'
import { writeWorld } from './write-world.ts'

/** An organization of a gateway, with the keys of its principals. */
export type Organization = Readonly<{
  gateway: TestGateway
  api: ControlApi
  callers: ReadonlyMap<string, Key>
  findings: Findings
  /** The world that was written last. */
  last: { world?: World }
}>

/** A question, the model's answer, and the role that ExplainDecision is asked about. */
export type QuestionCase = Readonly<{ role: Role; question: Question; answer: Answer }>

/** Interval of the roles whose rules are also compared with Effect and Preview. */
const RULES_INTERVAL = 16

export async function openOrganization(
  gateway: TestGateway,
  settings: Settings,
  principals: readonly string[],
  findings: Findings,
): Promise<Organization> {
  const callers = new Map<string, Key>()
  for (const id of principals) callers.set(id, await gateway.makeKey(settings.organizationId, id))
  const api = controlApiOf(gateway.store, settings)
  return { gateway, api, callers, findings, last: {} }
}

export async function compareWorld(
  organization: Organization,
  world: World,
  asked: readonly QuestionCase[],
): Promise<void> {
  const { gateway, findings, last } = organization
  await writeWorld(gateway.store, world, last.world)
  last.world = world
  await gateway.announce(organizationId(world.organizationId))
  await compareRequests(organization, world, asked)
  const ofRules = asked.filter((_, n) => n % RULES_INTERVAL === 0)
  await Promise.all([
    ...asked.map(one => compareExplanation(organization, world, one)),
    ...ofRules.map(({ role }) => compareRules(organization, world, role)),
  ])
  findings.compared += asked.length
}

async function compareRequests(
  { gateway, callers, findings }: Organization,
  world: World,
  asked: readonly QuestionCase[],
): Promise<void> {
  const answered = await Promise.all(
    asked.map(async one => {
      const key = callers.get(one.question.caller)
      if (key === undefined) throw new RangeError(`No key for ${one.question.caller}`)
      return { ...one, seen: await askDataPlane(gateway, one.question, key) }
    }),
  )
  const records = gateway.decisions()
  for (const { role, question, answer, seen } of answered) {
    findings.countReason(answer.reason)
    if (ALIKE.includes(answer.reason)) findings.textsOfAlike.add(seen.text)
    const difference = compareRequest(answer, seen, records.get(seen.decisionId))
    findings.record('Data plane', difference, world, role, question)
  }
}

async function compareExplanation(
  { api, findings }: Organization,
  world: World,
  { role, question }: QuestionCase,
): Promise<void> {
  const answer = explainNaively(world, role, question)
  findings.countVerdict(answer.verdict)
  const explained = await explain(api, world, role, question)
  const difference = compareExplained(world, role, question, answer, explained)
  findings.record('ExplainDecision', difference, world, role, question)
}

/** Compares the preview of the role without rules, and the effect of the rules on one user. */
async function compareRules(
  { api, findings }: Organization,
  world: World,
  role: Role,
): Promise<void> {
  const preview = await previewWithoutRules(api, role)
  findings.record('Preview', comparePreview(world, role, preview), world, role)
  const user = world.users.find(({ deleted }: Person) => !deleted)
  if (user === undefined) return
  const row = reachRow(world, role, canBeNamed(world, user) ? user : undefined)
  const effect = await effectOn(api, role, user)
  findings.record(`Effect on ${user.id}`, compareEffect(role, row, effect), world, role)
}
