import t from 'tap'
import type { AuditRecord, Outcome } from '../../../src/console/api/history.ts'
import { outcomeInWords } from '../../../src/console/audit/outcome.ts'

const answered: Outcome = {
  ended: 'complete',
  outcome: 'ANSWERED',
  requestBytes: 0,
  responseBytes: 0,
  durationMs: 1,
}
const denied: Outcome = { ...answered, ended: 'fault', outcome: 'DENIED' }
const failed: Outcome = { ...answered, ended: 'fault', outcome: 'FAILED', cause: 'timeout' }

for (const [name, record, outcome, text] of [
  ['wrong credentials', { verdict: 'deny', count: 1 }, undefined, 'Denied'],
  ['counted wrong credentials', { verdict: 'deny', count: 12 }, undefined, 'Denied'],
  ['a denial', { verdict: 'deny' }, denied, 'Denied'],
  ['a malformed envelope', { verdict: 'error' }, denied, 'The gateway returned an error'],
  ['a failure', { verdict: 'error' }, failed, 'Failed: timeout'],
  ['an answer', { verdict: 'allow' }, answered, 'The client received the complete response'],
  ['an open request', { verdict: 'allow' }, undefined, 'Unknown: in progress, or no longer stored'],
] satisfies [string, Pick<AuditRecord, 'verdict' | 'count'>, Outcome | undefined, string][])
  t.equal(outcomeInWords(record, outcome), text, `outcomeInWords() ${name}`)
