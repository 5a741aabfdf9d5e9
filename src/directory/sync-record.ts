/**
 * What gateways tell one another of a synchronisation: how it stands, who is at it, and where the
 * next one goes on.
 *
 * @module
 */

import type { GroupId, UserId } from '../model/identity.ts'
import type { Cursor, SyncState } from './directory.ts'

/** Where the next read goes on. */
export type Progress = Readonly<{
  cursor?: Cursor
  /** When everything was last read. */
  fullAt?: number
  /** By the id of the entry, where its user has another one. */
  userIds: Readonly<Record<UserId, UserId>>
  groupIds: Readonly<Record<GroupId, GroupId>>
  /** Entries of which something was left out: they are read again. */
  again: readonly UserId[]
}>

export type SyncRecord = Readonly<{
  state: SyncState
  progress: Progress
  /** Nobody else may begin before `until`. */
  lease?: Readonly<{ holder: string; until: number }>
}>

const NEW: SyncRecord = {
  state: { failures: 0, unfit: [] },
  progress: { userIds: {}, groupIds: {}, again: [] },
}

export const readRecord = (text: string | undefined): SyncRecord =>
  text === undefined ? NEW : (JSON.parse(text) as SyncRecord)

/** So many failures in a row are told. */
const FAILURES = 3

/** Intervals without a synchronisation that succeeded, which are told. */
const INTERVALS = 3

/** What is wrong with a synchronisation, for an operator; undefined where nothing is. */
export function alarmOf(
  { stopped, failures, message = '', succeededAt }: SyncState,
  intervalMs: number,
  now: number,
): string | undefined {
  if (stopped) return removalText(stopped)
  const why = message && `: ${message}`
  if (failures >= FAILURES) return `It has failed ${failures} times${why}`
  if (succeededAt === undefined) return failures > 0 ? `It has never succeeded${why}` : undefined
  const seconds = Math.round((now - succeededAt) / 1_000)
  return seconds > (INTERVALS * intervalMs) / 1_000
    ? `The last that succeeded was ${seconds} s ago${why}`
    : undefined
}

/** Why nothing was written, and what to do. */
export const removalText = ({ removed, of }: NonNullable<SyncState['stopped']>): string =>
  `It would remove ${removed} of ${of} users, so nothing was written: look at baseDn, userFilter and the account's rights, or accept the removals`

/** Ids of users or groups by those of their entries. */
export const mapOf = <Id extends string>(ids: Readonly<Record<Id, Id>>): ReadonlyMap<Id, Id> =>
  new Map(Object.entries(ids) as [Id, Id][])

/** Of both, the later one where there are two, those whose id is not that of their entry. */
export const othersOf = <Id extends string>(
  before: Iterable<readonly [Id, Id]>,
  after: Iterable<readonly [Id, Id]>,
): Readonly<Record<Id, Id>> => {
  const ids = [...new Map([...before, ...after])].filter(([entryId, id]) => entryId !== id)
  return Object.fromEntries(ids) as Record<Id, Id>
}
