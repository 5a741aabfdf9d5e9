/**
 * Records and metrics of one request, from the values that it reached.
 */

import t from 'tap'
import type { Decided, Reached, RequestContext } from '../../src/gateway/context.ts'
import { type Ending, isRepeatable, RequestRecorder } from '../../src/gateway/request-recorder.ts'
import { Shadows } from '../../src/gateway/shadows.ts'
import { Failure } from '../../src/model/failure.ts'
import { findProfile } from '../../src/policy/profiles.ts'

type Fields = Readonly<Record<string, unknown>>

const ENDING: Ending = {
  ended: 'complete',
  status: 200,
  requestBytes: 11,
  responseBytes: 22,
  responseCode: 'NoError',
  itemCount: 3,
  upstreamMs: 44,
}

const KEY = { kind: 'access-key', key: { id: 'AKIA' } }
const SID = { kind: 'directory-account', sid: 'S-1' }
const SIGN_IN = {
  ...{ scheme: 'NTLM', signedInBy: 'connection', workstation: 'PC', mic: 'ok' },
  ...{ channelBinding: 'absent', targetName: 'wrong', protectionRequiredBy: 'key' },
}
const CALLER = { principal: { id: 'p', organizationId: 'o' }, credential: KEY, signIn: SIGN_IN }
const ANN = { kind: 'SmtpAddress', value: 'ann@example.com' }
const PROLOGUE = { requestElement: 'GetItem', connectingSid: ANN }
const RULES = [
  { id: 'r1', name: 'One' },
  { id: 'r2', name: 'Two' },
]
const ALLOW = { verdict: 'allow', matchedRules: ['r2', 'r1'], matchedGroups: ['g'] }
const DENY = { verdict: 'deny', reason: 'rule-denies', matchedRules: ['r1'] }
const DECIDED = {
  ...{
    user: { id: 'u', primarySmtpAddress: 'ann@example.com' },
    policyVersion: 7,
    knownSince: 400,
  },
  role: { id: 'r', name: 'Role', type: 'FULL_ACCESS', profile: { name: 'agent' }, rules: RULES },
  facts: { itemCount: 2, folders: ['inbox'], items: ['i'] },
  shadow: undefined,
}
const DRAFT = { version: 4, outcome: 'would-deny', reason: 'role-locked', missing: [{}] }
const UNKNOWN = { version: 5, outcome: 'unknown', cause: 'error', error: new TypeError('x') }

/** Fields of the record of an allowed request. */
const ALLOWED = {
  ...{ type: 'decision', at: 1_000, decisionId: 'd', knowledgeAgeMs: 600, itemCount: 2 },
  ...{ sourceAddress: '192.0.2.1', userAgent: 'Test/1', organizationId: 'o', principalId: 'p' },
  ...{ accessKeyId: 'AKIA', ...SIGN_IN, roleId: 'r', roleName: 'Role', roleType: 'FULL_ACCESS' },
  ...{ profile: 'agent', profileVersion: findProfile('agent')?.version, policyVersion: 7 },
  ...{ connectingSid: ANN, userId: 'u', userAddress: 'ann@example.com', operation: 'GetItem' },
  ...{ verdict: 'allow', matchedRules: ['r2', 'r1'], ruleName: 'Two', matchedGroups: ['g'] },
  ...{ folders: ['inbox'], items: ['i'] },
}

/** Returns the fields that are known, as the journal writes them. */
const known = (fields: object): Fields =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))

/** A recorder whose records are written when the test says so. */
function open(isTraced = false) {
  const noted = {
    ...{ decisions: [] as Fields[], outcomes: [] as Fields[], samples: [] as Fields[] },
    ...{ traced: [] as Fields[], compared: [] as string[], failedClosed: 0, counted: 1 },
  }
  const writing = Promise.withResolvers<void>()
  const audit = {
    record: (record: Fields) =>
      noted[record['type'] === 'decision' ? 'decisions' : 'outcomes'].push(known(record)),
    written: () => writing.promise,
  }
  const metrics = {
    request: (sample: Fields) => noted.samples.push(known(sample)),
    shadowCompared: (outcome: string) => noted.compared.push(outcome),
    policy: { failedClosed: () => (noted.failedClosed += 1) },
  }
  const context = {
    ...{ decisionId: 'd', receivedAt: 900, source: { address: '192.0.2.1' } },
    request: { headers: { 'user-agent': 'Test/1' } },
    server: {
      shadows: new Shadows({ error: () => undefined }, () => 1_000),
      ports: { audit, metrics, now: () => 1_000, journalShares: { count: () => noted.counted } },
    },
    trace: isTraced ? { result: (sample: Fields) => noted.traced.push(known(sample)) } : undefined,
  } as unknown as RequestContext
  const read = (caller: object = CALLER, prologue: object = PROLOGUE) =>
    ({ context, caller, prologue }) as unknown as Reached
  const decided = (change: object = {}): Decided =>
    ({ ...DECIDED, verdict: 'allow', decision: ALLOW, read: read(), ...change }) as never
  return { recorder: new RequestRecorder(context), noted, writing, context, read, decided }
}

