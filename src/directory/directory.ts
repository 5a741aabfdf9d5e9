/**
 * Directories: users and groups from files and servers, and how they are synchronized.
 *
 * @module
 */

import type { NamedGroup } from '../model/group.ts'
import type { GroupId, User, UserId } from '../model/identity.ts'
import type { KeptField, OutboxRecord } from '../store/store.ts'

/** A user as a row gives it; without an id where that is to be found or made. */
export type UserRow = Readonly<{
  id?: UserId
  primarySmtpAddress: string
  aliases: readonly string[]
  principalName?: string
  sid?: string
  displayName?: string
  /** Fields for which the file has no column: of a present user, they stay as they are. */
  keeps?: readonly KeptField[]
}>

/** What is wrong with a row, and the line on which it begins, counted from 1. */
export type RowError = Readonly<{ line: number; message: string }>

/** What a file of users holds. */
export type ParsedUsers = Readonly<{
  drafts: readonly UserRow[]
  /** The line of each draft, by its index. */
  lines: readonly number[]
  /** In the order of their lines. Where there is one, nothing should be imported. */
  errors: readonly RowError[]
}>

/** What a directory's server says of one person with a mailbox. */
export type Entry = UserRow &
  Readonly<{
    /** The directory's own id, which stays whatever else changes: a UUID in lower case. */
    entryId: UserId
    /** What of it could not be taken, each as the end of a sentence. */
    flaws: readonly string[]
  }>

/** A group, with its direct members by their ids in the directory. */
export type GroupEntry = Readonly<{
  entryId: GroupId
  name: string
  primarySmtpAddress?: string
  users: readonly UserId[]
  groups: readonly GroupId[]
}>

/** How far a directory had been read; whatever has changed since has a higher number there. */
export type Cursor = Readonly<{ server: string; number: string }>

/** What a read of a directory found. */
export type Listing = Readonly<{
  /** Everybody who is there; whoever is not does not exist any more. */
  present: ReadonlySet<UserId>
  /** At least those who changed since the cursor, and those who were asked for. */
  entries: readonly Entry[]
  /** Every group, changed or not. */
  groups: readonly GroupEntry[]
  /** People and groups of whom nothing can be made, and why. */
  unfit: readonly Unfit[]
  /** Whether all entries are there, changed or not. */
  full: boolean
  /** Absent where the server does not count changes: the next read is a full one then. */
  cursor?: Cursor
}>

/** Somebody who is not known, or a name that is not, for a reason that an administrator can end. */
export type Unfit = Readonly<{ entryId?: UserId; who: string; problem: string }>

/** What is known already. */
export type Held = Readonly<{
  /** Where the last read ended; absent: everything is read. */
  cursor: Cursor | undefined
  /** Whose entries are held: they need not be read again unless they changed. */
  entries: ReadonlySet<UserId>
  /** Of these, whose are to be read again all the same. */
  again: ReadonlySet<UserId>
}>

/** Where a directory is read that is copied into the store. */
export interface DirectorySource {
  /**
   * @param signal - ends it
   * @throws DirectoryError
   */
  read(held: Held, signal: AbortSignal): Promise<Listing>
}

/** The directory cannot be read, or cannot be believed; the message says why. */
export class DirectoryError extends Error {
  override readonly name = 'DirectoryError'
}

/** How a synchronisation ended. */
export type SyncResult = Readonly<{
  /** `stopped`: it would have removed too many users, and nothing was written. */
  outcome: 'done' | 'stopped' | 'failed'
  /** Why it did not end well. */
  message?: string
  created: readonly User[]
  updated: readonly User[]
  removed: readonly User[]
  unchanged: number
  groups: GroupChanges
  unfit: readonly Unfit[]
}>

/** What a synchronisation made of the groups. */
export type GroupChanges = Readonly<{
  created: readonly NamedGroup[]
  updated: readonly NamedGroup[]
  removed: readonly NamedGroup[]
}>

/** How the synchronisation of an organization stands. Times are milliseconds since the epoch. */
export type SyncState = Readonly<{
  attemptedAt?: number
  succeededAt?: number
  /** In a row, up to now. */
  failures: number
  /** Of the last attempt, where it did not end well. */
  message?: string
  /** Users whom the last attempt would have removed, out of how many. */
  stopped?: Readonly<{ removed: number; of: number }>
  unfit: readonly Unfit[]
}>

export type SyncOptions = Readonly<{
  acceptRemovals: boolean
  /** Returns the audit record of the changes, for their transaction; the gateway's own by default. */
  recordOf?: (changes: ChangesRecord) => OutboxRecord
}>

/** Keeps the users of an organization what its directory says. */
export interface Synchronization {
  readonly intervalMs: number
  /**
   * Synchronises now.
   *
   * @throws SyncBusy where that is being done already
   */
  synchronize(options: SyncOptions): Promise<SyncResult>
  /** How it stands, and what is wrong with that, for an operator. */
  state(): Promise<SyncState & Readonly<{ alarm?: string }>>
}

/** Somebody else synchronises at this moment. */
export class SyncBusy extends Error {
  override readonly name = 'SyncBusy'
}

/** So many ids of a kind are in a record. */
const IDS_RECORDED = 100

/** What a synchronisation changed, for a record; undefined where that is nothing. */
export function changesIn({
  created,
  updated,
  removed,
  groups,
}: Pick<SyncResult, 'created' | 'updated' | 'removed' | 'groups'>) {
  const [users, grouped] = [recordOf({ created, updated, removed }), recordOf(groups)]
  if (users === undefined && grouped === undefined) return undefined
  return { ...(users && { users }), ...(grouped && { groups: grouped }) }
}

export type ChangesRecord = NonNullable<ReturnType<typeof changesIn>>

type Changed = Readonly<
  Record<'created' | 'updated' | 'removed', readonly Readonly<{ id: string }>[]>
>

function recordOf({ created, updated, removed }: Changed) {
  if (created.length + updated.length + removed.length === 0) return undefined
  const ids = (some: Changed['created']) => some.slice(0, IDS_RECORDED).map(({ id }) => id)
  return {
    counts: { created: created.length, updated: updated.length, removed: removed.length },
    created: ids(created),
    updated: ids(updated),
    removed: ids(removed),
  }
}
