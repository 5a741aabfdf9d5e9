import t from 'tap'
import type { AuditRecord } from '../../../src/console/api/history.ts'
import { changedMembers, changeInWords, rulesOf } from '../../../src/console/audit/record.ts'

const record: AuditRecord = {
  type: 'decision',
  at: '2026-03-01T00:00:00.000Z',
  decisionId: '0199d4a8-0000-7000-8000-000000000010',
  roleId: 'r-1',
  verdict: 'deny',
  matchedRules: ['a rule'],
}

for (const [name, of, path] of [
  ['a rule of the role', { reason: 'rule-denies' }, '/roles/r-1?rule=a%20rule'],
  ['an access control rule', { reason: 'access-control-denies' }, '/access-control/rules/a%20rule'],
  ['no rule', { matchedRules: [] }, undefined],
] satisfies [string, Partial<AuditRecord>, string | undefined][])
  t.equal(rulesOf({ ...record, ...of })[0]?.path, path, `rulesOf() links to ${name}`)

const before = { name: 'backup', type: 'FULL_ACCESS', rules: [{ id: 'a' }], lock: undefined }
const after = { name: 'backup', type: 'READ_ONLY', rules: [{ id: 'b' }], lock: { message: 'x' } }

t.strictSame(
  changedMembers(before, after).map(({ name }) => name),
  ['type', 'rules', 'lock'],
)
t.strictSame(changedMembers(before, after)[0], {
  name: 'type',
  before: 'FULL_ACCESS',
  after: 'READ_ONLY',
})
t.equal(changeInWords(before, after), 'type, rules, lock')
t.equal(changeInWords(undefined, after), 'Created')
t.equal(changeInWords(before, undefined), 'Deleted')
t.equal(changeInWords(undefined, undefined), '')

const imported = { dryRun: false, created: ['u-1', 'u-2'], updated: [], deleted: ['u-3'] }
t.equal(changeInWords(undefined, imported), '2 created, 1 deleted')
t.equal(changeInWords(undefined, { ...imported, dryRun: true }), 'Preview only')