const answered = (allowed: unknown, change: object = {}) =>
  ({ allowed, isFault: false, failure: undefined, ...change }) as unknown as Reached

t.test('RequestRecorder records an allowed request and its outcome completely', async t => {
  const { recorder, noted, decided } = open(true)
  t.notOk(recorder.hasVerdict)
  void recorder.decided(decided())
  t.ok(recorder.hasVerdict)
  recorder.ended(answered(decided()), ENDING)
  t.strictSame(noted.decisions, [ALLOWED])
  const { ended, ...numbers } = ENDING
  const outcome = { type: 'outcome', at: 1_000, decisionId: 'd', ended, outcome: 'ANSWERED' }
  t.strictSame(noted.outcomes, [{ ...outcome, durationMs: 100, ...numbers }])
  const sample = {
    ...{ organization: 'o', operation: 'GetItem', role: 'r', verdict: 'allow' },
    ...{ outcome: 'ANSWERED', durationMs: 100, isExcepted: false },
  }
  t.strictSame([noted.samples, noted.traced], [[sample], [sample]])
  t.strictSame([noted.compared, noted.failedClosed], [[], 0])
})

t.test('RequestRecorder records what is known of a request', async t => {
  const { read, decided, context } = open()
  const withMailbox = { ...CALLER, mailbox: 'bob@example.com' }
  const bob = { userNameMailbox: 'bob@example.com' }
  const bySid = { connectingSid: { kind: 'SmtpAddress', value: 'bob@example.com' } }
  const person = { ...CALLER, credential: SID, signIn: { scheme: 'Bearer' } }
  const none = { requestElement: 'GetItem' }
  for (const [what, reached, fields, missing] of [
    ['only the connection', { context }, {}, ['organizationId', 'accessKeyId', 'operation']],
    ['a caller', { context, caller: CALLER }, { principalId: 'p', mic: 'ok' }, ['operation']],
    ['a person', read(person), { identity: SID, scheme: 'Bearer' }, ['accessKeyId', 'mic']],
    ['a mailbox in the user name', read(withMailbox, none), { ...bob, ...bySid }, []],
    ['a mailbox and a header', read(withMailbox), { ...bob, connectingSid: ANN }, []],
    ['no name', read(CALLER, none), { operation: 'GetItem' }, ['connectingSid']],
    ['a mailbox, no prologue', { context, caller: withMailbox }, bob, ['connectingSid']],
    ['no operation', read(CALLER, { requestElement: 'Fire' }), { operation: 'Fire' }, ['roleId']],
    [
      'a failure after the role was found',
      { ...decided(), verdict: 'error', knownSince: undefined },
      { roleId: 'r', policyVersion: 7, userId: 'u' },
      ['knowledgeAgeMs', 'matchedRules', 'ruleName', 'protectionException'],
    ],
    [
      'a role that ended',
      { ...decided(), role: undefined },
      { policyVersion: 7 },
      ['roleId', 'profile', 'profileVersion'],
    ],
    [
      'a role without a profile',
      { ...decided(), role: { id: 'r', rules: [] } },
      { roleId: 'r' },
      ['profile', 'profileVersion'],
    ],
  ] as const) {
    const { recorder, noted } = open()
    const failure = new Failure('over-budget', '', { kind: 'memory' })
    void recorder.failed(failure, reached as unknown as Reached)
    const [record] = noted.decisions
    t.match(record, { verdict: 'error', reason: 'over-budget', ...fields }, what)
    t.equal(noted.failedClosed, 0, what)
    for (const field of missing) t.notOk(field in (record ?? {}), `${what}: no ${field}`)
  }
})

