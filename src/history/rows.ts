/**
 * Converts an audit record to the rows that the history stores.
 *
 * @module
 */

import { createHash } from 'node:crypto'
import type { AssumeRecord, CallRecord, ChangeRecord, DecisionRecord } from '../audit/audit.ts'
import { OPERATIONS } from '../ews/operations.ts'
import { decidingRule, NO_RULE } from '../model/deciding-rule.ts'
import { changedObject } from './changed-object.ts'
import type { Series, SingleChange, Verdict } from './history.ts'

const LISTED: ReadonlySet<string> = new Set([...Object.keys(OPERATIONS), 'AutoDiscover'])

/** Name for all unknown operations, so that clients can't create series with invented names. */
const UNLISTED = 'other'

type Shared = Omit<Series, 'id'>

/**
 * Returns the properties that a decision shares with others of its series. They come from the store or from closed
 * lists, never from a client.
 *
 * @param organizationId - organization for decisions about unknown callers
 */
export function sharedBy(
  record: DecisionRecord & Readonly<{ verdict: Verdict }>,
  organizationId: string,
): Shared {
  const { operation = '', ruleName = '' } = record
  const rule = decidingRule(record)
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
    // A record that counts several requests never gets an outcome record, so the outcome is set here.
    outcome: record.count === undefined ? '' : 'DENIED',
    cause: '',
    rule,
    ruleName: rule === NO_RULE ? '' : ruleName,
  }
}

/** Maximum number of series that are remembered. */
export const SERIES = 100_000

/** Caches series by their properties, because few are new. */
export class SeriesMemory {
  readonly #known = new Map<string, Series>()
  /** Latest series by mailbox and operation. The next request often has the same one, which saves building its key. */
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
  series.cause === shared.cause &&
  series.rule === shared.rule &&
  series.ruleName === shared.ruleName

/**
 * Returns the text from which the ID of a series is derived. The order of the properties must never change. A series without a rule has
 * the ID that an earlier version gave it.
 */
const textOf = (shared: Shared): string =>
  `${shared.organizationId}\n${shared.roleId}\n${shared.roleName}\n${shared.principalId}\n` +
  `${shared.userId}\n${shared.mailbox}\n${shared.operation}\n${shared.verdict}\n${shared.reason}\n` +
  `${shared.outcome}\n${shared.cause}` +
  (shared.rule === '' ? '' : `\n${shared.rule}\n${shared.ruleName}`)

function idOf(key: string): string {
  const hash = createHash('sha256').update(key).digest()
  return String(hash.readBigUInt64BE() >> 1n)
}

/** Returns the row of a change; undefined if it belongs to no organization. */
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
    object: changedObject(record),
    record: line,
  }
}

/** Returns the ID of the role that was assumed or changed. */
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
