/**
 * Converts an audit record to the rows that the history stores.
 *
 * @module
 */

import { hash } from 'node:crypto'
import type { AssumeRecord, CallRecord, ChangeRecord } from '../audit/audit.ts'
import { OPERATIONS } from '../ews/operations.ts'
import { decidingRule, NO_RULE } from '../model/deciding-rule.ts'
import type { ShadowResult } from '../model/shadow.ts'
import { changedObject } from './changed-object.ts'
import type { Series, SingleChange, Verdict } from './history.ts'
import type { DecisionCommon } from './journal-record.ts'

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
  record: DecisionCommon & Readonly<{ verdict: Verdict }>,
  organizationId: string,
): Shared {
  const { operation = '', ruleName = '', shadow } = record
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
    ...compared(shadow),
  }
}

/** Returns the properties of a comparison with a shadow; empty ones if there is none. */
const compared = (
  shadow: ShadowResult | undefined,
): Pick<Series, 'shadowVersion' | 'shadow' | 'shadowReason'> => ({
  shadowVersion: shadow === undefined ? '' : String(shadow.version),
  shadow: shadow?.outcome ?? '',
  shadowReason: shadow?.reason ?? shadow?.cause ?? '',
})

/** Caches series by their properties, because few are new. */
export class SeriesMemory {
  readonly #known = new Map<string, Series>()
  readonly #decided = new WeakMap<DecisionCommon, Series>()
  readonly #ended = new WeakMap<Series, Map<string, Series>>()
  readonly #most: number

  constructor(most: number) {
    this.#most = most
  }

  seriesOf(shared: Shared): Series {
    const key = textOf(shared)
    const known = this.#known.get(key)
    if (known) return known
    const series = { id: hashOf(key), ...shared }
    if (this.#known.size >= this.#most) this.#known.clear()
    this.#known.set(key, series)
    return series
  }

  /**
   * Returns the series of a decision whose request has not ended.
   *
   * @param organizationId - organization for decisions about unknown callers, which is always the same
   */
  decided(common: DecisionCommon & Readonly<{ verdict: Verdict }>, organizationId: string): Series {
    const known = this.#decided.get(common)
    if (known !== undefined) return known
    const series = this.seriesOf(sharedBy(common, organizationId))
    this.#decided.set(common, series)
    return series
  }

  /**
   * Returns the series of the requests of a series that ended in the same way.
   *
   * @param shadow - comparison after the response; undefined if that of the decision counts
   */
  ended(
    series: Series,
    { outcome, cause }: Pick<Series, 'outcome' | 'cause'>,
    shadow?: ShadowResult,
  ): Series {
    if (series.outcome === outcome && series.cause === cause && shadow === undefined) return series
    const byEnd = this.#ended.get(series) ?? new Map<string, Series>()
    if (byEnd.size === 0) this.#ended.set(series, byEnd)
    const after = shadow && compared(shadow)
    const key = [outcome, cause, ...Object.values(after ?? {})].join(' ')
    const known = byEnd.get(key)
    if (known !== undefined) return known
    const { id: _, ...shared } = series
    const ended = this.seriesOf({ ...shared, outcome, cause, ...after })
    byEnd.set(key, ended)
    return ended
  }
}

/**
 * Returns the text from which the ID of a series is derived. The order of the properties must never change.
 */
const textOf = (shared: Shared): string =>
  `${shared.organizationId}\n${shared.roleId}\n${shared.roleName}\n${shared.principalId}\n` +
  `${shared.userId}\n${shared.mailbox}\n${shared.operation}\n${shared.verdict}\n${shared.reason}\n` +
  `${shared.outcome}\n${shared.cause}\n${shared.rule}\n${shared.ruleName}\n` +
  `${shared.shadowVersion}\n${shared.shadow}\n${shared.shadowReason}`

/** Returns an ID that is derived from a text: an integer of 63 bits, in decimal. */
export function hashOf(text: string): string {
  const digest = hash('sha256', text, 'buffer')
  return String(digest.readBigUInt64BE() >> 1n)
}

/** Returns the row of a change; undefined if it belongs to no organization. */
export function changeOf(
  record: ChangeRecord | AssumeRecord | CallRecord,
  line: string,
): SingleChange | undefined {
  if (record.organizationId === undefined) return undefined
  const object = changedObject(record)
  return {
    decisionId: record.decisionId,
    organizationId: record.organizationId,
    action: record.action ?? '',
    verdict: record.verdict,
    reason: record.reason ?? '',
    principalId: record.principalId ?? '',
    roleId: object?.type === 'ROLE' ? (object.id ?? '') : '',
    sourceAddress: record.sourceAddress ?? '',
    brief: record.type === 'assume' && record.verdict === 'allow',
    object,
    part: record.type === 'change' ? (record.part ?? 1) : 1,
    record: line,
  }
}
