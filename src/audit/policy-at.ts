/**
 * Rebuilds the policy of an organization at a time from the records of journals.
 *
 * It begins with the last snapshot at or before the time. The changes since then follow in the order of their policy
 * versions, so the journals of several gateways merge, whatever the order of their records. The next snapshot verifies
 * the result.
 *
 * @module
 */

import { joinMembers, joinParts, type Part } from '../model/change-parts.ts'
import { by } from '../model/order.ts'
import { NO_POLICY, type PolicyState } from '../model/policy-state.ts'
import type { ChangeRecord, SnapshotRecord } from './audit.ts'
import { differencesOf, PolicyFold } from './policy-fold.ts'
import { CLOCKS_MS } from './recent.ts'

/** Record of a journal, with its time as RFC 3339. */
type Read<T> = Omit<T, 'at'> & Readonly<{ at: string }>

type Snapshot = Read<SnapshotRecord>

/** Change that has raised the policy version. */
type Change = Read<ChangeRecord> &
  Readonly<{ epoch: string; policyVersion: number; policyVersionBefore: number }>

/** Record that the policy of an organization depends on. */
export type PolicyRecord = Snapshot | Change

/** Returns a record if it is a snapshot, or a change that has raised the policy version; undefined if not. */
export function policyRecordIn(record: unknown): PolicyRecord | undefined {
  const { type, verdict, epoch, policyVersion, policyVersionBefore } = Object(record)
  if (type === 'snapshot') return record as Snapshot
  const isMade = type === 'change' && verdict === 'allow' && epoch !== undefined
  return isMade && policyVersion > policyVersionBefore ? (record as Change) : undefined
}

/** The policy at a time. */
export type PolicyAt = Readonly<{
  policyVersion: number
  epoch: string
  /** Time of the snapshot that it begins with, as RFC 3339. */
  snapshotAt: string
  /** Number of changes since the snapshot. */
  changes: number
  policy: PolicyState
}>

export type PolicyResult = Readonly<{
  /** Absent if there is no snapshot to begin with. */
  found?: PolicyAt
  /** Messages about what is missing or wrong, so that the policy was possibly another one. */
  problems: readonly string[]
  /** Messages about what can't be known. */
  notes: readonly string[]
}>

/** Maximum number of paths in a message. */
const SHOWN = 5

const NAME_ALL = 'Name the journals of all gateways'

/** Collects the records that the policy at a time depends on. */
export class PolicyRecords {
  readonly #organizationId: string
  readonly #at: number
  readonly #snapshots = new Map<string, Parts<Snapshot>>()
  readonly #changes = new Map<string, Parts<Change>>()

  /** @param at - milliseconds since the epoch */
  constructor(organizationId: string, at: number) {
    this.#organizationId = organizationId
    this.#at = at
  }

