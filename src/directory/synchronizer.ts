/**
 * Copies the users and groups of an organization from its directory to the store.
 *
 * Only one gateway does so at a time. Requests never wait for it, because they are decided on the data in the store.
 * If the directory cannot be read, or its list is incomplete, the store does not change.
 *
 * @module
 */

import type { OrganizationId, User, UserId } from '../model/identity.ts'
import { unprotectedBy } from '../model/protection.ts'
import { isStopped } from '../model/removals.ts'
import {
  type FleetStateStore,
  type GroupPlan,
  type GroupStore,
  type OutboxRecord,
  type OutboxStore,
  type ProtectionStore,
  RemovalStopped,
  removalIn,
  type UserStore,
} from '../store/store.ts'
import {
  changesIn,
  DirectoryError,
  type DirectorySource,
  type Listing,
  type SkippedEntry,
  SyncBusy,
  type Synchronization,
  type SyncOptions,
  type SyncResult,
  type SyncState,
} from './directory.ts'
import { draftsOf, findUsableEntries, type UsableEntries } from './drafts.ts'
import { findUsableGroups, type UsableGroups, usersOfEntries } from './group-drafts.ts'
import {
  alarmOf,
  differingIds,
  mapOf,
  readRecord,
  removalText,
  type SyncProgress,
  type SyncRecord,
  UNREADABLE,
  UNREADABLE_STATE,
} from './sync-record.ts'

/**
 * Duration of a lease, after which another gateway can start. Longer than the deadline, so that the holder has
 * stopped by then.
 */
const LEASE_MS = 600_000
/** Maximum duration of a synchronization. */
const DEADLINE_MS = 480_000

/** Interval of full reads. Between them, only changes are read. */
const FULL_READ_INTERVAL_MS = 86_400_000

/** Maximum number of skipped entries in the state. */
const MAX_KEPT_SKIPPED = 100

/** Dependencies and settings of a {@link Synchronizer}. */
export type SynchronizerOptions = Readonly<{
  organization: OrganizationId
  source: DirectorySource
  store: UserStore & GroupStore & ProtectionStore & FleetStateStore & OutboxStore
  /** Name of this gateway or command, for messages that other gateways show. */
  holder: string
  intervalMs: number
  /** Addresses of users that the configuration disables although the directory contains them. */
  disabled: readonly string[]
  /** Returns the time in milliseconds since the epoch. */
  now: () => number
  /** Invalidates caches after a change of the store. */
  announce: (organization: OrganizationId) => Promise<void>
  /** Returns the audit records of the changes of a scheduled synchronization. */
  recordsOf: NonNullable<SyncOptions['recordsOf']>
  /** Writes records of the outbox to the audit. */
  deliver: (records: readonly OutboxRecord[]) => Promise<void>
}>

/** A result, with the state and progress to store. */
type Finished = Readonly<{ result: SyncResult; state: SyncState; progress: SyncProgress }>

/** Synchronizes one organization with its directory. */
export class Synchronizer implements Synchronization {
  readonly #options: SynchronizerOptions
  readonly #stop = new AbortController()
  /** Whether a scheduled synchronization has reported that the record is not understood. */
  #hasReported = false

  constructor(options: SynchronizerOptions) {
    this.#options = options
  }

  get intervalMs(): number {
    return this.#options.intervalMs
  }

  async state(): ReturnType<Synchronization['state']> {
    const { organization, store, now } = this.#options
    const record = readRecord(await store.fleetState(`directory:${organization}`))
    if (record === undefined) return UNREADABLE_STATE
    const { state } = record
    const alarm = alarmOf(state, this.intervalMs, now())
    return { ...state, ...(alarm !== undefined && { alarm }) }
  }

