import fc from 'fast-check'
import t, { type Test } from 'tap'
import { CredentialBackoff, type SharedText } from '../../src/upstream/credential-backoff.ts'

/** A text that gateways share, with a count of reads, and an error while the store is down. */
function sharedText() {
  const state = { text: undefined as string | undefined, isDown: false, reads: 0 }
  const fail = () => {
    if (state.isDown) throw new Error('No store')
  }
  const shared: SharedText = {
    read: async () => {
      state.reads += 1
      fail()
      return state.text
    },
    replace: async (text, before) => {
      fail()
      if (state.text !== before) return false
      state.text = text
      return true
    },
  }
  return { state, shared }
}

/** Gateways with one account, by one clock. */
function fleet(count: number) {
  const time = { now: 1_000 }
  const { state, shared } = sharedText()
  const changes: string[] = []
  const backoffs = Array.from(
    { length: count },
    (_, n) =>
      new CredentialBackoff({
        now: () => time.now,
        shared,
        changed: rejections => changes.push(`${n}: ${rejections}`),
      }),
  )
  const [one, two, three] = backoffs as [CredentialBackoff, CredentialBackoff, CredentialBackoff]
  /** Every gateway looks, and again at what others have shared in the first round. */
  const look = async () => {
    for (const backoff of [...backoffs, ...backoffs]) await backoff.look()
  }
  return { time, state, changes, backoffs, one, two, three, look }
}

t.test('R30 CredentialBackoff tries after 2 s, then after 1 to 10 minutes', async t => {
  const { time, one } = fleet(1)
  t.equal(one.admit(), 'go')
  one.rejected('go')
  t.equal(one.backOffMs, 2_000)
  for (const seconds of [2, 60, 120, 240, 480, 600, 600]) {
    t.ok(one.isBackingOff)
    time.now += seconds * 1_000 - 1
    t.equal(one.admit(), 'back-off')
    time.now += 1
    t.notOk(one.isBackingOff)
    const [admission, other] = [one.admit(), one.admit()]
    t.equal(other, 'back-off', 'a request does not wait for the claim of another one')
    t.equal(await admission, 'probe')
    t.equal(one.admit(), 'back-off', 'one request at a time')
    t.equal(one.backOffMs, 2_000, 'clients come back soon while one is tried')
    one.rejected('probe')
  }
  t.equal(one.backOffMs, 600_000)
  time.now += 599_500
  t.equal(one.backOffMs, 1_000)
  time.now += 500
  t.equal(await one.admit(), 'probe')
  one.accepted('probe')
  t.equal(one.backOffMs, 0)
  t.equal(one.admit(), 'go')
})

t.test('R30 CredentialBackoff goes by the first 401 and by probes alone', async t => {
  const { one } = fleet(1)
  one.accepted('go')
  one.rejected('go')
  one.rejected('go')
  one.rejected('go')
  t.equal(one.backOffMs, 2_000, 'many in flight count once')
  one.accepted('go')
  t.equal(one.backOffMs, 2_000, 'a response to an older request proves nothing')
  one.accepted('probe')
  one.rejected('probe')
  t.equal(one.backOffMs, 2_000, 'nor does a request that nobody claimed')
})

t.test('R30 CredentialBackoff: one gateway of a fleet tries, and all learn the result', async t => {
  const { time, changes, backoffs, one, two, three, look } = fleet(3)
  one.rejected('go')
  await look()
  t.ok(
    backoffs.every(backoff => backoff.isBackingOff),
    'all back off after the 401 of one',
  )
  time.now += 2_000
  const admissions = await Promise.all(backoffs.map(backoff => backoff.admit()))
  t.strictSame(admissions, ['probe', 'back-off', 'back-off'])
  one.rejected('probe')
  await look()
  time.now += 59_999
  t.strictSame(
    await Promise.all(backoffs.map(backoff => backoff.admit())),
    Array(3).fill('back-off'),
  )
  time.now += 1
  t.equal(await two.admit(), 'probe', 'another one can try next time')
  two.accepted('probe')
  await look()
  t.strictSame(await Promise.all(backoffs.map(backoff => backoff.admit())), ['go', 'go', 'go'])
  for (const n of [0, 1, 2])
    t.strictSame(
      changes.filter(change => change.startsWith(`${n}`)),
      [`${n}: 1`, `${n}: 2`, `${n}: 0`],
    )

  one.rejected('go')
  three.rejected('go')
  await look()
  t.equal(
    two.backOffMs,
    2_000,
    '401s of several gateways before they know of each other count once',
  )
  t.equal(one.backOffMs, 2_000)
})

