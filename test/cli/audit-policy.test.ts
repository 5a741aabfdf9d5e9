/** `ews-gateway audit policy` prints the policy at a time. */

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import t, { type Test } from 'tap'
import type { ChangeRecord, SnapshotRecord } from '../../src/audit/audit.ts'
import { lineOf } from '../../src/audit/line.ts'
import { printPolicy, timeIn } from '../../src/cli/audit-policy.ts'
import { firstIdAt } from '../../src/model/decision-id.ts'
import { NO_POLICY } from '../../src/model/policy-state.ts'
import { runCommand } from '../kit/command.ts'
import { configOf } from '../kit/serving.ts'

const ORGANIZATION = 'm-0123456789abcdef0123456789abcdef'
const START = Date.parse('2027-03-01T09:00:00Z')
const MINUTE = 60_000
const common = { organizationId: ORGANIZATION, epoch: 'e-1' }

const snapshotAt = (at: number, policyVersion: number, roles: object): SnapshotRecord => ({
  type: 'snapshot',
  at,
  decisionId: firstIdAt(at),
  ...common,
  policyVersion,
  policy: { ...NO_POLICY, roles },
})

const change: ChangeRecord = {
  type: 'change',
  at: START + MINUTE,
  decisionId: firstIdAt(START + MINUTE),
  ...common,
  action: 'workmail:CreateImpersonationRole',
  verdict: 'allow',
  policyVersion: 3,
  policyVersionBefore: 2,
  object: { type: 'ROLE', id: 'r-1', name: 'Größe' },
  after: { id: 'r-1', name: 'Größe \u202e' },
}

const ROLE = { 'r-1': { id: 'r-1', name: 'Größe \u202e' } }

async function policyAt(minute: number, ...paths: readonly string[]) {
  const [printed, warnings] = [[] as string[], [] as string[]]
  const code = await printPolicy(
    { organizationId: ORGANIZATION, at: START + minute * MINUTE, paths },
    { print: text => void printed.push(text), warn: line => void warnings.push(line) },
  )
  return { code, out: printed.join(''), warnings }
}

/** Writes the journal of each gateway to a folder. */
const folderOf = (t: Test, files: Readonly<Record<string, string>>) =>
  t.testdir(files as Record<string, string>)

t.test('printPolicy() merges journals, also compressed ones and copies', async t => {
  const folder = folderOf(t, {
    'copy.jsonl': `{"id":"writer/1/2",${lineOf(change).slice(1)}`,
    'other.jsonl': lineOf(snapshotAt(START + 5 * MINUTE, 3, ROLE)),
  })
  const compressed = join(folder, 'first.jsonl.gz')
  writeFileSync(compressed, gzipSync(lineOf(snapshotAt(START, 2, {}))))
  const result = await policyAt(2, folder)
  t.match(result, { code: 0, warnings: [] })
  t.notMatch(result.out, '\u202e', 'no text controls the terminal')
  t.strictSame(JSON.parse(result.out), {
    organizationId: ORGANIZATION,
    at: '2027-03-01T09:02:00.000Z',
    policyVersion: 3,
    epoch: 'e-1',
    snapshotAt: '2027-03-01T09:00:00.000Z',
    changes: 1,
    policy: { ...NO_POLICY, roles: ROLE },
  })
})

t.test('printPolicy() ends with 1 if the policy is not certain, and says why', async t => {
  const start = lineOf(snapshotAt(START, 1, {}))
  const folder = folderOf(t, { 'a.jsonl': `${start}{"type":"change"\n${lineOf(change)}` })
  const result = await policyAt(2, folder)
  t.match(result, { code: 1, out: /"r-1"/ })
  t.match(result.warnings, [
    'a.jsonl, line 2 is not a record. Restore the file from a backup',
    /^The change before policy version 3 .* Name the journals of all gateways$/,
    /^Note: No later snapshot verifies the changes since 2027-03-01T09:00:00.000Z/,
    'The policy is incomplete.',
  ])
  t.match(await policyAt(-1, folder), {
    code: 1,
    out: '',
    warnings: [
      /not a record/,
      /^No snapshot of the policy .* The first one is of 2027-03-01T09:00/,
    ],
  })
  t.match(await policyAt(2, join(folder, 'none')), { code: 1, warnings: [/does not exist/, /./] })
})

for (const [text, at] of [
  ['2027-03-01', START - 9 * 60 * MINUTE],
  ['2027-03-01T09:00', START],
  ['2027-03-01T10:00+01:00', START],
  ['2027-02-30', undefined],
  ['soon', undefined],
] as const)
  t.equal(timeIn(text), at, `timeIn() ${text}`)

t.test('ews-gateway audit policy finds the organization by its alias', async t => {
  const segment = '20270301T090000Z-1a2b3c4d-000001.jsonl'
  const cwd = t.testdir({
    'gateway.yaml': JSON.stringify(configOf('https://mail.example.com/EWS/Exchange.asmx')),
    'upstream.password': 'correct-horse-battery',
    data: { audit: { [segment]: lineOf(snapshotAt(START, 1, ROLE)) } },
  })
  const run = (...args: readonly string[]) => runCommand(t, ['audit', 'policy', ...args], { cwd })
  const [configured, named, unknown, wrong] = await Promise.all([
    run('--config', 'gateway.yaml', '--organization', 'example', '--at', '2027-03-02'),
    run('--organization', ORGANIZATION, '--at', '2027-03-02', 'data/audit'),
    run('--config', 'gateway.yaml', '--organization', 'other', '--at', '2027-03-02'),
    run('--config', 'gateway.yaml', '--organization', 'example', '--at', '2027-02-30'),
  ])
  t.match(configured, { code: 0, err: /^Note: / })
  t.match(JSON.parse(configured.out), { organizationId: ORGANIZATION, policy: { roles: ROLE } })
  t.strictSame(named, configured)
  t.match(unknown, { code: 1, out: '', err: /^Unknown organization other/ })
  t.match(wrong, { code: 2, out: '', err: /^error: --at must be a time, such as .*: 2027-02-30$/m })
})
