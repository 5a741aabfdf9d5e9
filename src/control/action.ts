/**
 * What an action of the control API is: its input, its permission and what it does.
 *
 * @module
 */

import type { z } from 'zod'
import type { Audit } from '../audit/audit.ts'
import type { KeyMaker, TokenIssuer } from '../credentials/credentials.ts'
import type { ParsedUsers, Synchronization } from '../directory/directory.ts'
import type { HistorySource } from '../history/history.ts'
import type { BodyFacts, Prologue } from '../model/envelope.ts'
import type { Organization, OrganizationId, User, UserId } from '../model/identity.ts'
import type { MailboxOwnersQuery } from '../model/policy-data.ts'
import type { AccessKey, Principal } from '../model/principal.ts'
import type { ImpersonationRole } from '../model/role.ts'
import type { Store } from '../store/store.ts'
import type { CheckLine } from '../upstream/upstream.ts'

/** How many of everything an organization may have. */
export type ControlLimits = Readonly<{
  roles: number
  rulesPerRole: number
  targetsPerList: number
  targetsPerRole: number
  accessControlRules: number
  /** Of one access control rule. */
  ipRanges: number
  accessControlTargets: number
}>

/** Finds what this gateway knows about mailboxes, and never asks the upstream; undefined: not known. */
export type MailboxFinder = Readonly<{
  findShared: (organization: OrganizationId, user: User) => boolean | undefined
  findOwners: (
    organization: OrganizationId,
    query: MailboxOwnersQuery,
  ) => readonly (UserId | undefined)[] | undefined
}>

/** An EWS request that was read, with subscriptions by the hashes of their IDs. */
export type ParsedRequest = Readonly<{ prologue: Prologue; facts: BodyFacts }>

/** What the actions work with. */
export type ControlPorts = Readonly<{
  organizations: ReadonlyMap<OrganizationId, Organization>
  store: Store
  /** Carries out a change of the store everywhere, as far as everything works. Never throws. */
  announce: (organization: OrganizationId) => Promise<void>
  /** Of the organizations whose users come from a directory. */
  synchronizations: ReadonlyMap<OrganizationId, Synchronization>
  tokens: TokenIssuer
  keys: KeyMaker
  mailboxes: MailboxFinder
  /** Reads an EWS request as the data plane does. @throws Failure */
  readRequest: (xml: string) => ParsedRequest
  /** Reads users in CSV. */
  parseUsers: (csv: string) => ParsedUsers
  /** Looks whether an organization's upstream can be used, by opening the mailbox of an address. */
  checkUpstream: (
    organization: Organization,
    impersonate: string | undefined,
  ) => Promise<readonly CheckLine[]>
  audit: Audit
  /** Absent where none is kept. */
  history?: HistorySource
  /** Where tools reach the data listener. */
  ewsUrl: () => string
  limits: ControlLimits
  /** The time in milliseconds since the epoch. */
  now: () => number
}>

/** One call of an action by somebody who may call it. */
export type Call = Readonly<{
  ports: ControlPorts
  organization: Organization
  principal: Principal
  key: AccessKey
  sourceAddress: string
  /** Over TLS, or from this machine. */
  secure: boolean
  at: number
  /** Tells the audit what a change replaced by what; called by every action that changes anything. */
  changed: (before: unknown, after: unknown) => void
  /** Tells the audit as which role a token lets somebody act. */
  assumed: (role: ImpersonationRole) => void
}>

/** The services that share the protocol: WorkMail's own, and what it has no words for. */
export type ServiceName = 'WorkMailService' | 'EwsGateway'

export type Action = Readonly<{
  service: ServiceName
  /** As in `X-Amz-Target: <service>.<name>`. */
  name: string
  /** What a policy must allow: `workmail:…` or `ewsgateway:…`. */
  permission: string
  /** One sentence for the documentation. */
  summary: string
  /** Whether it changes anything, or gives something away: then every call is audited. */
  audited: 'change' | 'assume' | undefined
  /** Makes users or groups by hand, which is refused where they come from a directory. */
  byHand?: boolean
  input: z.ZodType
  /** Runs on what `input` made of a request. @throws ApiError */
  run: (call: Call, input: unknown) => Promise<object>
}>

/**
 * An action with its input's type. Every input has an OrganizationId, but for actions on no
 * organization in particular. The permission follows from service and name.
 */
export function action<Input extends z.ZodType>(
  of: Omit<Action, 'permission' | 'input' | 'run'> &
    Readonly<{ input: Input; run: (call: Call, input: z.output<Input>) => Promise<object> }>,
): Action {
  return {
    ...of,
    permission: `${PREFIXES[of.service]}:${of.name}`,
    run: (call, input) => of.run(call, input as z.output<Input>),
  }
}

const PREFIXES = {
  WorkMailService: 'workmail',
  EwsGateway: 'ewsgateway',
} as const satisfies Record<ServiceName, string>