  /**
   * Synchronizes if the interval since the last attempt of any gateway has passed, and no synchronization is
   * running.
   */
  async synchronizeWhenDue(): Promise<SyncResult | undefined> {
    const { attemptedAt = Number.NEGATIVE_INFINITY, alarm } = await this.state()
    if (this.#options.now() < attemptedAt + this.intervalMs) return undefined
    const isUnreadable = alarm === UNREADABLE_STATE.alarm
    const isReported = isUnreadable && this.#hasReported
    this.#hasReported = isUnreadable
    if (isReported) return undefined
    try {
      return await this.synchronize({ acceptRemovals: false })
    } catch (error) {
      if (error instanceof SyncBusy) return undefined
      throw error
    }
  }

  async synchronize(options: SyncOptions): Promise<SyncResult> {
    const begun = await this.#begin()
    if (begun === undefined)
      return { ...NOTHING, outcome: 'failed', message: UNREADABLE, unfit: [] }
    const { record, leased } = begun
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

  /** Stops the running synchronization, and every later one. */
  close(): void {
    this.#stop.abort()
  }

  /** @returns undefined if the record is not understood @throws SyncBusy */
  async #begin(): Promise<Readonly<{ record: SyncRecord; leased: string }> | undefined> {
    const { organization, store, holder, now } = this.#options
    const before = await store.fleetState(`directory:${organization}`)
    const present = readRecord(before)
    if (present === undefined) return undefined
    const { lease, ...record } = present
    if (lease && now() < lease.until)
      throw new SyncBusy(`A synchronization is already running on ${lease.holder}`)
    const leased = JSON.stringify({ ...record, lease: { holder, until: now() + LEASE_MS } })
    if (await store.putFleetState(`directory:${organization}`, leased, before))
      return { record, leased }
    throw new SyncBusy('Another gateway has just started a synchronization')
  }

  /** Stores the record, unless another gateway has started a synchronization since, whose results are newer. */
  async #end(leased: string, record: SyncRecord): Promise<void> {
    const { organization, store } = this.#options
    await store.putFleetState(`directory:${organization}`, JSON.stringify(record), leased)
  }

  #failed({ state, progress }: SyncRecord, error: unknown): Finished {
    if (!(error instanceof DirectoryError)) throw error
    const { message } = error
    const failed = { failures: state.failures + 1, message, attemptedAt: this.#options.now() }
    const result = { ...NOTHING, outcome: 'failed', message, unfit: state.unfit } as const
    return { result, state: { ...state, ...failed }, progress }
  }

  async #run({ state, progress }: SyncRecord, options: SyncOptions): Promise<Finished> {
    const { organization, store, disabled, now } = this.#options
    const startedAt = now()
    const users = await store.users(organization)
    const userIds = mapOf(progress.userIds)
    const groupIds = mapOf(progress.groupIds)
    const listing = await this.#read(progress, users, userIds)
    const disabledBefore = await store.formerOwners(organization, disabled)
    const known = { users, userIds, disabled, disabledBefore }
    const usable = await findUsableEntries(draftsOf(listing, known), drafts =>
      store.importUsers(organization, drafts, { dryRun: true, deleteMissing: true }),
    )
    const { created, updated, missing } = usable.plan
    const ids = usersOfEntries(usable.drafted, [...users, ...updated, ...created])
    const members = { userIds: ids, groupIds, leaving: missing }
    const groups = await findUsableGroups(organization, listing.groups, members, store)
    const unfit = [...skippedIn(listing, usable), ...groups.unfit]
    const attempt = { attemptedAt: now(), failures: 0, unfit: unfit.slice(0, MAX_KEPT_SKIPPED) }

