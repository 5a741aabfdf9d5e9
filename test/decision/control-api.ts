/**
 * Asks the control API about a question of the naive model.
 */

import { personNamed } from '../../scripts/decisions/naive-people.ts'
import type { Person, Question, Role, Target, World } from '../../scripts/decisions/terms.ts'
import { basic } from './data-plane.ts'
import type { Key, TestGateway } from './gateway.ts'

type Group = Readonly<{ GroupId: string }>

export type Explained = Readonly<{
  Verdict: string
  Reason?: string
  EndedBy?: string
  MatchedRules: readonly string[]
  MatchedGroups?: readonly Group[]
  Checks: readonly Readonly<{ Name: string; Outcome: string; Reason?: string }>[]
  AccessControlRules: readonly Readonly<{ Name: string; Matched: boolean }>[]
  ImpersonationRules: readonly Readonly<{ ImpersonationRuleId: string; Matched: boolean }>[]
}>

export type Effect = Readonly<{
  Type: string
  Effect: string
  MatchedRules: readonly Readonly<{ ImpersonationRuleId: string }>[]
  MatchedGroups?: readonly Group[]
}>

type Change = Readonly<{ UserId: string; Before: string; MatchedGroups?: readonly Group[] }>
export type Preview = Readonly<{ Gained: readonly Change[]; Lost: readonly Change[] }>

export type Administrator = Readonly<{ organization: string; key: Key }>

/** Explains a question to a role. */
export const explain = (
  gateway: TestGateway,
  administrator: Administrator,
  world: World,
  role: Role,
  { target, operation, from }: Pick<Question, 'target' | 'operation' | 'from'>,
): Promise<Explained> =>
  call(gateway, administrator, 'EwsGateway.ExplainDecision', {
    ImpersonationRoleId: role.id,
    ...(target && { TargetUser: identifierOf(world, target) }),
    Operation: operation,
    SourceAddress: from,
  })

/** The ID, because the API looks up a name in every way, and a request in one. */
const identifierOf = (world: World, target: NonNullable<Target>): string =>
  personNamed(world, target)?.id ?? 'unknown@example.net'

export const effectOn = (
  gateway: TestGateway,
  administrator: Administrator,
  role: Role,
  user: Person,
): Promise<Effect> =>
  call(gateway, administrator, 'WorkMailService.GetImpersonationRoleEffect', {
    ImpersonationRoleId: role.id,
    TargetUser: user.id,
  })

/** Previews the role without its rules. */
export const previewWithoutRules = (
  gateway: TestGateway,
  administrator: Administrator,
  role: Role,
): Promise<Preview> =>
  call(gateway, administrator, 'EwsGateway.PreviewImpersonationRole', {
    ImpersonationRoleId: role.id,
    Draft: { Rules: [] },
  })

async function call<T>(
  { control }: TestGateway,
  { organization, key }: Administrator,
  action: string,
  input: object,
): Promise<T> {
  const response = await control.request({
    path: '/',
    method: 'POST',
    headers: {
      'Content-Type': 'application/x-amz-json-1.1',
      'X-Amz-Target': action,
      Authorization: basic(key.id, key.secret),
    },
    body: JSON.stringify({ OrganizationId: organization, ...input }),
  })
  const text = await response.body.text()
  if (response.statusCode !== 200) throw new Error(`${action} ${JSON.stringify(input)}: ${text}`)
  return JSON.parse(text) as T
}
