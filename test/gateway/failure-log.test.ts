import t from 'tap'
import { FailureLog } from '../../src/gateway/failure-log.ts'
import { Failure } from '../../src/model/failure.ts'

t.test('FailureLog logs one failure of each cause in a minute', async t => {
  const time = { now: 5 }
  const lines: Readonly<Record<string, unknown>>[] = []
  const warn = (fields: Readonly<Record<string, unknown>>, msg: string) =>
    lines.push({ ...fields, msg })
  const log = new FailureLog({ warn }, () => time.now)
  const memory = new Failure('over-budget', 'No memory', { kind: 'memory' })
  log.failed(memory)
  log.failed(memory)
  const [line, ...others] = lines.splice(0)
  const fields = {
    cause: 'memory',
    reason: 'over-budget',
    message: 'No memory',
    msg: 'Requests fail',
  }
  t.match(line, { ...fields, remedy: /raise limits.memoryBytes/ })
  t.notOk('err' in (line ?? {}), 'without an error that there is not')
  t.strictSame(others, [])

  const closed = new Error('closed')
  log.failed(new Failure('policy-unavailable', 'Too old', { cause: closed }))
  t.match(lines.splice(0), [{ cause: 'policy', err: closed }], 'another cause is another line')
  time.now = 60_004
  log.failed(memory)
  t.strictSame(lines, [])
  time.now = 60_005
  log.failed(memory)
  t.match(lines, [{ cause: 'memory' }])
})

t.test('FailureLog skips errors that are logged elsewhere or are not failures', async t => {
  const log = new FailureLog({ warn: () => t.fail('nothing is logged') })
  for (const reason of [
    'upstream-unreachable',
    'audit-unavailable',
    'internal-error',
    'client-gone',
    'rule-denies',
  ] as const)
    log.failed(new Failure(reason, 'x'))
})
