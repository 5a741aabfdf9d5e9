import t from 'tap'
import { Groupings } from '../../src/gateway/groupings.ts'
import type { ServedOrganization } from '../../src/gateway/ports.ts'
import { Failure } from '../../src/model/failure.ts'

const SECOND_MS = 1_000
const ORGANIZATION = 'm-1'

/** An upstream whose Autodiscover answers by the test. */
function trial() {
  const time = { now: 5_000 }
  const lines: string[] = []
  const logged: object[] = []
  const asked: string[] = []
  const state: { answer: () => Promise<string | undefined> } = { answer: async () => 'Site' }
  const note = (level: string) => (fields: object, msg: string) => {
    logged.push(fields)
    lines.push(`${level} ${msg} ${'message' in fields ? fields.message : ''}`.trim())
  }
  const groupings = new Groupings({
    log: { info: note('info'), warn: note('warn') } as never,
    now: () => time.now,
  })
  const groupingInformation = (address: string) => {
    asked.push(address)
    return state.answer()
  }
  const served = (id: string) =>
    ({
      organization: { id },
      upstream: { autodiscover: { groupingInformation } },
    }) as unknown as ServedOrganization
  const of = (address: string, id: string = ORGANIZATION) => groupings.of(served(id), address)
  return { time, lines, logged, asked, state, of }
}

t.test('of() sends one request for concurrent calls, and another after five minutes', async t => {
  const { time, lines, asked, of, state } = trial()
  t.strictSame(
    await Promise.all([of('a'), of('a'), of('b'), of('a', 'm-2')]),
    Array(4).fill('Site'),
  )
  t.strictSame(asked, ['a', 'b', 'a'], 'once for each mailbox of each organization')
  state.answer = async () => undefined
  time.now += 300 * SECOND_MS - 1
  t.equal(await of('a'), 'Site')
  time.now += 1
  t.equal(await of('a'), undefined)
  t.equal(await of('a'), undefined, 'that a server has none is known for a while, too')
  t.equal(asked.length, 4)
  t.strictSame(lines, [], 'nothing has failed')
})

t.test('of() reports a failure once, pauses, and reports the recovery', async t => {
  const { time, lines, asked, state, of } = trial()
  const failure = new Failure('upstream-timeout', 'Too slow')
  state.answer = async () => {
    throw failure
  }
  t.equal(await of('a'), undefined)
  t.equal(await of('a'), undefined)
  t.equal(await of('b'), undefined)
  t.equal(asked.length, 1, 'not asked for ten seconds')
  time.now += 10 * SECOND_MS
  t.strictSame(await Promise.all([of('a'), of('b')]), [undefined, undefined])
  t.equal(asked.length, 3)
  const failed = "warn The upstream's Autodiscover returns no GroupingInformation Too slow"
  t.strictSame(lines, [failed], 'R38 one line at the change')
  state.answer = async () => 'Site'
  time.now += 10 * SECOND_MS - 1
  t.equal(await of('a'), undefined, 'still paused')
  time.now += 1
  t.equal(await of('a'), 'Site')
  t.equal(await of('a', 'm-2'), 'Site')
  t.strictSame(lines, [failed, "info The upstream's Autodiscover answers again"])
  state.answer = async () => {
    throw new TypeError('unhandled')
  }
  await t.rejects(of('c'), TypeError, 'an unhandled error is not a failure of the upstream')
})

t.test('of() keeps 10,000 answers', async t => {
  const { asked, of } = trial()
  for (let i = 0; i <= 10_000; i += 1) await of(`${i}`)
  asked.length = 0
  await of('0')
  await of('2')
  await of('10000')
  t.strictSame(asked, ['0'], 'only the oldest is forgotten')
})

t.test('of() logs the reason of a failure, its error if there is one, and a remedy', async t => {
  const remedy = 'Run ews-gateway check-upstream --config FILE, and check the logs of the server.'
  const known = { organization: ORGANIZATION, reason: 'upstream-timeout', message: 'Slow', remedy }
  const err = new Error('ECONNRESET')
  for (const [options, fields] of [
    [{}, known],
    [{ cause: err }, { ...known, err }],
  ] as const) {
    const { logged, state, of } = trial()
    state.answer = () => Promise.reject(new Failure('upstream-timeout', 'Slow', options))
    await of('a')
    t.strictSame(logged, [fields])
  }
})
