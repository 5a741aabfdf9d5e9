/**
 * Asks the actions of the control API about a question of the naive model.
 */

import { personNamed } from '../../scripts/decisions/naive-people.ts'
import type { Settings } from '../../scripts/decisions/random-world.ts'
import type { Person, Question, Role, Target, World } from '../../scripts/decisions/terms.ts'
import { explainingPorts } from '../../src/app/explaining.ts'
import type { Call, ControlPorts } from '../../src/control/action.ts'
import { ACTIONS } from '../../src/control/actions.ts'
import { CONTROL_LIMITS } from '../../src/control/limits.ts'
import { DEFAULT_LIMITS } from '../../src/ews/reader.ts'
import { MailboxOwners } from '../../src/gateway/mailbox-owners.ts'
import { type Organization, organizationId } from '../../src/model/identity.ts'
import type { Store } from '../../src/store/store.ts'
import { requestBodyOf } from './data-plane.ts'

type UsedPorts = Pick<ControlPorts, 'store' | 'mailboxes' | 'readRequest' | 'limits'>

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

/** Runs an action of the control API on the store, and returns its output. */
export type ControlApi = <Output>(action: string, input: object) => Promise<Output>

/**
 * Runs actions without HTTP, which would take more time than the decisions. They know nothing that the
 * upstream has told the data plane.
 */
export function controlApiOf(store: Store, settings: Settings): ControlApi {
  const organization: Organization = {
    ...settings,
    id: organizationId(settings.organizationId),
    alias: 'place',
    opaqueIds: 'allow',
  }
  const owners = new MailboxOwners(Date.now, () => undefined)
  const ports: UsedPorts = {
    store,
    limits: CONTROL_LIMITS.default,
    ...explainingPorts(new Map(), owners, DEFAULT_LIMITS),
    // No mailbox is known to be shared, and no owner is known.
    mailboxes: { findShared: () => false, findOwners: () => undefined },
  }
  return async <Output>(name: string, input: object) => {
    const action = ACTIONS.get(name)
    if (action === undefined) throw new RangeError(`There is no action ${name}`)
    const run = action.read({ OrganizationId: organization.id, ...input })
    const call = { ports, organization, at: Date.now() } as Call
    return (await run(call)) as Output
  }
}

/** Explains the decision on a question in a role. */
export const explain = (
  api: ControlApi,
  world: World,
  role: Role,
  question: Question,
): Promise<Explained> =>
  api('EwsGateway.ExplainDecision', {
    ImpersonationRoleId: role.id,
    PrincipalId: question.caller,
    ...(question.mailbox !== undefined && { UserNameMailbox: question.mailbox }),
    SourceAddress: question.from,
    SecureTransport: question.secure,
    ...requestOf(world, question),
  })

/** The whole request, or only its operation and user if its body is empty and it comes over TLS. */
function requestOf(world: World, question: Question): object {
  const { target, operation, body, secure } = question
  if (body !== undefined || !secure) return { RequestBody: requestBodyOf(question) }
  return { Operation: operation, ...(target && { TargetUser: identifierOf(world, target) }) }
}

/** The ID, because the API looks up a name in every way, and a request in one. */
const identifierOf = (world: World, target: NonNullable<Target>): string =>
  personNamed(world, target)?.id ?? 'unknown@example.net'

export const effectOn = (api: ControlApi, role: Role, user: Person): Promise<Effect> =>
  api('WorkMailService.GetImpersonationRoleEffect', {
    ImpersonationRoleId: role.id,
    TargetUser: user.id,
  })

/** Previews the role without its rules. */
export const previewWithoutRules = (api: ControlApi, role: Role): Promise<Preview> =>
  api('EwsGateway.PreviewImpersonationRole', {
    ImpersonationRoleId: role.id,
    Draft: { Rules: [] },
  })
