/**
 * Types of directories: users and groups from files and servers, and their synchronization.
 *
 * @module
 */

import type { MembershipChange, NamedGroup } from '../model/group.ts'
import { type GroupId, type User, type UserId, withoutMemberships } from '../model/identity.ts'
import type { Unprotected } from '../model/protection.ts'
import type { ImportPlan, OutboxRecord, RecordedVersion, UserField } from '../store/store.ts'

/** A user in a row of a file. Without an ID, the import finds the user by address, or creates one. */
export type UserRow = Readonly<{
  id?: UserId
  primarySmtpAddress: string
  aliases: readonly string[]
  principalName?: string
  sid?: string
  displayName?: string
  /** Fields for which the file has a column. Absent if it has all. Existing users keep the values of the others. */
  replaces?: readonly UserField[]
}>

/** A mistake in a row, and the line on which the row begins, counted from 1. */
export type RowError = Readonly<{ line: number; message: string }>

/** Content of a file of users. */
export type ParsedUsers = Readonly<{
  drafts: readonly UserRow[]
  /** The line of each draft, by its index. */
  lines: readonly number[]
  /** Mistakes in the order of their lines. If there is one, nothing must be imported. */
  errors: readonly RowError[]
}>

/** Directory entry of a person who has a mailbox. */
export type UserEntry = UserRow &
  Readonly<{
    /** ID in the directory, which never changes: a UUID in lower case. */
    entryId: UserId
    /**
     * Problems with values that were skipped, each as the end of a sentence, such as `its objectSid is not a
     * Windows SID`.
     */
    flaws: readonly string[]
  }>

/** A group, with its direct members by their IDs in the directory. */
export type GroupEntry = Readonly<{
  entryId: GroupId
  name: string
  primarySmtpAddress?: string
  users: readonly UserId[]
  groups: readonly GroupId[]
}>

/** Position of the last read in a server's list of changes. Later changes have a higher number. */
export type Cursor = Readonly<{ server: string; number: string }>

/** Result of reading a directory. */
export type Listing = Readonly<{
  /** IDs of all users in the directory. Users who are not in this set were removed. */
  present: ReadonlySet<UserId>
  /** Entries that changed since the cursor, and requested entries. Can contain further entries. */
  entries: readonly UserEntry[]
  /** All groups, changed or not. */
  groups: readonly GroupEntry[]
  /** Users and groups that cannot be used, and why. */
  unfit: readonly SkippedEntry[]
  /** Whether `entries` has all entries, changed or not. */
  full: boolean
  /** Absent if the server does not number its changes. Then the next read reads everything. */
  cursor?: Cursor
}>

/** A directory entry, or one of its names, that the gateway ignores until an administrator fixes the problem. */
export type SkippedEntry = Readonly<{ entryId?: UserId; who: string; problem: string }>

/** Entries that the gateway has read before. */
export type KnownEntries = Readonly<{
  /** Position of the last read. Undefined to read everything. */
  cursor: Cursor | undefined
  /** Entries that need to be read again only if they changed. */
  entries: ReadonlySet<UserId>
  /** Entries that must be read again even if they did not change. */
  again: ReadonlySet<UserId>
}>

/** Reads a directory that is copied into the store. */
export interface DirectorySource {
  /**
   * Reads the entries that changed.
   *
   * @param signal - stops the read
   * @throws DirectoryError if the directory cannot be read, or if the result is incomplete
   */
  read(known: KnownEntries, signal: AbortSignal): Promise<Listing>
}

/** The directory cannot be read, or its result is incomplete. The message says why. */
export class DirectoryError extends Error {
  override readonly name = 'DirectoryError'
}

/** Result of a synchronization. */
export type SyncResult = Readonly<{
  /** `stopped`: the synchronization would have removed too many users, so nothing was written. */
  outcome: 'done' | 'stopped' | 'failed'
  /** Reason for an outcome other than `done`. */
  message?: string
  created: readonly User[]
  updated: readonly User[]
  removed: readonly User[]
  unchanged: number
  groups: GroupChanges
  /** Mailboxes whose protection ended, because members left protected groups. Absent if there are none. */
  unprotected?: Unprotected
  unfit: readonly SkippedEntry[]
}>

