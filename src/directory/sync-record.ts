/**
 * Record of a synchronization that all gateways share in the store: its state, its lease, and the progress that the
 * next one continues from.
 *
 * @module
 */

import type { GroupId, UserId } from '../model/identity.ts'
import { readJson } from '../model/read-json.ts'
import {
  id,
  isText,
  isWhole,
  list,
  optional,
  record,
  type Shape,
  structure,
} from '../model/shape.ts'
import type { Cursor, SkippedEntry, SyncState } from './directory.ts'

/** Progress that the next read continues from. */
export type SyncProgress = Readonly<{
  cursor?: Cursor
  /** Time of the last full read, in milliseconds since the epoch. */
  fullAt?: number
  /** User IDs by entry ID, for users whose ID differs from the entry ID. */
  userIds: Readonly<Record<UserId, UserId>>
  groupIds: Readonly<Record<GroupId, GroupId>>
  /** Entries with a skipped name. The next read reads them again. */
  again: readonly UserId[]
}>

/** Record of an organization's synchronization in the store. */
export type SyncRecord = Readonly<{
  state: SyncState
  progress: SyncProgress
  /** Lease of the running synchronization. No other synchronization can start before `until`. */
  lease?: Readonly<{ holder: string; until: number }>
}>

/** Number of consecutive failures that raise an alarm. */
const ALARM_FAILURES = 3

const NEW: SyncRecord = {
  state: { failures: 0, unfit: [] },
  progress: { userIds: {}, groupIds: {}, again: [] },
}

const isIds = record(isText, id<UserId>()) as Shape<SyncProgress['userIds']>
const isGroupIds = record(isText, id<GroupId>()) as Shape<SyncProgress['groupIds']>

const isState: Shape<SyncState> = structure<SyncState>({
  attemptedAt: optional(isWhole),
  succeededAt: optional(isWhole),
  failures: isWhole,
  message: optional(isText),
  stopped: optional(
    structure<NonNullable<SyncState['stopped']>>({ removed: isWhole, of: isWhole }),
  ),
  unprotectedAt: optional(isWhole),
  unfit: list(structure<SkippedEntry>({ entryId: optional(id()), who: isText, problem: isText })),
})

const isRecord: Shape<SyncRecord> = structure<SyncRecord>({
  state: isState,
  progress: structure<SyncProgress>({
    cursor: optional(structure<Cursor>({ server: isText, number: isText })),
    fullAt: optional(isWhole),
    userIds: isIds,
    groupIds: isGroupIds,
    again: list(id()),
  }),
  lease: optional(structure<NonNullable<SyncRecord['lease']>>({ holder: isText, until: isWhole })),
})

/**
 * Reads a record, or returns a new one if there is none.
 *
 * @returns undefined if this version doesn't understand the record
 */
export const readRecord = (text: string | undefined): SyncRecord | undefined =>
  text === undefined ? NEW : readJson(text, isRecord)

/** Message about a record that is not understood. Nothing is copied then, because it says which user an entry is. */
export const UNREADABLE =
  'This version does not understand the state of the synchronization, so nothing was read. Run the version that wrote it'

/** State of a synchronization whose record is not understood. */
export const UNREADABLE_STATE: SyncState & Readonly<{ alarm: string }> = {
  failures: ALARM_FAILURES,
  message: UNREADABLE,
  alarm: UNREADABLE,
  unfit: [],
}

/** Number of intervals without a success that raise an alarm. */
const ALARM_INTERVALS = 3

/** Returns why an operator must act, or undefined if that is not necessary. */
export function alarmOf(
  { stopped, failures, message = '', succeededAt }: SyncState,
  intervalMs: number,
  now: number,
): string | undefined {
  if (stopped) return removalText(stopped)
  const why = message && `: ${message}`
  if (failures >= ALARM_FAILURES) return `The last ${failures} synchronizations failed${why}`
  if (succeededAt === undefined)
    return failures > 0 ? `No synchronization has succeeded yet${why}` : undefined
  const seconds = Math.round((now - succeededAt) / 1_000)
  return seconds > (ALARM_INTERVALS * intervalMs) / 1_000
    ? `The last successful synchronization was ${seconds} s ago${why}`
    : undefined
}

/** Returns the message about a synchronization that was stopped because it would have removed too many users. */
export const removalText = ({ removed, of }: NonNullable<SyncState['stopped']>): string =>
  `The synchronization would remove ${removed} of ${of} users, so nothing was written. Check baseDn, userFilter, and the rights of the account, or accept the removals`

/** Returns IDs of users or groups by entry ID. */
export const mapOf = <Id extends string>(ids: Readonly<Record<Id, Id>>): ReadonlyMap<Id, Id> =>
  new Map(Object.entries(ids) as [Id, Id][])

/**
 * Merges two maps of IDs by entry ID, and keeps only IDs that differ from their entry ID. The second map takes
 * precedence.
 */
export const differingIds = <Id extends string>(
  before: Iterable<readonly [Id, Id]>,
  after: Iterable<readonly [Id, Id]>,
): Readonly<Record<Id, Id>> => {
  const ids = [...new Map([...before, ...after])].filter(([entryId, id]) => entryId !== id)
  return Object.fromEntries(ids) as Record<Id, Id>
}
