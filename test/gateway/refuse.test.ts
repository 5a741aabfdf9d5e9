/**
 * Answers to requests that are denied or that fail, in the form of the request.
 */

import t from 'tap'
import type { Denied, Reached, RequestContext } from '../../src/gateway/context.ts'
import { answerError, refuse, refuseError } from '../../src/gateway/refuse.ts'
import type { RequestRecorder } from '../../src/gateway/request-recorder.ts'
import type { Reason } from '../../src/model/decision.ts'
import { Failure } from '../../src/model/failure.ts'

const VERSION = { majorVersion: 15, version: 'V2017_07_11' }
const CALLER = { principal: { id: 'p', organizationId: 'o' } }

type Parts = Readonly<{ response?: object; userAgent?: string; record?: () => Promise<void> }>

/** A request that gets an answer, and what is done to it, in this order. */
function open({ response = {}, userAgent, record = async () => undefined }: Parts = {}) {
  const calls: unknown[][] = []
  const note =
    (name: string) =>
    (...what: unknown[]) => {
      calls.push([name, ...what])
    }
  const upstream = { serverVersion: () => VERSION }
  const context = {
    request: { headers: { 'user-agent': userAgent } },
    response: { headersSent: false, destroyed: false, destroy: note('destroy'), ...response },
    body: { complete: true },
    reply: {
      fault: note('fault'),
      responseError: note('messages'),
      unauthorized: note('401'),
    },
    server: {
      failureLog: { failed: ({ reason }: Failure) => calls.push(['noted', reason]) },
      ports: { organizations: new Map([['o', { upstream }]]), log: { error: note('log') } },
    },
  } as unknown as RequestContext
  const recorder = {
    decided: ({ decision }: Denied) => {
      calls.push(['decided', decision.verdict])
      return record()
    },
    failed: ({ reason }: Failure) => {
      calls.push(['failed', reason])
      return record()
    },
  } as unknown as RequestRecorder
  return { context, recorder, calls }
}

type Reading = Readonly<{ whole?: boolean; operation?: string; entries?: number; end?: () => void }>

/** A denied request that was read so far. */
function denied(context: RequestContext, reason: Reason, reading: Reading = {}): Denied {
  const { whole = true, operation = 'DeleteItem', entries = 1, end = () => undefined } = reading
  const prologue = { requestElement: operation }
  const read = { context, caller: CALLER, prologue, whole, reader: { entries, end } }
  const role = { lock: { message: 'Closed' } }
  return { verdict: 'deny', read, role, decision: { verdict: 'deny', reason } } as unknown as Denied
}

const ANSWER = { code: 'ErrorAccessDenied', backOffMs: undefined, mayHaveRun: false }
const REFUSAL = {
  ...{ reason: 'role-is-read-only', answer: ANSWER, message: '', serverVersion: VERSION },
}

t.test('refuse() records a denial and answers it once, in the form of the client', async t => {
  const malformed = () => {
    throw new Failure('envelope-malformed', '')
  }
  const evolution = 'Evolution/3.56.1'
  for (const [what, userAgent, reading, count] of [
    ['another client', 'Other/1', {}, 0],
    ['no client', undefined, {}, 0],
    ['one entry', evolution, { entries: 1 }, 1],
    ['no entry', evolution, { entries: 0 }, 0],
    ['as many as possible', evolution, { entries: 500 }, 500],
    ['more', evolution, { entries: 501 }, 0],
    ['an operation without a list', evolution, { operation: 'SyncFolderItems', entries: 0 }, 1],
    ['an operation without a form', evolution, { operation: 'UpdateItem' }, 0],
    ['a streamed request', evolution, { whole: false }, 0],
    ['a malformed rest', evolution, { end: malformed }, 0],
  ] as const) {
    const { context, recorder, calls } = open(userAgent === undefined ? {} : { userAgent })
    await refuse(recorder, denied(context, 'role-is-read-only', reading))
    const [decided, answered, ...others] = calls
    t.strictSame([decided, others], [['decided', 'deny'], []], what)
    const expected = count === 0 ? ['fault', REFUSAL] : ['messages', REFUSAL, { count }]
    t.match(answered, expected, what)
  }
})

