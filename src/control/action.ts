/**
 * What an action of the control API is: its contract, its permission, and what it does.
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
import type { UpstreamStatus } from '../model/upstream-status.ts'
import type { OutboxRecord, Store } from '../store/store.ts'
import type { CheckLine } from '../upstream/upstream.ts'
import type { Contract, ServiceName } from './contract/contract.ts'
import { invalid, problemsOf } from './problems.ts'
import type { JsonInput } from './wire.ts'

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
  upstreamStatus: (organization: Organization) => UpstreamStatus
  /** Looks whether an organization's upstream can be used, by opening the mailbox of an address. */
  checkUpstream: (
    organization: Organization,
    impersonate: string | undefined,
  ) => Promise<readonly CheckLine[]>
  audit: Audit
  /**
   * Writes records of the outbox to the audit, and removes them from it. What can't be written stays
   * there and is tried again. Never throws.
   */
  deliver: (records: readonly OutboxRecord[]) => Promise<void>
  /** Absent where none is kept. */
  history?: HistorySource
  /** Returns where tools reach the data listener; undefined if only `publicUrl` can say it. */
  ewsUrl: () => string | undefined
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
  /** Returns the record of a change that the action makes in its own transaction. */
  recordOf: (after: unknown) => OutboxRecord
  /** Tells the audit as which role a token lets somebody act. */
  assumed: (role: ImpersonationRole) => void
}>

export type Action = Contract &
  Readonly<{
    /** What a policy must allow: `workmail:…` or `ewsgateway:…`. It follows from service and name. */
    permission: string
    /**
     * Reads an input.
     *
     * @returns what runs the action and gives its output
     * @throws ApiError InvalidParameterException
     */
    read: (input: JsonInput) => (call: Call) => Promise<object>
  }>

/** Returns the action that carries out a contract. The compiler compares what it gives with the output. */
export function action<Input extends z.ZodType<object>, Output extends z.ZodType<object>>(
  contract: Contract<Input, Output>,
  run: (call: Call, input: z.output<Input>) => Promise<Given<z.output<Output>>>,
): Action {
  return {
    ...contract,
    permission: `${PREFIXES[contract.service]}:${contract.name}`,
    read: input => {
      const parsed = contract.input.safeParse(input)
      if (!parsed.success) throw invalid(...problemsOf(parsed.error))
      return call => run(call, parsed.data)
    },
  }
}

/** An output whose lists and structures can be those of the store, which are read-only. */
type Given<T> = T extends readonly (infer Entry)[]
  ? readonly Given<Entry>[]
  : T extends object
    ? { readonly [Member in keyof T]: Given<T[Member]> }
    : T

const PREFIXES = {
  WorkMailService: 'workmail',
  EwsGateway: 'ewsgateway',
} as const satisfies Record<ServiceName, string>
