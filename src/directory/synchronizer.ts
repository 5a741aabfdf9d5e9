/**
 * Keeps the users of an organization what its directory says.
 *
 * Of several gateways one does it at a time. Requests never wait for it: they are decided on what the
 * store holds, and that stays as it was while the directory cannot be read or believed.
 *
 * @module
 */

import type { OrganizationId, User, UserId } from '../model/identity.ts'
import type {
  FleetStateStore,
  GroupStore,
  ImportPlan,
  OutboxRecord,
  OutboxStore,
  UserStore,
} from '../store/store.ts'
import {
  type ChangesRecord,
  changesIn,
  DirectoryError,
  type DirectorySource,
  type Listing,
  SyncBusy,
  type Synchronization,
  type SyncOptions,
  type SyncResult,
  type SyncState,
  type Unfit,
} from './directory.ts'
import { draftsOf, type Fitting, fitting } from './drafts.ts'
import { fittingGroups, type GroupFitting, usersOfEntries } from './group-drafts.ts'
import {
  alarmOf,
  mapOf,
  othersOf,
  type Progress,
  readRecord,
  removalText,
  type SyncRecord,
} from './sync-record.ts'

/** After that nobody waits any longer for whoever began; he has given up before. */
const LEASE_MS = 600_000
const DEADLINE_MS = 480_000

/** Everything is read once a day, whatever has changed. */
const FULL_MS = 86_400_000

/** More than this part of the users is not removed unasked. */
const REMOVABLE = 0.1

/** So many are kept for whoever asks. */
const UNFIT_KEPT = 100

export type SynchronizerOptions = Readonly<{
  organization: OrganizationId
  source: DirectorySource
  store: UserStore & GroupStore & FleetStateStore & OutboxStore
  /** Who this is, for others. */
  holder: string
  intervalMs: number
  /** Addresses of users who are disabled, though they are there. */
  disabled: readonly string[]
  /** Milliseconds since the epoch. */
  now: () => number
  /** Carries out a change of the store everywhere. */
  announce: (organization: OrganizationId) => Promise<void>
  /** Returns the audit record of the changes of a scheduled synchronization. */
  recordOf: (organization: OrganizationId, changes: ChangesRecord) => OutboxRecord
  /** Writes records of the outbox to the audit. */
  deliver: (records: readonly OutboxRecord[]) => Promise<void>
}>

/** A result, and what is kept of it. */
type Ended = Readonly<{ result: SyncResult; state: SyncState; progress: Progress }>

export class Synchronizer implements Synchronization {
  readonly #options: SynchronizerOptions
  readonly #stop = new AbortController()

  constructor(options: SynchronizerOptions) {
    this.#options = options
  }

  get intervalMs(): number {
    return this.#options.intervalMs
  }

  async state(): ReturnType<Synchronization['state']> {
    const { organization, store, now } = this.#options
    const { state } = readRecord(await store.fleetState(`directory:${organization}`))
    const alarm = alarmOf(state, this.intervalMs, now())
    return { ...state, ...(alarm !== undefined && { alarm }) }
  }

  /** Synchronises where an interval has passed since anybody did, and nobody is at it. */
  async synchronizeWhenDue(): Promise<SyncResult | undefined> {
    const { attemptedAt = Number.NEGATIVE_INFINITY } = await this.state()
    if (this.#options.now() < attemptedAt + this.intervalMs) return undefined
    try {
      return await this.synchronize({ acceptRemovals: false })
    } catch (error) {
      if (error instanceof SyncBusy) return undefined
      throw error
    }
  }

  async synchronize(options: SyncOptions): Promise<SyncResult> {
    const { record, leased } = await this.#begin()
    try {
      const { result, ...kept } = await this.#run(record, options).catch(error =>
        this.#failed(record, error),
      )
      await this.#end(leased, kept)
      return result
    } catch (error) {
      await this.#end(leased, record).catch(() => undefined)
      throw error
    }
  }

  /** Ends what is under way, and whatever begins later. */
  close(): void {
    this.#stop.abort()
  }

