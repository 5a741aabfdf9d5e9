/**
 * Keeps the users of an organization what its directory says.
 *
 * Of several gateways one does it at a time. Requests never wait for it: they are decided on what the
 * store holds, and that stays as it was while the directory cannot be read or believed.
 *
 * @module
 */

import { foldName, type OrganizationId, type User, type UserId } from '../model/identity.ts'
import type { DirectoryStateStore, ImportPlan, UserStore } from '../store/store.ts'
import {
  DirectoryError,
  type DirectorySource,
  type Listing,
  SyncBusy,
  type Synchronization,
  type SyncResult,
  type SyncState,
  type Unfit,
} from './directory.ts'
import { type Drafted, draftsOf, type Fitting, fitting } from './drafts.ts'
import { alarmOf, type Progress, readRecord, removalText, type SyncRecord } from './sync-record.ts'

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
  store: UserStore & DirectoryStateStore
  /** Who this is, for others. */
  holder: string
  intervalMs: number
  /** Addresses of users who are disabled, though they are there. */
  disabled: readonly string[]
  /** Milliseconds since the epoch. */
  now: () => number
  /** Carries out a change of the store everywhere. */
  announce: (organization: OrganizationId) => Promise<void>
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
    const { state } = readRecord(await store.directoryState(organization))
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

  async synchronize({
    acceptRemovals,
  }: Readonly<{ acceptRemovals: boolean }>): Promise<SyncResult> {
    const { record, leased } = await this.#begin()
    try {
      const { result, ...kept } = await this.#run(record, acceptRemovals).catch(error =>
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
    const before = await store.directoryState(organization)
    const { lease, ...record } = readRecord(before)
    if (lease && now() < lease.until) throw new SyncBusy(`${lease.holder} is at it`)
    const leased = JSON.stringify({ ...record, lease: { holder, until: now() + LEASE_MS } })
    if (await store.putDirectoryState(organization, leased, before)) return { record, leased }
    throw new SyncBusy('Another gateway has just begun')
  }

  /** Where somebody else has begun meanwhile, what he finds is newer. */
  async #end(leased: string, record: SyncRecord): Promise<void> {
    const { organization, store } = this.#options
    await store.putDirectoryState(organization, JSON.stringify(record), leased)
  }

  #failed({ state, progress }: SyncRecord, error: unknown): Ended {
    if (!(error instanceof DirectoryError)) throw error
    const { message } = error
    const failed = { failures: state.failures + 1, message, attemptedAt: this.#options.now() }
    const result = { ...NOTHING, outcome: 'failed', message, unfit: state.unfit } as const
    return { result, state: { ...state, ...failed }, progress }
  }

  async #run({ state, progress }: SyncRecord, acceptRemovals: boolean): Promise<Ended> {
    const { organization, store, disabled, now } = this.#options
    const startedAt = now()
    const users = await store.users(organization)
    const userIds = new Map(Object.entries(progress.userIds) as [UserId, UserId][])
    const listing = await this.#read(progress, users, userIds)
    const fitted = await fitting(draftsOf(listing, { users, userIds, disabled }), drafts =>
      store.importUsers(organization, drafts, { dryRun: true, deleteMissing: true }),
    )
    const unfit = unfitOf(listing, fitted)
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
    const plan = await this.#write(fitted, startedAt)
    return {
      result: { outcome: 'done', ...changesOf(plan), unfit },
      state: { ...told, succeededAt: told.attemptedAt },
      progress: {
        ...(listing.cursor && { cursor: listing.cursor }),
        ...fullAtOf(listing.full ? startedAt : progress.fullAt),
        userIds: { ...stillThere(userIds, listing), ...(await this.#otherIds(fitted.fit)) },
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

  async #write({ fit }: Fitting, startedAt: number): Promise<ImportPlan> {
    const { organization, store, now, announce } = this.#options
    if (now() >= startedAt + DEADLINE_MS) throw new DirectoryError('It took too long')
    const drafts = fit.map(({ draft }) => draft)
    const importing = { dryRun: false, deleteMissing: true }
    const plan = await store.importUsers(organization, drafts, importing)
    const { created, updated, missing } = plan
    if (created.length + updated.length + missing.length > 0) await announce(organization)
    return plan
  }

  /** Whose user has another id than the entry: known by it before, or come back. */
  async #otherIds(fit: readonly Drafted[]): Promise<Progress['userIds']> {
    const users = await this.#options.store.users(this.#options.organization)
    const ids = new Map(users.map(user => [foldName(user.primarySmtpAddress), user.id]))
    const others = fit.flatMap(({ entryId, draft }) => {
      const id = ids.get(foldName(draft.primarySmtpAddress))
      return id === undefined || id === entryId ? [] : [[entryId, id] as const]
    })
    return Object.fromEntries(others)
  }
}

const NOTHING = { created: [], updated: [], removed: [], unchanged: 0, unfit: [] } as const

const changesOf = ({ created, updated, missing: removed, unchanged }: ImportPlan) => ({
  created,
  updated,
  removed,
  unchanged,
})

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

const stillThere = (userIds: ReadonlyMap<UserId, UserId>, { present }: Listing) =>
  Object.fromEntries([...userIds].filter(([entryId]) => present.has(entryId)))
