import t from 'tap'
import { Health } from '../../src/telemetry/health.ts'
import { refusedCredentials } from '../../src/upstream/failures.ts'
import { remedyOf } from '../../src/upstream/remedy.ts'

const pass = () => undefined
const fail = (message: string) => () => {
  throw new Error(message)
}

t.test('report() passes without checks', async t => {
  t.strictSame(await new Health().report('ready'), { status: 'pass', checks: {} })
})

t.test('report() runs the checks of its kind, and names them', async t => {
  const health = new Health(() => 0)
  health.add('store', { kinds: ['ready', 'startup'], check: pass })
  health.add('cache', { kinds: ['ready'], check: async () => fail('no route to the cache')() })
  health.add('loop', { kinds: ['live'], check: pass })
  t.strictSame(await health.report('ready'), {
    status: 'fail',
    checks: {
      store: { status: 'pass', ms: 0 },
      cache: { status: 'fail', message: 'no route to the cache', ms: 0 },
    },
  })
  t.strictSame(await health.report('startup'), {
    status: 'pass',
    checks: { store: { status: 'pass', ms: 0 } },
  })
  t.strictSame(Object.keys((await health.report('live')).checks), ['loop'])
})

t.test('report() accepts any thrown value', async t => {
  const health = new Health()
  health.add('text', { kinds: ['ready'], check: () => Promise.reject('only text') })
  health.add('long', { kinds: ['ready'], check: fail('x'.repeat(1_000)) })
  const { checks } = await health.report('ready')
  t.equal(checks['text']?.message, 'only text')
  t.equal(checks['long']?.message, `${'x'.repeat(511)}…`)
})

t.test('report() gives the whole advice about an account that Exchange rejects', async t => {
  for (const account of ['basic', 'ntlm', 'oauth'] as const) {
    const health = new Health()
    const failure = refusedCredentials(0)
    const remedy = remedyOf(failure, { account, server: 'exchange', name: 'mail.example.com' })
    const organization = 'm-0123456789abcdef0123456789abcdef'
    const whole = `${organization}: credentials-rejected: ${failure.message}. ${remedy}`
    health.add('upstream', { kinds: ['ready'], degrades: true, check: fail(whole) })
    t.equal((await health.report('ready')).checks['upstream']?.message, whole)
  }
})

t.test('P8 report() does not show credentials that an error quotes', async t => {
  const health = new Health()
  const check = fail('cannot reach postgres://gateway:hunter2@db.example.com/gateway')
  health.add('store', { kinds: ['ready'], check })
  t.notMatch(JSON.stringify(await health.report('ready')), /hunter2/)
})

t.test('report() runs a check once for concurrent requests', async t => {
  let time = 0
  const health = new Health(() => time)
  const gate = Promise.withResolvers<void>()
  let runs = 0
  const check = () => {
    runs++
    return gate.promise
  }
  health.add('store', { kinds: ['ready', 'startup'], check })
  const reports = [health.report('ready'), health.report('startup')]
  time = 1_500
  reports.push(health.report('ready'))
  gate.resolve()
  t.strictSame(
    (await Promise.all(reports)).map(({ status }) => status),
    ['pass', 'pass', 'pass'],
  )
  t.equal(runs, 1)
})

t.test('report() shows no result that is a second old', async t => {
  let time = 0
  let message = 'first'
  const health = new Health(() => time)
  health.add('store', { kinds: ['ready'], check: () => fail(message)() })
  const shown = async () => (await health.report('ready')).checks['store']?.message
  t.equal(await shown(), 'first')
  message = 'second'
  time = 999
  t.equal(await shown(), 'first')
  time = 1_000
  t.equal(await shown(), 'second')
})

t.test('report() fails a check that does not answer within a second', async t => {
  const health = new Health()
  let told: AbortSignal | undefined
  const check = (signal: AbortSignal) => {
    told = signal
    return new Promise<void>(() => undefined)
  }
  health.add('stuck', { kinds: ['ready'], check })
  health.add('store', { kinds: ['ready'], check: pass })
  const { status, checks } = await health.report('ready')
  t.equal(status, 'fail')
  t.match(checks, { stuck: { message: 'No answer within 1000 ms' }, store: { status: 'pass' } })
  t.equal(told?.aborted, true, 'the check is aborted')
})

t.test('draining() makes the gateway not ready at once, and keeps it alive', async t => {
  const health = new Health()
  let runs = 0
  const check = () => {
    runs++
  }
  health.add('store', { kinds: ['ready', 'startup', 'live'], check })
  health.draining()
  t.strictSame(await health.report('ready'), {
    status: 'fail',
    checks: { draining: { status: 'fail', message: 'draining', ms: 0 } },
  })
  t.equal(runs, 0)
  t.equal((await health.report('live')).status, 'pass')
  t.equal((await health.report('startup')).status, 'pass')
})
