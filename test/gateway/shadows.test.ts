/** Tests the work that follows a comparison with a shadow, beside the request. */

import t from 'tap'
import type { ShadowDecision } from '../../src/decision/decision.ts'
import { SHADOW_OWNER, Shadows } from '../../src/gateway/shadows.ts'
import { Failure } from '../../src/model/failure.ts'
import { userId } from '../../src/model/identity.ts'
import type { MissingSubject, PolicySource } from '../../src/model/policy-data.ts'

const NOW = 1_700_000_000_000
const user: MissingSubject = { kind: 'user', id: userId('u') }
const lacking = (missing: readonly MissingSubject[]): ShadowDecision => ({
  version: 1,
  outcome: 'unknown',
  cause: 'data-missing',
  missing,
})

/** A source whose loads end when the test says so. */
function begin() {
  const logged: unknown[] = []
  const loads: Readonly<{ missing: readonly MissingSubject[] } & PromiseWithResolvers<void>>[] = []
  const clock = { now: NOW, polledAt: NOW as number | undefined }
  const shadows = new Shadows({ error: (...entry) => logged.push(entry) }, () => clock.now)
  const source: PolicySource = {
    freshness: () =>
      clock.polledAt === undefined ? undefined : { version: 1, at: clock.polledAt },
    find: () => undefined,
    load: missing => {
      const load = { missing, ...Promise.withResolvers<void>() }
      loads.push(load)
      return load.promise
    },
  }
  const compared = (decision: ShadowDecision) => shadows.compared(decision, () => source)
  return { logged, loads, clock, compared }
}

const turn = () => new Promise(resolve => setImmediate(resolve))

t.test('Shadows loads what a draft lacked, one load at a time', async t => {
  const { loads, compared } = begin()
  compared({ version: 1, outcome: 'same' })
  compared(lacking([]))
  compared(lacking([{ kind: 'stored-items', id: { items: [], user: undefined as never } }]))
  t.equal(loads.length, 0, 'nothing can be loaded')
  compared(lacking([user]))
  compared(lacking([user]))
  t.strictSame(
    loads.map(({ missing }) => missing),
    [[user]],
  )
  loads[0]?.resolve()
  await turn()
  compared(lacking([user]))
  t.equal(loads.length, 2)
})

t.test('Shadows loads nothing while the store seems to be unavailable', async t => {
  const { loads, clock, compared } = begin()
  for (const polledAt of [undefined, NOW - 5_001]) {
    clock.polledAt = polledAt
    compared(lacking([user]))
  }
  t.equal(loads.length, 0)
  clock.polledAt = NOW - 5_000
  compared(lacking([user]))
  t.equal(loads.length, 1)
})

t.test('Shadows logs errors once a minute, and failures of loads not at all', async t => {
  const { logged, loads, clock, compared } = begin()
  compared(lacking([user]))
  loads[0]?.reject(new Failure('policy-unavailable', 'No store'))
  await turn()
  t.strictSame(logged, [])
  const broken = {
    version: 1,
    outcome: 'unknown',
    cause: 'error',
    error: new TypeError('x'),
  } as const
  compared(broken)
  compared(broken)
  clock.now += 59_999
  compared(broken)
  t.strictSame(logged, [[{ err: broken.error }, 'Cannot evaluate the shadow of a role']])
  clock.now += 1
  clock.polledAt = clock.now
  compared(lacking([user]))
  loads[1]?.reject(broken.error)
  await turn()
  t.equal(logged.length, 2, 'an unhandled error of a load')
})

t.test('Shadows loads as an owner that is no principal', async t => {
  t.equal(SHADOW_OWNER, 'shadow', 'the IDs of principals are UUIDs')
})
