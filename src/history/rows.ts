/**
 * What the history keeps of a record of the audit.
 *
 * @module
 */

import { createHash } from 'node:crypto'
import type { AssumeRecord, CallRecord, ChangeRecord, DecisionRecord } from '../audit/audit.ts'
import { OPERATIONS } from '../ews/operations.ts'
import type { Series, SingleChange, Verdict } from './history.ts'

const LISTED: ReadonlySet<string> = new Set([...Object.keys(OPERATIONS), 'AutoDiscover'])

/** Operations that no list has are one, so that no client makes series. */
const UNLISTED = 'other'

type Shared = Omit<Series, 'id'>

/**
 * What a decision shares with others. Everything in it comes from the store or from closed lists,
 * nothing from a client.
 *
 * @param organizationId - of decisions about nobody in particular
 */
export function sharedBy(
  record: DecisionRecord & Readonly<{ verdict: Verdict }>,
  organizationId: string,
): Shared {
  const { operation = '' } = record
  return {
    organizationId: record.organizationId ?? organizationId,
    roleId: record.roleId ?? '',
    roleName: record.roleName ?? '',
    principalId: record.principalId ?? '',
    userId: record.userId ?? '',
    mailbox: record.userAddress ?? '',
    operation: operation === '' || LISTED.has(operation) ? operation : UNLISTED,
    verdict: record.verdict,
    reason: record.reason ?? '',
    // Counted records have no outcome record.
    outcome: record.count === undefined ? '' : 'DENIED',
    cause: '',
  }
}

/** Maximum number of series that are remembered. */
export const SERIES = 100_000

/** The series of what is shared, remembered, for few are new. */
export class SeriesMemory {
  readonly #known = new Map<string, Series>()
  /** By mailbox and operation, the last one: the next request's mostly, which saves writing its text. */
  readonly #latest = new Map<string, Series>()
  readonly #most: number

  constructor(most: number) {
    this.#most = most
  }

  seriesOf(shared: Shared): Series {
    const near = `${shared.userId} ${shared.operation} ${shared.outcome}`
    const latest = this.#latest.get(near)
    if (latest !== undefined && isOf(latest, shared)) return latest
    const series = this.#find(shared)
    if (this.#latest.size >= this.#most) this.#latest.clear()
    this.#latest.set(near, series)
    return series
  }

  #find(shared: Shared): Series {
    const key = textOf(shared)
    const known = this.#known.get(key)
    if (known) return known
    const series = { id: idOf(key), ...shared }
    if (this.#known.size >= this.#most) this.#known.clear()
    this.#known.set(key, series)
    return series
  }
}

const isOf = (series: Series, shared: Shared): boolean =>
  series.organizationId === shared.organizationId &&
  series.roleId === shared.roleId &&
  series.roleName === shared.roleName &&
  series.principalId === shared.principalId &&
  series.userId === shared.userId &&
  series.mailbox === shared.mailbox &&
  series.operation === shared.operation &&
  series.verdict === shared.verdict &&
  series.reason === shared.reason &&
  series.outcome === shared.outcome &&
  series.cause === shared.cause

/** Ids of series come from this text: its order may never change. */
const textOf = (shared: Shared): string =>
  `${shared.organizationId}\n${shared.roleId}\n${shared.roleName}\n${shared.principalId}\n` +
  `${shared.userId}\n${shared.mailbox}\n${shared.operation}\n${shared.verdict}\n${shared.reason}\n` +
  `${shared.outcome}\n${shared.cause}`

function idOf(key: string): string {
  const hash = createHash('sha256').update(key).digest()
  return String(hash.readBigUInt64BE() >> 1n)
}

/** @returns undefined where it is of no organization */
export function changeOf(
  record: ChangeRecord | AssumeRecord | CallRecord,
  line: string,
): SingleChange | undefined {
  if (record.organizationId === undefined) return undefined
  return {
    decisionId: record.decisionId,
    organizationId: record.organizationId,
    action: record.action ?? '',
    verdict: record.verdict,
    reason: record.reason ?? '',
    principalId: record.principalId ?? '',
    roleId: roleOf(record),
    sourceAddress: record.sourceAddress ?? '',
    brief: record.type === 'assume' && record.verdict === 'allow',
    record: line,
  }
}

/** The role that was assumed, or changed. */
function roleOf(record: ChangeRecord | AssumeRecord | CallRecord): string {
  if (record.type === 'call') return ''
  if (record.type === 'assume') return record.roleId ?? ''
  if (!/ImpersonationRole/.test(record.action)) return ''
  return idIn(record.after) ?? idIn(record.before) ?? ''
}

function idIn(state: unknown): string | undefined {
  if (typeof state !== 'object' || state === null || !('id' in state)) return undefined
  return typeof state.id === 'string' ? state.id : undefined
}
