/**
 * Options of a sandbox.
 *
 * @module
 */

import type { ConformanceReport } from '../src/model/conformance.ts'

/** A user with a mailbox in the sandbox. */
export type SandboxUser = Readonly<{
  primarySmtpAddress: string
  aliases: readonly string[]
  principalName?: string
  sid?: string
  displayName?: string
  /** Whether the mailbox gets no seed. */
  empty?: boolean
}>

/** Gives a user access to another user's mailbox. */
export type Delegation = Readonly<{ owner: string; delegate: string }>

/** Name of each mailbox's server, by primary address. The server of another site than the first is `SITE/NAME`. */
export type Placement = Readonly<Record<string, string>>

/** Schedules a callback. Returns a function that cancels it. */
export type Scheduler = (run: () => void, ms: number) => () => void

/** Options. Only the service account and the users are required. */
export type SandboxOptions = Readonly<{
  /** User name of the service account. */
  username: string
  password: string
  users: readonly SandboxUser[]
  /** Address of the service account's own mailbox. */
  serviceAddress: string
  /**
   * Whether the sandbox parses requests like grommunio: leniently, and it runs an operation as soon as it has read
   * the end tag.
   */
  lenient?: boolean
  /**
   * Whether the sandbox runs operations like grommunio. It then also parses requests like grommunio, unless
   * `lenient` is false. Property tags are truncated to 16 bits, the ORGANIZER of calendar content takes precedence
   * over From, there is no Send-As check, ChangeKeys are ignored, and ApplyConversationAction and the writing of
   * user configurations are supported. IDs have grommunio's form, and the number of a user in one decides which mailbox
   * it is in. CreateItem saves in the outbox if it names no folder, sends nothing if it has no MessageDisposition, and marks
   * nothing as a draft. CreateAttachment returns no ChangeKey. Properties name the sender of an event, but no element does.
   * Schema files have no Content-Type, and a body of more than 50 MiB gets HTTP status 405.
   */
  gromox?: boolean
  /** Whether the mailboxes contain sample mail, events, and contacts. If false, they are empty. */
  seed?: boolean
  /** Whether the service account can impersonate users. */
  mayImpersonate?: boolean
  /** Primary addresses of users that the service account can't impersonate. */
  ungranted?: readonly string[]
  /**
   * Report of a server that the sandbox imitates. If IDs are opaque in the report, the sandbox uses IDs of an unknown
   * form. Those of a report about grommunio have grommunio's form.
   */
  report?: ConformanceReport
  /** Access of users to other mailboxes, by primary address; by default none. */
  delegations?: readonly Delegation[]
  /** Server of each mailbox in a database availability group. By default, one server has all mailboxes. */
  nodes?: Placement
  /** Number of requests and operations to record; 1,000 by default. */
  keepSeen?: number
  now?: () => number
  schedule?: Scheduler
}>