t.test('refuse() answers nothing without a record, and hides no error', async t => {
  const { context, recorder, calls } = open({
    userAgent: 'Evolution/3.56.1',
    record: () => Promise.reject(new Failure('audit-unavailable', '')),
  })
  const request = denied(context, 'rule-denies')
  await t.rejects(refuse(recorder, request), { name: 'Failure', reason: 'audit-unavailable' })
  t.strictSame(calls, [['decided', 'deny']])

  const failure = new Failure('policy-unavailable', '')
  const undecided = { ...request, verdict: 'error', failure } as never
  await t.rejects(refuse(recorder, undecided), { name: 'Failure', reason: 'policy-unavailable' })
  t.equal(calls.length, 1, 'no decision is recorded')

  const other = open({ userAgent: 'Evolution/3.56.1' })
  const end = () => {
    throw new TypeError('unhandled')
  }
  await t.rejects(refuse(other.recorder, denied(other.context, 'rule-denies', { end })), TypeError)
  t.strictSame(other.calls.slice(1), [], 'no answer')
})

t.test('refuse() sends a fault only if the client can still get one', async t => {
  for (const [what, reason, response, expected] of [
    ['a lock', 'role-locked', {}, ['fault', { reason: 'role-locked', message: 'Closed' }]],
    ['an ended credential', 'credentials-refused', {}, ['401', 'invalid']],
    ['a response that has begun', 'rule-denies', { headersSent: true }, ['destroy']],
    ['a client that left', 'rule-denies', { destroyed: true }, ['destroy']],
    ['a 401 too late', 'credentials-refused', { headersSent: true }, ['destroy']],
  ] as const) {
    const { context, recorder, calls } = open({ response })
    await refuse(recorder, denied(context, reason))
    t.equal(calls.length, 2, what)
    t.match(calls[1], expected, what)
  }
})

t.test('refuseError() records an error before it answers with a fault', async t => {
  const lost = new Failure('upstream-timeout', 'Too slow', {
    kind: 'closed',
    reach: 'sent-unknown',
  })
  const gone = new Failure('client-gone', '')
  const busy = new Failure('over-budget', 'Full')
  const read = (operation: string, caller: object = CALLER) =>
    ({ caller, prologue: { requestElement: operation } }) as unknown as Reached
  const elsewhere = { principal: { id: 'p', organizationId: 'x' } }
  for (const [what, error, reached, expected] of [
    ['a read', lost, read('GetItem'), { answer: { mayHaveRun: false }, serverVersion: VERSION }],
    ['a write', lost, read('CreateItem'), { answer: { mayHaveRun: true }, message: 'Too slow' }],
    ['a lack', busy, read('GetItem'), { answer: { code: 'ErrorServerBusy', backOffMs: 10_000 } }],
    ['no caller', busy, {} as Reached, { reason: 'over-budget', serverVersion: undefined }],
    ['no upstream', busy, read('GetItem', elsewhere), { serverVersion: undefined }],
    ['a client that left', gone, read('GetItem'), undefined],
  ] as const) {
    const { context, recorder, calls } = open()
    await refuseError(context, recorder, reached, error)
    const steps = [
      ['noted', error.reason],
      ['failed', error.reason],
    ]
    t.strictSame(calls.slice(0, 2), steps, what)
    t.match(calls[2], expected ? ['fault', expected] : ['destroy'], what)
    t.equal(calls.length, 3, what)
  }
})

t.test('answerError() logs unhandled errors, and answers once', async t => {
  const { context, recorder, calls } = open()
  const answers: Reason[] = []
  const answer = ({ reason }: Failure) => answers.push(reason)
  const error = new TypeError('unhandled')
  await answerError(context, recorder, {} as Reached, error, answer)
  t.strictSame(calls[0], ['log', { err: error }, 'Unhandled error'])
  t.strictSame(answers.splice(0), ['internal-error'])

  const unrecorded = open({ record: () => Promise.reject(new Failure('audit-unavailable', '')) })
  const busy = new Failure('over-budget', '')
  await answerError(unrecorded.context, unrecorded.recorder, {} as Reached, busy, answer)
  t.strictSame(answers, ['audit-unavailable'], 'a failure without a record is another failure')
})
