/**
 * Records of the audit as a gateway makes them, and a history that is written from them.
 */

import type {
  AssumeRecord,
  AuditRecord,
  ChangeRecord,
  DecisionRecord,
  OutcomeRecord,
} from '../../src/audit/audit.ts'
import { lineOf } from '../../src/audit/line.ts'
import type { Lines } from '../../src/audit/reader.ts'
import { newWriter } from '../../src/audit/segments.ts'
import type { History, Retention } from '../../src/history/history.ts'
import { Recorder, type RecorderOptions } from '../../src/history/recorder.ts'

export const ORGANIZATION = 'm-0123456789abcdef0123456789abcdef'
export const ELSEWHERE = 'm-ffffffffffffffffffffffffffffffff'
export const HOUR = 3_600_000
export const DAY = 24 * HOUR
/** The start of an hour. */
export const NOW = Date.UTC(2026, 10, 25, 12)

export const FOR_EVER: Retention = {
  sums: { days: 3_650 },
  refusals: { days: 3_650, rows: 1_000_000 },
  allowed: { days: 3_650, rows: 1_000_000 },
}

let made = 0

/** Returns a UUIDv7 for a time. */
export function idAt(at: number): string {
  const hex = at.toString(16).padStart(12, '0')
  made += 1
  return `${hex.slice(0, 8)}-${hex.slice(8)}-7000-8000-${made.toString(16).padStart(12, '0')}`
}

/** A request that was allowed at a time. */
export function allowed(at: number, more: Partial<DecisionRecord> = {}): DecisionRecord {
  return {
    type: 'decision',
    at,
    decisionId: idAt(at),
    itemCount: 3,
    organizationId: ORGANIZATION,
    principalId: 'backup-tool',
    accessKeyId: 'AKIAEXAMPLE234567ABC',
    roleId: 'backup',
    roleName: 'Backup',
    roleType: 'READ_ONLY',
    sourceAddress: '192.0.2.7',
    userId: 'alice',
    userAddress: 'alice@example.com',
    operation: 'GetItem',
    verdict: 'allow',
    matchedRules: ['everyone'],
    ruleName: 'Everyone',
    ...more,
  }
}

export const refused = (at: number, more: Partial<DecisionRecord> = {}): DecisionRecord =>
  allowed(at, { verdict: 'deny', reason: 'rule-denies', ...more })

export const outcomeOf = (
  { at, decisionId }: DecisionRecord,
  more: Partial<OutcomeRecord> = {},
): OutcomeRecord => ({
  type: 'outcome',
  at: at + 20,
  decisionId,
  requestBytes: 1_000,
  responseBytes: 5_000,
  durationMs: 20,
  upstreamMs: undefined,
  itemCount: undefined,
  ended: 'complete',
  outcome: 'ANSWERED',
  status: 200,
  ...more,
})

export function changed(at: number, more: Partial<ChangeRecord> = {}): ChangeRecord {
  return {
    type: 'change',
    at,
    decisionId: idAt(at),
    organizationId: ORGANIZATION,
    principalId: 'admin',
    sourceAddress: '192.0.2.1',
    action: 'workmail:PutImpersonationRole',
    verdict: 'allow',
    object: { type: 'ROLE', id: 'backup', name: 'Nightly backup' },
    before: { id: 'backup', name: 'Backup' },
    after: { id: 'backup', name: 'Nightly backup' },
    ...more,
  }
}

export function assumed(at: number, more: Partial<AssumeRecord> = {}): AssumeRecord {
  const { object: _, before: __, after: ___, type: ____, ...record } = changed(at)
  return {
    ...record,
    type: 'assume',
    action: 'workmail:AssumeImpersonationRole',
    principalId: 'backup-tool',
    roleId: 'backup',
    ...more,
  }
}

/** Returns records as lines of a journal's segment 1. @param after - number and bytes of the lines before */
export function linesOf(
  writer: string,
  records: readonly AuditRecord[],
  after = { sequence: 0, offset: 0 },
  write: (record: AuditRecord) => string = lineOf,
): Lines {
  const bytes = Buffer.from(records.map(write).join(''))
  const sequence = after.sequence + records.length
  const start = { writer, segment: 1, ...after }
  return { bytes, start, end: { ...start, sequence, offset: after.offset + bytes.length } }
}

/** Records in a batch, as many as the journal's reader returns at once. */
const BATCH = 400

/** Writes records into a history as a journal does; the recorder is never closed. */
export class Writer {
  readonly recorder: Recorder
  readonly dropped: string[] = []
  readonly failures: string[] = []
  readonly #name = newWriter(NOW)
  #end = { sequence: 0, offset: 0 }

  constructor(history: History | (() => Promise<History>), more: Partial<RecorderOptions> = {}) {
    this.recorder = new Recorder({
      open: typeof history === 'function' ? history : async () => history,
      organizationId: undefined,
      retention: FOR_EVER,
      now: () => NOW,
      dropped: (why, count) => this.dropped.push(`${why} ${count}`),
      failed: ({ message }) => this.failures.push(message),
      ...more,
    })
  }

  /** Writes records. @throws if the history cannot take them; then the next ones are in their place */
  async write(...records: readonly AuditRecord[]): Promise<void> {
    for (let from = 0; from < records.length; from += BATCH) {
      const lines = linesOf(this.#name, records.slice(from, from + BATCH), this.#end)
      await this.recorder.consume(lines)
      this.#end = lines.end
    }
  }
}

/** Everything of an organization, ever. */
export const all = (organizationId = ORGANIZATION) => ({
  organizationId,
  from: 0,
  until: NOW + 10_000 * DAY,
  filters: [],
  limit: 1_000,
})
