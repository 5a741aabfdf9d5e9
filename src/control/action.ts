/**
 * Defines an action of the control API: its contract, its permission, and the function that runs it.
 *
 * @module
 */

import type { z } from 'zod'
import type { Audit } from '../audit/audit.ts'
import type { Identified, KeyMaker, TokenIssuer } from '../credentials/credentials.ts'
import type { ParsedUsers, Synchronization } from '../directory/directory.ts'
import type { HistorySource } from '../history/history.ts'
import type { BodyFacts, Prologue } from '../model/envelope.ts'
import type { Organization, OrganizationId, User, UserId } from '../model/identity.ts'
import type { MailboxOwnersQuery } from '../model/policy-data.ts'
import type { ImpersonationRole } from '../model/role.ts'
import type { UpstreamStatus } from '../model/upstream-status.ts'
import type { Moment } from '../model/validity.ts'
import type { OutboxRecord, RecordedVersion, Store } from '../store/store.ts'
import type { Health } from '../telemetry/health.ts'
import type { CheckLine } from '../upstream/upstream.ts'
import { type Contract, PREFIXES } from './contract/contract.ts'
import { invalidInput } from './problems.ts'
import type { JsonInput } from './wire.ts'

/** Maximum numbers of objects in an organization. */
export type ControlLimits = Readonly<{
  roles: number
  rulesPerRole: number
  targetsPerList: number
  targetsPerRole: number
  accessControlRules: number
  /** Maximum number of entries in a list of address ranges of one access control rule. */
  ipRanges: number
  accessControlTargets: number
}>

/** Reads facts about mailboxes that this gateway has cached. Never asks the upstream, and returns undefined instead. */
export type MailboxFinder = Readonly<{
  findShared: (organization: OrganizationId, user: User) => boolean | undefined
  findOwners: (
    organization: OrganizationId,
    query: MailboxOwnersQuery,
  ) => readonly (UserId | undefined)[] | undefined
}>

/** An EWS request that was read, with subscriptions by the hashes of their IDs. */
export type ParsedRequest = Readonly<{ prologue: Prologue; facts: BodyFacts }>

/** Dependencies of all actions. */
export type ControlPorts = Readonly<{
  organizations: ReadonlyMap<OrganizationId, Organization>
  store: Store
  /** Sends invalidation messages about a change of the store. Never throws, because all gateways poll the store too. */
  announce: (organization: OrganizationId) => Promise<void>
  /** Synchronizations of the organizations whose users come from a directory. */
  synchronizations: ReadonlyMap<OrganizationId, Synchronization>
  tokens: TokenIssuer
  keys: KeyMaker
  mailboxes: MailboxFinder
  /** Reads an EWS request in the same way as the data plane. @throws Failure */
  readRequest: (xml: string) => ParsedRequest
  /** Reads users in CSV. */
  parseUsers: (csv: string) => ParsedUsers
  upstreamStatus: (organization: Organization) => UpstreamStatus
  health: Pick<Health, 'report'>
  /** Returns when the certificate of `tls` expires, in milliseconds since the epoch; undefined without `tls`. */
  certificateEndsAt: () => number | undefined
  /** Checks an organization's upstream, and opens the mailbox of an address if one is given. */
  checkUpstream: (
    organization: Organization,
    impersonate: string | undefined,
  ) => Promise<readonly CheckLine[]>
  audit: Audit
  /**
   * Writes records of the outbox to the audit journal, and then removes them from the outbox. Records that can't be
   * written stay there for the next attempt. Never throws.
   */
  deliver: (records: readonly OutboxRecord[]) => Promise<void>
  /** Absent if the gateway keeps no history. */
  history?: HistorySource
  /**
   * Returns the certificate that tools must trust, in PEM; undefined if the gateway has no certificate or doesn't know
   * its authority.
   */
  caCertificate: () => string | undefined
  /** Returns the URL of the data listener for tools, or undefined if it is not known without `publicUrl`. */
  ewsUrl: () => string | undefined
  limits: ControlLimits
  /** Returns the time in milliseconds since the epoch. */
  now: () => number
  /** Returns the present, which never goes back. */
  moment: () => Moment
}>

/** An authorized call of an action. */
export type Call = Identified &
  Moment &
  Readonly<{
    ports: ControlPorts
    organization: Organization
    sourceAddress: string
    /** Whether the request came over TLS, or from this machine. */
    secure: boolean
    /**
     * Sets the states before and after a change, for its audit record. Every action that changes something calls this.
     */
    changed: (before: object | undefined, after: object | undefined) => void
    /** Returns the records of a change that the action makes in its own transaction. */
    recordsOf: (after: object, version: RecordedVersion) => readonly OutboxRecord[]
    /** Sets the role of an issued token, for its audit record. */
    assumed: (role: ImpersonationRole) => void
  }>

/** A contract with the function that implements it. */
export type Action = Contract &
  Readonly<{
    /** Permission that a policy must allow, `workmail:…` or `ewsgateway:…`. Derived from service and name. */
    permission: string
    /**
     * Reads an input.
     *
     * @returns the function that runs the action and returns its output
     * @throws ApiError InvalidParameterException
     */
    read: (input: JsonInput) => (call: Call) => Promise<object>
  }>

/** Returns the action that implements a contract. The compiler checks the result against the output of the contract. */
export function action<Input extends z.ZodType<object>, Output extends z.ZodType<object>>(
  contract: Contract<Input, Output>,
  run: (call: Call, input: z.output<Input>) => Promise<ReadonlyDeep<z.output<Output>>>,
): Action {
  return {
    ...contract,
    permission: `${PREFIXES[contract.service]}:${contract.name}`,
    read: input => {
      const parsed = contract.input.safeParse(input)
      if (!parsed.success) throw invalidInput(parsed.error)
      return call => run(call, parsed.data)
    },
  }
}

/** The type of an output with read-only lists and structures, such as those of the store. */
type ReadonlyDeep<T> = T extends readonly (infer Entry)[]
  ? readonly ReadonlyDeep<Entry>[]
  : T extends object
    ? { readonly [Member in keyof T]: ReadonlyDeep<T[Member]> }
    : T
