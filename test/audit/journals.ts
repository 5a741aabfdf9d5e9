/**
 * Journals in folders of their own, and what they report.
 */

import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Test } from 'tap'
import type { AuditRecord } from '../../src/audit/audit.ts'
import { Journal, type JournalOptions } from '../../src/audit/journal.ts'
import { segmentFile, segmentsIn } from '../../src/audit/segments.ts'
import { recordsOf, SIGNER } from '../kit/journal.ts'

export const T = Date.UTC(2026, 10, 27, 17, 58, 3)
export const DAY_MS = 86_400_000

export const record = (decisionId: string, userAgent = 'tool/1.0'): AuditRecord => ({
  type: 'decision',
  at: T,
  decisionId,
  sourceAddress: '192.0.2.1',
  userAgent,
  verdict: 'allow',
})

export const outcome = (decisionId: string): AuditRecord => ({
  type: 'outcome',
  at: T,
  decisionId,
  requestBytes: 1,
  responseBytes: 2,
  durationMs: 3,
  ended: 'complete',
  outcome: 'ANSWERED',
})

/** A journal in a folder, and what it reports. */
export function openJournal(t: Test, folder: string, options: Partial<JournalOptions> = {}) {
  const events: string[] = []
  const journal = new Journal({
    folder,
    onFailure: 'refuse',
    keepDays: 400,
    signer: SIGNER,
    now: () => T,
    failed: error => events.push(`failed: ${(error as NodeJS.ErrnoException).code}`),
    recovered: lost => events.push(`recovered: ${lost} lost`),
    disturbed: problem => events.push(problem),
    ...options,
  })
  t.teardown(() => journal.close())
  /** Writes one record by itself. */
  const write = (id: string, userAgent?: string) => {
    journal.record(record(id, userAgent))
    return journal.written()
  }
  return { journal, events, write }
}

/** A folder that doesn't exist yet. */
export const folderOf = (t: Test) => join(t.testdir(), 'audit')
export const idsIn = (folder: string) => recordsOf(folder).map(({ decisionId }) => decisionId)
export const filesIn = (folder: string) =>
  segmentsIn(readdirSync(folder)).map(name => segmentFile(folder, name))
export const newestIn = (folder: string) => filesIn(folder).at(-1) ?? ''
export const headerOf = (file: string) =>
  JSON.parse(readFileSync(file, 'utf8').split('\n')[0] ?? '')
export const headersIn = (folder: string) => filesIn(folder).map(headerOf)