/** Changes of groups by a synchronization. */
export type GroupChanges = Readonly<{
  created: readonly NamedGroup[]
  updated: readonly NamedGroup[]
  removed: readonly NamedGroup[]
  /** Members that joined and left these groups. */
  members: readonly MembershipChange[]
}>

/** State of an organization's synchronization. Times are milliseconds since the epoch. */
export type SyncState = Readonly<{
  attemptedAt?: number
  succeededAt?: number
  /** Number of failures since the last success. */
  failures: number
  /** Reason why the last attempt failed or was stopped. */
  message?: string
  /** Number of users that the last attempt would have removed, and the number of all users. */
  stopped?: Readonly<{ removed: number; of: number }>
  unfit: readonly SkippedEntry[]
  /** Time of the last synchronization that ended the protection of mailboxes. */
  unprotectedAt?: number
}>

/** Options of one synchronization. */
export type SyncOptions = Readonly<{
  acceptRemovals: boolean
  /**
   * Returns the audit records of the changes, for their transaction. By default, they name the gateway as
   * actor.
   */
  recordsOf?: (changes: ChangesRecord, version: RecordedVersion) => readonly OutboxRecord[]
}>

/** Copies the users and groups of an organization from its directory. */
export interface Synchronization {
  readonly intervalMs: number
  /**
   * Synchronizes now.
   *
   * @throws SyncBusy if a synchronization is running
   */
  synchronize(options: SyncOptions): Promise<SyncResult>
  /** Returns the state, with an alarm if an operator must act. */
  state(): Promise<SyncState & Readonly<{ alarm?: string }>>
}

/** Another gateway or command is synchronizing. The message says which. */
export class SyncBusy extends Error {
  override readonly name = 'SyncBusy'
}

/** Returns the changes of a synchronization for an audit record, or undefined if nothing changed. */
export function changesIn({
  created,
  updated,
  removed,
  groups,
  unprotected,
}: Pick<SyncResult, 'created' | 'updated' | 'removed' | 'groups' | 'unprotected'>) {
  const users = userChangesIn({ created, updated }, removed)
  const grouped = recordOf(groups, withoutMembers)
  if (users === undefined && grouped === undefined) return undefined
  return {
    ...(users && { users }),
    ...(grouped && { groups: { ...grouped, members: membersIn(groups.members) } }),
    ...(unprotected && { unprotected }),
  }
}

/** Returns the changes of an import of users for an audit record; undefined if it changed none. */
export const userChangesIn = (
  { created, updated }: Pick<ImportPlan, 'created' | 'updated'>,
  removed: readonly User[],
) => recordOf({ created, updated, removed }, withoutMemberships)

const withoutMembers = ({ id, name, primarySmtpAddress }: NamedGroup): NamedGroup => ({
  id,
  name,
  ...(primarySmtpAddress !== undefined && { primarySmtpAddress }),
})

/** Returns the members that joined and left each group, by the IDs of the groups. */
export const membersIn = (changes: readonly MembershipChange[]) =>
  Object.fromEntries(changes.map(({ groupId, ...members }) => [groupId, members]))

/** Changes of a synchronization in an audit record. */
export type ChangesRecord = NonNullable<ReturnType<typeof changesIn>>

type Changed<T> = Readonly<Record<'created' | 'updated' | 'removed', readonly T[]>>

/** Returns the numbers and the whole states of what was changed; undefined if nothing was. */
function recordOf<T>({ created, updated, removed }: Changed<T>, stateOf: (one: T) => T) {
  if (created.length + updated.length + removed.length === 0) return undefined
  return {
    counts: { created: created.length, updated: updated.length, removed: removed.length },
    created: created.map(stateOf),
    updated: updated.map(stateOf),
    removed: removed.map(stateOf),
  }
}