t.test('RequestRecorder names the first rule that matched, and the comparison', async t => {
  const otherRole = { ...DECIDED.role, rules: [{ id: 'r2' }] }
  const accessControl = { ...DENY, reason: 'access-control-denies', matchedRules: ['r1'] }
  for (const [change, ruleName, shadow] of [
    [{}, 'Two', undefined],
    [{ decision: { ...ALLOW, matchedRules: ['r1', 'r2'] } }, 'One', undefined],
    [{ decision: { ...ALLOW, matchedRules: [] } }, undefined, undefined],
    [{ role: otherRole }, undefined, undefined],
    [{ role: undefined }, undefined, undefined],
    [{ decision: DENY }, 'One', undefined],
    [{ decision: accessControl }, undefined, undefined],
    [{ shadow: DRAFT }, 'Two', { version: 4, outcome: 'would-deny', reason: 'role-locked' }],
    [{ shadow: UNKNOWN }, 'Two', { version: 5, outcome: 'unknown', cause: 'error' }],
  ] as const) {
    const { recorder, noted, decided } = open()
    void recorder.decided(decided(change))
    recorder.ended(decided(change), ENDING)
    const [record] = noted.decisions
    t.strictSame([record?.['ruleName'], record?.['shadow']], [ruleName, shadow])
    t.strictSame(noted.compared, shadow ? [shadow.outcome] : [])
  }
})

t.test('RequestRecorder records a comparison after the response with the outcome', async t => {
  const lacking = { version: 6, outcome: 'unknown', cause: 'data-missing' }
  for (const [after, recorded] of [
    [DRAFT, { version: 4, outcome: 'would-deny', reason: 'role-locked' }],
    [lacking, undefined],
    [UNKNOWN, undefined],
    [undefined, undefined],
  ] as const) {
    const change = { shadow: { ...lacking, again: () => after } }
    const { recorder, noted, decided } = open()
    void recorder.decided(decided(change))
    recorder.ended(answered(decided(change)), ENDING)
    t.strictSame(
      [noted.decisions[0]?.['shadow'], noted.outcomes[0]?.['shadow']],
      [lacking, recorded],
    )
    t.strictSame(noted.compared, [recorded ? 'would-deny' : 'unknown'])
    const denied = open()
    void denied.recorder.decided(decided({ ...change, verdict: 'deny', decision: DENY }))
    denied.recorder.ended(decided({ ...change, verdict: 'deny', decision: DENY }), ENDING)
    t.equal(denied.noted.outcomes[0]?.['shadow'], undefined, 'there is no response')
  }
})

t.test('RequestRecorder keeps the denial of a request that also failed', async t => {
  const { recorder, noted, writing, decided } = open()
  const denied = decided({ verdict: 'deny', decision: DENY, isExcepted: true })
  void recorder.decided(denied)
  const steps: string[] = []
  const failed = recorder.failed(new Failure('body-too-large', ''), denied)
  void failed.then(() => steps.push('answered'))
  await new Promise(setImmediate)
  t.strictSame(steps, [], 'the fault waits for the record of the denial')
  writing.resolve()
  await failed
  recorder.ended(denied, ENDING)
  t.equal(noted.decisions.length, 1)
  t.match(noted.decisions, [{ verdict: 'deny', reason: 'rule-denies' }])
  t.notOk('protectionException' in (noted.decisions[0] ?? {}), 'only requests that were let in')
  t.match(noted.outcomes, [{ ended: 'fault', outcome: 'DENIED', cause: undefined }])
  t.match(noted.samples, [{ verdict: 'deny', reason: 'rule-denies' }])
})

t.test(
  'RequestRecorder waits for the record of a failure, and counts lacks of policy data',
  async t => {
    const { recorder, noted, writing, read } = open()
    const failed = recorder.failed(new Failure('policy-unavailable', ''), read())
    writing.reject(new Failure('audit-unavailable', ''))
    await t.rejects(failed, { name: 'Failure', reason: 'audit-unavailable' })
    recorder.ended(read(), ENDING)
    t.match(noted.outcomes, [{ ended: 'fault', outcome: 'FAILED', cause: 'policy' }])
    t.match(noted.samples, [{ verdict: 'error', reason: 'policy-unavailable', cause: 'policy' }])
    t.equal(noted.failedClosed, 1)
  },
)

t.test('RequestRecorder records an exception from protection until the end', async t => {
  for (const [isPending, isDecided] of [
    [true, true],
    [true, false],
    [false, true],
    [false, false],
  ]) {
    const { recorder, noted, decided } = open()
    void recorder.pending(decided({ isExcepted: isPending, shadow: DRAFT }) as never)
    t.notOk(recorder.hasVerdict)
    void recorder.decided(decided({ isExcepted: isDecided }))
    recorder.ended(decided(), ENDING)
    t.match(
      noted.decisions.map(({ verdict, protectionException, shadow }) => [
        ...[verdict, protectionException, shadow],
      ]),
      [
        ['pending', isPending || undefined, undefined],
        ['allow', isPending || isDecided || undefined, undefined],
      ],
    )
    t.match(noted.samples, [{ isExcepted: isPending || isDecided }])
  }
})

