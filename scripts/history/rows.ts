/**
 * Requests of a large organization: backups that walk through all mailboxes every night, tools that
 * have some of them, and a few things that hardly ever happen.
 *
 * @module
 */

import { randomUUIDv7 } from 'node:crypto'
import type { AuditRecord, ChangeRecord, DecisionRecord } from '../../src/audit/audit.ts'
import type { Batch, RollupIncrement } from '../../src/history/history.ts'
import { SeriesMemory, sharedBy } from '../../src/history/rows.ts'
import { totalsOf } from '../../src/history/totals.ts'
import { firstIdAt, hourOf } from '../../src/model/decision-id.ts'

export const ORGANIZATION = 'm-0123456789abcdef0123456789abcdef'
export const HOUR = 3_600_000
export const DAY = 24 * HOUR

/** Values of a rare request, which occurs three times in a week. */
export const RARE = {
  role: 'role-rare',
  mailbox: 'user-rare',
  operation: 'UploadItems',
  reason: 'sender-refused',
} as const

const MAILBOXES = 20_000

/** Returns the ID of a user, by its number in its address. */
export const userIdOf = (number: number): string =>
  `00000000-0000-4000-8000-${number.toString().padStart(12, '0')}`

/** Returns the ID of a tool. Tool 0 reads all mailboxes. */
export const principalIdOf = (tool: number): string =>
  `0b0e2f9c-8f6e-4d8a-9c43-${tool.toString().padStart(12, '0')}`

const ROLES = 20
/** Rules of each role. Each mailbox has one of them. */
const RULES = 3
const OPERATIONS = ['FindFolder', 'FindItem', 'GetItem', 'GetAttachment', 'SyncFolderItems']
const REASONS = ['rule-denies', 'no-rule-allows', 'role-is-read-only', 'unknown-user'] as const

/** Requests that a tool sends for one mailbox before it continues with the next. */
const VISIT = 20

/** One in this many requests is denied. */
const REFUSED = 50

/** Requests of some days, oldest first, each with its records; one of a thousand is a change. */
export function* recordsOf(
  count: number,
  now: number,
  days = 7,
): Generator<readonly AuditRecord[]> {
  const since = now - days * DAY
  for (let n = 0; n < count; n += 1) {
    const at = since + Math.floor((n / count) * days * DAY)
    const decision = decisionAt(at, n, n % Math.ceil(count / 3) === 7)
    yield n % 1_000 === 999
      ? [decision, outcomeOf(decision), changeAt(at, n)]
      : [decision, outcomeOf(decision)]
  }
}

/** Rollups of a number of visits in the year before the week. Visits in one hour can share one rollup. */
export function* yearOfSums(count: number, now: number): Generator<Batch> {
  const memory = new SeriesMemory(1_000_000)
  const first = hourOf(now) - 400 * 24
  const hours = 393 * 24
  let increments: RollupIncrement[] = []
  for (let n = 0; n < count; n += 1) {
    const record = { ...decisionAt(0, n * VISIT, false), verdict: 'allow' as const }
    const series = memory.seriesOf(sharedBy(record, ORGANIZATION))
    const hour = first + Math.floor((n / count) * hours)
    const sums = { requests: VISIT, items: 100, bytes: 1_000_000, singles: 0 }
    increments.push({ series, hour, ...sums, lastAt: hour * HOUR })
    if (increments.length < 5_000 && n < count - 1) continue
    const totals = totalsOf(increments, memory)
    yield { increments, totals, decisions: [], changes: [], flood: 0 }
    increments = []
  }
}

/** Two roles have all mailboxes, the others a share. */
function decisionAt(at: number, n: number, isRare: boolean): DecisionRecord {
  const visit = Math.floor(n / VISIT)
  const role = visit % 2 === 0 ? visit % 4 : visit % ROLES
  const person = role < 4 ? visit % MAILBOXES : role * 100 + (visit % 100)
  const isRefused = n % REFUSED === 0
  const reason = isRare ? RARE.reason : REASONS[visit % REASONS.length]
  return {
    type: 'decision',
    at,
    decisionId: idAt(at),
    knowledgeAgeMs: 512,
    itemCount: 5,
    organizationId: ORGANIZATION,
    principalId: principalIdOf(role),
    accessKeyId: 'AKIAEXAMPLE234567ABC',
    roleId: isRare ? RARE.role : `12345678-1234-4234-8234-${role.toString().padStart(12, '0')}`,
    roleName: `Backup ${role}`,
    roleType: 'READ_ONLY',
    sourceAddress: `192.0.2.${role}`,
    userAgent: 'exchangelib/5.5.1 (python-requests/2.32.3)',
    connectingSid: { kind: 'PrimarySmtpAddress', value: `user-${person}@example.com` },
    userId: isRare ? RARE.mailbox : userIdOf(person),
    userAddress: `user-${person}@example.com`,
    operation: isRare ? RARE.operation : (OPERATIONS[n % OPERATIONS.length] ?? 'GetItem'),
    verdict: isRare || isRefused ? 'deny' : 'allow',
    ...((isRare || isRefused) && reason && { reason }),
    matchedRules: [`rule-${person % RULES}`],
    ruleName: `Rule ${person % RULES}`,
    policyVersion: 42,
    folders: ['AAMkADg1OWUyZjUxLWE1NjAtNGE2ZS04ZjA0LWY4MzE2NDk4ZWVmZQAuAAAAAADuO6R1cQbJSo'],
    items: [],
  }
}

const outcomeOf = ({ at, decisionId }: DecisionRecord): AuditRecord => ({
  type: 'outcome',
  at: at + 25,
  decisionId,
  requestBytes: 1_200,
  responseBytes: 14_000,
  durationMs: 25,
  upstreamMs: 22,
  ended: 'complete',
  outcome: 'ANSWERED',
  status: 200,
  responseCode: 'NoError',
})

const changeAt = (at: number, n: number): ChangeRecord => ({
  type: 'change',
  at,
  decisionId: idAt(at),
  organizationId: ORGANIZATION,
  principalId: 'admin',
  sourceAddress: '192.0.2.1',
  action: n % 3 === 0 ? 'workmail:PutImpersonationRole' : 'workmail:CreateUser',
  verdict: 'allow',
  before: { id: 'role-1', name: 'Backup' },
  after: { id: 'role-1', name: 'Nightly backup' },
})

/** Returns a decision ID for a time other than now. */
const idAt = (at: number) => firstIdAt(at).slice(0, 14) + randomUUIDv7().slice(14)