t.test(
  'R30 CredentialBackoff: a probe without a result is repeated by another gateway',
  async t => {
    const { time, one, two, look } = fleet(2)
    one.rejected('go')
    await look()
    time.now += 2_000
    t.equal(await one.admit(), 'probe')
    await look()
    time.now += 9_999
    t.equal(await two.admit(), 'back-off')
    time.now += 1
    t.equal(await two.admit(), 'probe')
    one.rejected('probe')
    await look()
    t.equal(two.backOffMs, 2_000, 'a late result counts for nothing')
    two.accepted('probe')
    await look()
    t.equal(one.admit(), 'go')
  },
)

t.test('R30 CredentialBackoff sends no probe without the store', async t => {
  const { time, state, one, two, look } = fleet(2)
  state.isDown = true
  one.rejected('go')
  await look()
  t.equal(two.admit(), 'go', 'the other gateway cannot know')
  time.now += 2_000
  t.equal(await one.admit(), 'back-off')
  state.isDown = false
  await look()
  t.equal(two.backOffMs, 2_000, 'what could not be shared is shared later')
  t.equal(await two.admit(), 'probe')
})

t.test('R30 CredentialBackoff bounds what a gateway with another clock has written', async t => {
  const { time, state, one } = fleet(1)
  state.text = JSON.stringify({ count: 2, until: time.now + 86_400_000, isTrying: false })
  await one.look()
  t.equal(one.backOffMs, 60_000)
  time.now += 60_000
  t.equal(await one.admit(), 'probe')
})

t.test('R51 CredentialBackoff waits by a state that is not understood, and then tries', async t => {
  for (const text of ['{"count":1}', '{"count":0,"until":0,"isTrying":false,"later":1}', '', '7']) {
    const { time, state, one } = fleet(1)
    state.text = text
    await one.look()
    t.equal(one.backOffMs, 60_000, text)
    t.equal(await one.admit(), 'back-off')
    time.now += 60_000
    t.equal(await one.admit(), 'probe')
    one.accepted('probe')
    t.equal(await one.admit(), 'go')
  }
})

t.test('CredentialBackoff asks the store nothing while requests can be sent', async t => {
  const { state, one } = fleet(1)
  for (let n = 0; n < 3; n += 1) one.accepted(await one.admit())
  t.equal(state.reads, 0)
})

const step = fc.record({
  passedMs: fc.nat(90_000),
  gateway: fc.nat(2),
  answer: fc.constantFrom('rejected', 'accepted', 'nothing'),
  look: fc.boolean(),
})

/** Checks that 401s of probes are a minute apart. */
async function probesAreRare(t: Test) {
  const property = fc.asyncProperty(fc.array(step, { maxLength: 60 }), async steps => {
    const { time, backoffs, one, look } = fleet(3)
    one.rejected('go')
    await look()
    const refusals: number[] = []
    for (const { passedMs, gateway, answer, look: looks } of steps) {
      time.now += passedMs
      if (looks) await look()
      const backoff = backoffs[gateway] as CredentialBackoff
      const admission = await backoff.admit()
      if (admission === 'go') return true
      if (admission === 'back-off' || answer === 'nothing') continue
      if (answer === 'rejected') refusals.push(time.now)
      backoff[answer](admission)
    }
    return refusals.every((at, n) => n === 0 || at - (refusals[n - 1] ?? 0) >= 60_000)
  })
  await t.resolves(fc.assert(property))
}

t.test('R30 CredentialBackoff: a fleet gets one 401 a minute at most', probesAreRare)