t.test('RequestRecorder counts no exception for a denied request that was not sent', async t => {
  for (const begin of ['pending', 'decided'] as const)
    for (const isSent of [true, false]) {
      const { recorder, noted, decided } = open()
      void recorder[begin](decided({ isExcepted: true }) as never)
      const denied = decided({ verdict: 'deny', decision: DENY })
      void recorder.decided(denied)
      recorder.ended(isSent ? answered(decided()) : denied, ENDING)
      t.match(noted.samples, [{ verdict: 'deny', outcome: 'DENIED', isExcepted: isSent }], begin)
    }
})

t.test('RequestRecorder tells how a request ended', async t => {
  const closed = new Failure('upstream-unreachable', '', { kind: 'closed' })
  const late = new Failure('upstream-timeout', '')
  for (const [what, failure, reached, ended, expected] of [
    ['the client left', undefined, {}, 'client-gone', ['client-gone', 'ABORTED', 'client-gone']],
    ['a client left a fault', late, {}, 'client-gone', ['client-gone', 'ABORTED', 'client-gone']],
    ['cut by the policy', undefined, {}, 'cut', ['cut', 'ABORTED', undefined]],
    ['cut by the upstream', undefined, { failure: closed }, 'cut', ['cut', 'ABORTED', 'closed']],
    ['cut by another failure', late, {}, 'cut', ['cut', 'ABORTED', 'timeout']],
    ['cut by both', late, { failure: closed }, 'cut', ['cut', 'ABORTED', 'closed']],
    ['a fault', undefined, { isFault: true }, 'complete', ['complete', 'FAILED', 'upstream-fault']],
    ['an answer', undefined, {}, 'complete', ['complete', 'ANSWERED', undefined]],
    ['a failure', late, {}, 'complete', ['complete', 'FAILED', 'timeout']],
    ['not forwarded', late, undefined, 'complete', ['fault', 'FAILED', 'timeout']],
    ['not forwarded, cut', late, undefined, 'cut', ['cut', 'ABORTED', 'timeout']],
    [
      'answered by the gateway',
      undefined,
      undefined,
      'complete',
      ['complete', 'ANSWERED', undefined],
    ],
  ] as const) {
    const { recorder, noted, decided } = open()
    void recorder.decided(decided())
    if (failure) void recorder.failed(failure, decided())
    const last = reached ? answered(decided(), reached) : decided({ failure: closed })
    recorder.ended(last, { ...ENDING, ended })
    const [outcome] = noted.outcomes
    t.strictSame([outcome?.['ended'], outcome?.['outcome'], outcome?.['cause']], expected, what)
    t.equal(noted.decisions.length, 1, 'a failure after the decision has no record of its own')
    t.match(noted.samples, [{ verdict: failure ? 'error' : 'allow', outcome: expected[1] }])
  }
  const { recorder, noted, context } = open()
  recorder.ended({ context }, ENDING)
  t.match(noted.samples, [{ verdict: 'error', isExcepted: false }], 'without any verdict')
})

t.test('isRepeatable() allows a second run only of operations that change nothing', async t => {
  const { read, context, decided } = open()
  for (const [operation, expected] of [
    ['GetItem', true],
    ['Subscribe', true],
    ['CreateItem', false],
    ['AddDelegate', false],
    ['Unknown', false],
  ] as const) {
    const reached = read(CALLER, { requestElement: operation })
    t.equal(isRepeatable(reached), expected, operation)
    t.equal(isRepeatable(answered(decided({ read: reached }))), expected, operation)
  }
  t.equal(isRepeatable({ context }), true, 'a request that was not read')
})

t.test('RequestRecorder counts requests over the share of the journal', async t => {
  for (const [counted, records] of [
    [0, []],
    [7, [{ verdict: 'error', count: 7 }]],
  ] as const) {
    const { recorder, noted, read } = open()
    noted.counted = counted
    void recorder.failed(new Failure('over-budget', ''), read())
    recorder.ended(read(), ENDING)
    t.match(noted.decisions, records)
    t.equal(noted.decisions.length, records.length)
    t.strictSame([noted.outcomes, noted.samples.length], [[], 1], 'a metric, but no outcome')
  }
})

t.test('RequestRecorder names few IDs of a denied request', async t => {
  const ids = Array.from({ length: 100 }, (_, n) => `i${n}`)
  const facts = { itemCount: 100, folders: ids, items: ids }
  for (const [verdict, most] of [
    ['allow', 100],
    ['deny', 5],
  ] as const) {
    const { recorder, noted, decided } = open()
    void recorder.decided(decided({ decision: verdict === 'deny' ? DENY : ALLOW, facts }))
    const first = ids.slice(0, most)
    t.match(noted.decisions, [{ verdict, itemCount: 100, folders: first, items: first }])
    t.strictSame(noted.decisions[0]?.['items'], first)
  }
})