    const stopped = removalIn(usable.plan)
    if (isStopped(stopped, { acceptRemovals: options.acceptRemovals })) {
      const message = removalText(stopped)
      const { succeededAt } = state
      return {
        result: { ...NOTHING, outcome: 'stopped', message, unfit },
        state: {
          ...attempt,
          ...(succeededAt !== undefined && { succeededAt }),
          ...(state.unprotectedAt !== undefined && { unprotectedAt: state.unprotectedAt }),
          message,
          stopped,
        },
        progress,
      }
    }
    const changes = await this.#write(usable, groups, startedAt, options)
    const unprotectedAt = changes.unprotected ? attempt.attemptedAt : state.unprotectedAt
    const isThere = (id: string) => listing.present.has(id as UserId)
    const isGroup = (id: string) => listing.groups.some(({ entryId }) => entryId === id)
    return {
      result: { outcome: 'done', ...changes, unfit },
      state: {
        ...attempt,
        succeededAt: attempt.attemptedAt,
        ...(unprotectedAt !== undefined && { unprotectedAt }),
      },
      progress: {
        ...(listing.cursor && { cursor: listing.cursor }),
        ...fullAtOf(listing.full ? startedAt : progress.fullAt),
        userIds: differingIds(
          [...userIds].filter(([id]) => isThere(id)),
          ids,
        ),
        groupIds: differingIds(
          [...groupIds].filter(([id]) => isGroup(id)),
          groups.groupIds,
        ),
        again: usable.unfit.flatMap(({ entryId }) => entryId ?? []),
      },
    }
  }

  async #read(
    { cursor, fullAt = Number.NEGATIVE_INFINITY, again }: SyncProgress,
    users: readonly User[],
    userIds: ReadonlyMap<UserId, UserId>,
  ): Promise<Listing> {
    const { source, now } = this.#options
    const entryIds = new Map([...userIds].map(([entryId, id]) => [id, entryId]))
    const known = {
      cursor: now() < fullAt + FULL_READ_INTERVAL_MS ? cursor : undefined,
      entries: new Set(users.map(({ id }) => entryIds.get(id) ?? id)),
      again: new Set(again),
    }
    const signal = AbortSignal.any([this.#stop.signal, AbortSignal.timeout(DEADLINE_MS)])
    return await source.read(known, signal)
  }

  async #write(
    { drafted, plan }: UsableEntries,
    usableGroups: UsableGroups,
    startedAt: number,
    { acceptRemovals, recordsOf }: SyncOptions,
  ): Promise<Changes> {
    const { organization, store, now, announce, deliver } = this.#options
    if (now() >= startedAt + DEADLINE_MS)
      throw new DirectoryError(
        `The synchronization took longer than ${DEADLINE_MS / 1_000} seconds, so nothing was written`,
      )
    const drafts = drafted.map(({ draft }) => draft)
    const groupPlan = await store.importGroups(organization, usableGroups.drafts, DRY_RUN)
    const planned = { ...changesOf(plan), groups: changesOfGroups(groupPlan) }
    if (changesIn(planned) === undefined) return planned

    const { changes, records } = await store.change(organization, async transaction => {
      const before = await transaction.protectedMembers(organization)
      const groups = await transaction.importGroups(organization, usableGroups.drafts, IMPORT)
      const users = await transaction
        .importUsers(organization, drafts, { ...IMPORT, acceptRemovals })
        .catch(whenStopped)
      const unprotected = unprotectedBy(before, await transaction.protectedMembers(organization))
      const changes = {
        ...changesOf(users),
        groups: changesOfGroups(groups),
        ...(unprotected && { unprotected }),
      }
      const made = changesIn(changes)
      const version = await transaction.recordedVersion(organization)
      const records = made ? (recordsOf ?? this.#options.recordsOf)(made, version) : []
      return { result: { changes, records }, records }
    })
    await deliver(records)
    if (records.length > 0) await announce(organization)
    return changes
  }
}

const IMPORT = { dryRun: false, deleteMissing: true } as const
const DRY_RUN = { ...IMPORT, dryRun: true } as const

const NONE = { created: [], updated: [], removed: [], unchanged: 0 } as const
const NOTHING = { ...NONE, groups: { ...NONE, members: [] }, unfit: [] } as const

const changesOf = <T>({ created, updated, missing: removed, unchanged }: Imported<T>) => ({
  created,
  updated,
  removed,
  unchanged,
})

const changesOfGroups = (plan: GroupPlan) => ({ ...changesOf(plan), members: plan.members })

type Changes = Pick<
  SyncResult,
  'created' | 'updated' | 'removed' | 'unchanged' | 'groups' | 'unprotected'
>

type Imported<T> = Readonly<
  Record<'created' | 'updated' | 'missing', readonly T[]> & { unchanged: number }
>

/** Reports users that would be removed only because of changes after the first plan. */
function whenStopped(error: unknown): never {
  if (error instanceof RemovalStopped)
    throw new DirectoryError(removalText(error.removal), { cause: error })
  throw error
}

/** Returns everything that was skipped: invalid entries, invalid names of entries, and conflicting names. */
const skippedIn = ({ unfit, entries }: Listing, usable: UsableEntries): readonly SkippedEntry[] => [
  ...unfit,
  ...entries.flatMap(({ entryId, primarySmtpAddress: who, flaws }) =>
    flaws.map(problem => ({ entryId, who, problem })),
  ),
  ...usable.unfit,
]

const fullAtOf = (fullAt: number | undefined) => (fullAt === undefined ? {} : { fullAt })
