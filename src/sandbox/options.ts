/**
 * What a sandbox is made from.
 *
 * @module
 */

import type { ConformanceReport } from '../model/conformance.ts'

/** Somebody with a mailbox in the sandbox. */
export type SandboxUser = Readonly<{
  primarySmtpAddress: string
  aliases: readonly string[]
  principalName?: string
  sid?: string
  displayName?: string
  /** Gets no seed. */
  empty?: boolean
}>

/** Lets one user into another's mailbox. */
export type Delegation = Readonly<{ owner: string; delegate: string }>

/** Name of each mailbox's server, by primary address. The server of another site than the first is `SITE/NAME`. */
export type Placement = Readonly<Record<string, string>>

/** Runs something later; returns what calls it off. */
export type Scheduler = (run: () => void, ms: number) => () => void

/** Only the service account and the users are needed. */
export type SandboxOptions = Readonly<{
  /** Of the service account. */
  username: string
  password: string
  users: readonly SandboxUser[]
  /** The service account's own mailbox. */
  serviceAddress: string
  /** Reads like grommunio, and runs an operation as soon as its end tag is read. */
  lenient?: boolean
  /**
   * Runs operations like grommunio, and reads like it unless `lenient` is false. Property tags are
   * truncated to 16 bits, the ORGANIZER of calendar content takes precedence over From, there is no
   * Send-As check, ChangeKeys are ignored, and ApplyConversationAction and the writing of user
   * configurations are supported. IDs don't say whose mailbox they are in, schema files have no
   * Content-Type, and a body of 50 MB is answered with 405.
   */
  gromox?: boolean
  /** Puts mail, events and contacts into the mailboxes; false leaves them empty. */
  seed?: boolean
  /** False: the service account has no right to impersonate anybody. */
  mayImpersonate?: boolean
  /** Primary addresses of users who the service account may not impersonate. */
  ungranted?: readonly string[]
  /** Report of a server that the sandbox behaves like. Its IDs are those of grommunio if the report's are opaque. */
  report?: ConformanceReport
  /** Who may open whose mailbox, by primary address; nobody where it is left out. */
  delegations?: readonly Delegation[]
  /** Server of each mailbox in a database availability group; one server for all if absent. */
  nodes?: Placement
  /** How many requests and operations are remembered; 1,000 where it is left out. */
  keepSeen?: number
  now?: () => number
  schedule?: Scheduler
}>