  /** @throws SyncBusy */
  async #begin(): Promise<Readonly<{ record: SyncRecord; leased: string }>> {
    const { organization, store, holder, now } = this.#options
    const before = await store.fleetState(`directory:${organization}`)
    const { lease, ...record } = readRecord(before)
    if (lease && now() < lease.until) throw new SyncBusy(`${lease.holder} is at it`)
    const leased = JSON.stringify({ ...record, lease: { holder, until: now() + LEASE_MS } })
    if (await store.putFleetState(`directory:${organization}`, leased, before))
      return { record, leased }
    throw new SyncBusy('Another gateway has just begun')
  }

  /** Where somebody else has begun meanwhile, what he finds is newer. */
  async #end(leased: string, record: SyncRecord): Promise<void> {
    const { organization, store } = this.#options
    await store.putFleetState(`directory:${organization}`, JSON.stringify(record), leased)
  }

  #failed({ state, progress }: SyncRecord, error: unknown): Ended {
    if (!(error instanceof DirectoryError)) throw error
    const { message } = error
    const failed = { failures: state.failures + 1, message, attemptedAt: this.#options.now() }
    const result = { ...NOTHING, outcome: 'failed', message, unfit: state.unfit } as const
    return { result, state: { ...state, ...failed }, progress }
  }

  async #run(
    { state, progress }: SyncRecord,
    { acceptRemovals, recordOf }: SyncOptions,
  ): Promise<Ended> {
    const { organization, store, disabled, now } = this.#options
    const startedAt = now()
    const users = await store.users(organization)
    const userIds = mapOf(progress.userIds)
    const groupIds = mapOf(progress.groupIds)
    const listing = await this.#read(progress, users, userIds)
    const disabledBefore = await store.formerOwners(organization, disabled)
    const known = { users, userIds, disabled, disabledBefore }
    const fitted = await fitting(draftsOf(listing, known), drafts =>
      store.importUsers(organization, drafts, { dryRun: true, deleteMissing: true }),
    )
    const { created, updated, missing } = fitted.plan
    const ids = usersOfEntries(fitted.fit, [...users, ...updated, ...created])
    const members = { userIds: ids, groupIds, leaving: missing }
    const grouped = await fittingGroups(organization, listing.groups, members, store)
    const unfit = [...unfitOf(listing, fitted), ...grouped.unfit]
    const told = { attemptedAt: now(), failures: 0, unfit: unfit.slice(0, UNFIT_KEPT) }

    const stopped = stoppedBy(fitted.plan)
    if (stopped && !acceptRemovals) {
      const message = removalText(stopped)
      const { succeededAt } = state
      return {
        result: { ...NOTHING, outcome: 'stopped', message, unfit },
        state: { ...told, ...(succeededAt !== undefined && { succeededAt }), message, stopped },
        progress,
      }
    }
    const changes = await this.#write(fitted, grouped, startedAt, recordOf)
    const isThere = (id: string) => listing.present.has(id as UserId)
    const isGroup = (id: string) => listing.groups.some(({ entryId }) => entryId === id)
    return {
      result: { outcome: 'done', ...changes, unfit },
      state: { ...told, succeededAt: told.attemptedAt },
      progress: {
        ...(listing.cursor && { cursor: listing.cursor }),
        ...fullAtOf(listing.full ? startedAt : progress.fullAt),
        userIds: othersOf(
          [...userIds].filter(([id]) => isThere(id)),
          ids,
        ),
        groupIds: othersOf(
          [...groupIds].filter(([id]) => isGroup(id)),
          grouped.groupIds,
        ),
        again: fitted.unfit.flatMap(({ entryId }) => entryId ?? []),
      },
    }
  }

  async #read(
    { cursor, fullAt = Number.NEGATIVE_INFINITY, again }: Progress,
    users: readonly User[],
    userIds: ReadonlyMap<UserId, UserId>,
  ): Promise<Listing> {
    const { source, now } = this.#options
    const entryIds = new Map([...userIds].map(([entryId, id]) => [id, entryId]))
    const held = {
      cursor: now() < fullAt + FULL_MS ? cursor : undefined,
      entries: new Set(users.map(({ id }) => entryIds.get(id) ?? id)),
      again: new Set(again),
    }
    const signal = AbortSignal.any([this.#stop.signal, AbortSignal.timeout(DEADLINE_MS)])
    return await source.read(held, signal)
  }

  async #write(
    { fit, plan }: Fitting,
    grouped: GroupFitting,
    startedAt: number,
    recordOf: SyncOptions['recordOf'],
  ) {
    const { organization, store, now, announce, deliver } = this.#options
    if (now() >= startedAt + DEADLINE_MS) throw new DirectoryError('It took too long')
    const drafts = fit.map(({ draft }) => draft)
    const planned = await store.importGroups(organization, grouped.drafts, REHEARSING)
    const rehearsed = { ...changesOf(plan), groups: changesOf(planned) }
    if (changesIn(rehearsed) === undefined) return rehearsed

    const { changes, records } = await store.change(organization, async transaction => {
      const groups = await transaction.importGroups(organization, grouped.drafts, IMPORTING)
      const users = await transaction.importUsers(organization, drafts, IMPORTING)
      const changes = { ...changesOf(users), groups: changesOf(groups) }
      const made = changesIn(changes)
      const record = made && (recordOf?.(made) ?? this.#options.recordOf(organization, made))
      const records = record ? [record] : []
      return { result: { changes, records }, records }
    })
    await deliver(records)
    if (records.length > 0) await announce(organization)
    return changes
  }
}

const IMPORTING = { dryRun: false, deleteMissing: true } as const
const REHEARSING = { ...IMPORTING, dryRun: true } as const

const NONE = { created: [], updated: [], removed: [], unchanged: 0 } as const
const NOTHING = { ...NONE, groups: NONE, unfit: [] } as const

const changesOf = <T>({ created, updated, missing: removed, unchanged }: Imported<T>) => ({
  created,
  updated,
  removed,
  unchanged,
})

type Imported<T> = Readonly<
  Record<'created' | 'updated' | 'missing', readonly T[]> & { unchanged: number }
>

function stoppedBy({ updated, unchanged, missing }: ImportPlan): SyncState['stopped'] {
  const of = updated.length + unchanged + missing.length
  return missing.length > REMOVABLE * of ? { removed: missing.length, of } : undefined
}

/** What of a listing could not be taken: whole entries, names of entries, names that two have. */
const unfitOf = ({ unfit, entries }: Listing, fitted: Fitting): readonly Unfit[] => [
  ...unfit,
  ...entries.flatMap(({ entryId, primarySmtpAddress: who, flaws }) =>
    flaws.map(problem => ({ entryId, who, problem })),
  ),
  ...fitted.unfit,
]

const fullAtOf = (fullAt: number | undefined) => (fullAt === undefined ? {} : { fullAt })