  /** Takes a record, in any order. A record can come more than once, such as from a copy of the journal. */
  add(record: PolicyRecord): void {
    if (record.organizationId !== this.#organizationId) return
    if (record.type === 'snapshot') this.#addSnapshot(record)
    else partsOf(this.#changes, record).add(record)
  }

  /** Returns the policy, as far as the records have it. */
  result(): PolicyResult {
    const base = this.#complete(true).at(-1)
    if (base === undefined) return { problems: [this.#lacksSnapshot()], notes: [] }
    const { epoch, policyVersion: from, at: snapshotAt } = base.any
    const changes = this.#changesSince(base.any)
    const later = changes.findIndex(({ any }) => !this.#isReached(any))
    const included = later === -1 ? changes : changes.slice(0, later)
    const next = this.#complete(false).find(({ any }) => any.epoch === epoch)
    const differences = next && this.#differences(base, changes, next)
    const { policy, unreadable } = policyAfter(base, included)
    const found = {
      policyVersion: included.at(-1)?.any.policyVersion ?? from,
      epoch,
      snapshotAt,
      changes: included.length,
      policy,
    }
    const unproven = differences?.length === 0 ? [] : [...flawsOf(from, included), ...unreadable]
    const problems = [...(differences ?? []), ...unproven, ...this.#otherEpochs(base.any)]
    const unverified = `No later snapshot verifies the changes since ${snapshotAt}. The last ones can be missing`
    const notes = [...this.#incomplete(base.any), ...(next ? [] : [unverified])]
    return { found, problems, notes }
  }

  /**
   * Adds a snapshot unless a better one is complete: a later one before the time, or an earlier one of its epoch after
   * it. So records of a long time don't need much memory.
   */
  #addSnapshot(record: Snapshot): void {
    const isReached = this.#isReached(record)
    const rivals = this.#complete(isReached).filter(
      ({ any }) => isReached || any.epoch === record.epoch,
    )
    const isWorse = (one: Snapshot, other: Snapshot) =>
      isReached ? one.at < other.at : one.at > other.at
    if (rivals.some(({ any }) => isWorse(record, any))) return
    const parts = partsOf(this.#snapshots, record)
    parts.add(record)
    if (!parts.isComplete) return
    for (const [id, { any }] of this.#snapshots) {
      const isRival =
        this.#isReached(any) === isReached && (isReached || any.epoch === record.epoch)
      if (isRival && isWorse(any, record)) this.#snapshots.delete(id)
    }
  }

  #isReached({ at }: PolicyRecord): boolean {
    return Date.parse(at) <= this.#at
  }

  /** Returns the complete snapshots before or after the time, oldest first. */
  #complete(isReached: boolean): readonly Parts<Snapshot>[] {
    return [...this.#snapshots.values()]
      .filter(parts => parts.isComplete && this.#isReached(parts.any) === isReached)
      .sort(by(({ any }) => `${any.at} ${any.decisionId}`))
  }

  /** Returns the changes of the epoch of a snapshot, in the order in which they were made. */
  #changesSince({ epoch, policyVersion }: Snapshot): readonly Parts<Change>[] {
    return [...this.#changes.values()]
      .filter(({ any }) => any.epoch === epoch && any.policyVersion > policyVersion)
      .sort(by(({ any }) => any.decisionId))
      .sort((one, other) => one.any.policyVersion - other.any.policyVersion)
  }

  #differences(
    base: Parts<Snapshot>,
    changes: readonly Parts<Change>[],
    next: Parts<Snapshot>,
  ): readonly string[] {
    const { at, policyVersion } = next.any
    const until = changes.filter(({ any }) => any.policyVersion <= policyVersion)
    const paths = differencesOf(policyAfter(base, until).policy, policyIn(next))
    if (paths.length === 0) return []
    const more = paths.length > SHOWN ? `, and ${paths.length - SHOWN} more` : ''
    const where = `${paths.slice(0, SHOWN).join(', ')}${more}`
    return [`The policy differs from the next snapshot, of ${at}: ${where}. ${NAME_ALL}`]
  }

  #lacksSnapshot(): string {
    const time = new Date(this.#at).toISOString()
    const [later] = this.#complete(false)
    const [part] = [...this.#snapshots.values()].filter(({ any }) => this.#isReached(any))
    const which = later ? `The first one is of ${later.any.at}` : 'Name the folder of the journal'
    const cut = part ? `. The one of ${part.any.at} is incomplete: ${part.countInWords}` : ''
    return `No snapshot of the policy of ${this.#organizationId} is of ${time} or before. ${which}${cut}`
  }

  #incomplete(base: Snapshot): readonly string[] {
    return [...this.#snapshots.values()]
      .filter(({ any }) => this.#isReached(any) && any.at > base.at)
      .map(
        ({ any, countInWords }) =>
          `The snapshot of ${any.at} is incomplete: ${countInWords}. The policy begins with the one of ${base.at}`,
      )
  }

  /**
   * Reports changes after a restore whose snapshot is missing, or later than the time. A gateway whose clock is ahead can
   * have written changes before the snapshot with a time after it.
   */
  #otherEpochs({ at, epoch }: Snapshot): readonly string[] {
    const since = Date.parse(at) + CLOCKS_MS
    const others = [...this.#changes.values()].filter(
      ({ any }) => any.epoch !== epoch && Date.parse(any.at) > since && this.#isReached(any),
    )
    if (others.length === 0) return []
    const begun = `The store began another epoch after the snapshot of ${at}, as a restore does`
    return [`${begun}. Changes since then, which the policy lacks: ${others.length}`]
  }
}

/** The records of one change or snapshot. */
class Parts<T extends PolicyRecord> {
  readonly #records = new Map<number, T>()
  /** One of the records. They differ only in their states, numbers, and IDs. */
  readonly any: T

  constructor(any: T) {
    this.any = any
  }

  add(record: T): void {
    this.#records.set(record.part ?? 1, record)
  }

  get isComplete(): boolean {
    return this.#records.size === (this.any.parts ?? 1)
  }

  get countInWords(): string {
    return `${this.#records.size} of ${this.any.parts} records`
  }

  /** The records in their order. */
  get inOrder(): readonly T[] {
    return [...this.#records].sort(([one], [other]) => one - other).map(([, record]) => record)
  }
}

/** Returns the records to which a record belongs. */
function partsOf<T extends PolicyRecord>(all: Map<string, Parts<T>>, record: T): Parts<T> {
  const { decisionId, partOf = decisionId } = record as Part & Readonly<{ decisionId: string }>
  const known = all.get(partOf)
  if (known !== undefined) return known
  const parts = new Parts(record)
  all.set(partOf, parts)
  return parts
}

const policyIn = (snapshot: Parts<Snapshot>): PolicyState => ({
  ...NO_POLICY,
  ...(joinMembers(snapshot.inOrder.map(({ policy }) => policy)) as Partial<PolicyState>),
})

/** Returns the policy after changes, with messages about those that it lacks. */
function policyAfter(base: Parts<Snapshot>, changes: readonly Parts<Change>[]) {
  const fold = new PolicyFold(policyIn(base))
  const unreadable: string[] = []
  for (const { any, inOrder } of changes) {
    const [first = any, ...others] = inOrder
    if (fold.apply(joinParts(first, others))) continue
    const { decisionId, at } = first
    unreadable.push(`The change ${decisionId} (${at}) has a form that this version doesn't know`)
  }
  return { policy: fold.policy(), unreadable }
}

/** Returns what is missing among the changes since a version. */
function flawsOf(from: number, changes: readonly Parts<Change>[]): readonly string[] {
  let version = from
  return changes.flatMap(({ any, isComplete, countInWords }) => {
    const { policyVersion, policyVersionBefore, decisionId, at } = any
    const isGap = policyVersionBefore > version
    const gap = `The change before policy version ${policyVersionBefore + 1} (${at}) is missing. ${NAME_ALL}`
    const cut = `The change ${decisionId} (${at}) is incomplete: ${countInWords}`
    version = policyVersion
    return [...(isGap ? [gap] : []), ...(isComplete ? [] : [cut])]
  })
}
