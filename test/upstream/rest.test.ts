import fc from 'fast-check'
import t from 'tap'
import { CredentialRest } from '../../src/upstream/rest.ts'

t.test(
  'R30 CredentialRest doubles the wait from 30 s to 10 min, with a probe a minute',
  async t => {
    let now = 5
    const rest = new CredentialRest(() => now)
    t.equal(rest.admit(), 'go')
    rest.refused('go')
    for (const seconds of [30, 60, 120, 240, 480, 600, 600]) {
      t.equal(rest.backOffMs, seconds * 1000)
      t.ok(rest.resting)
      now += 59_999
      t.equal(rest.admit(), 'refused')
      now += 1
      t.notOk(rest.resting)
      t.equal(rest.admit(), 'probe')
      t.equal(rest.admit(), 'refused', 'one probe at a time')
      rest.refused('probe')
    }
    now += 60_000
    t.equal(rest.admit(), 'probe')
    rest.accepted('probe')
    t.equal(rest.backOffMs, 0)
    t.equal(rest.admit(), 'go')
  },
)

t.test('R30 CredentialRest goes by the first 401 and by probes alone', async t => {
  const rest = new CredentialRest(() => 0)
  rest.accepted('go')
  rest.refused('go')
  rest.refused('go')
  rest.refused('go')
  t.equal(rest.backOffMs, 30_000, 'many under way count once')
  rest.accepted('go')
  t.equal(rest.backOffMs, 30_000, 'an answer to an older request proves nothing')
})

const steps = fc.array(fc.tuple(fc.nat(90_000), fc.constantFrom('refused', 'accepted', 'nothing')))
const atMostOneAMinute = fc.property(steps, steps => {
  let now = 0
  const probes: number[] = []
  const rest = new CredentialRest(() => now)
  rest.refused('go')
  for (const [passed, answer] of steps) {
    now += passed
    const admission = rest.admit()
    if (admission === 'go') return true
    if (admission === 'probe') probes.push(now)
    if (admission === 'refused') continue
    if (answer !== 'nothing') rest[answer](admission)
  }
  return probes.every((at, index) => at - (probes[index - 1] ?? 0) >= 60_000)
})
t.doesNotThrow(() => fc.assert(atMostOneAMinute), 'R30 CredentialRest probes at most once a minute')
