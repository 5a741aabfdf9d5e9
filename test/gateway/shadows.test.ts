/** Tests the work that follows a comparison with a shadow, beside the request. */

import t from 'tap'
import type { ShadowDecision } from '../../src/decision/decision.ts'
import { Shadows } from '../../src/gateway/shadows.ts'
import { Failure } from '../../src/model/failure.ts'
import { type User, userId } from '../../src/model/identity.ts'
import type { MissingSubject, PolicySource } from '../../src/model/policy-data.ts'

const NOW = 1_700_000_000_000
const user: MissingSubject = { kind: 'user', id: userId('u') }
const upstreamUser = { id: userId('u') } as User
/** Everything that only the upstream can tell. */
const ASKED: readonly MissingSubject[] = [
  { kind: 'content-classes', id: { folders: [], items: ['i'], user: upstreamUser, mailboxes: [] } },
  { kind: 'mailbox-owners', id: { guids: ['g'], users: [upstreamUser] } },
  { kind: 'shared-mailbox', id: upstreamUser },
  { kind: 'stored-items', id: { items: [], user: upstreamUser } },
]
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
  const compared = (decision: ShadowDecision) => shadows.compared(decision, source)
  return { logged, loads, clock, shadows, compared }
}

const turn = () => new Promise(resolve => setImmediate(resolve))

t.test('Shadows loads what a draft lacked, one load at a time', async t => {
  const { loads, compared } = begin()
  compared({ version: 1, outcome: 'same' })
  compared(lacking([]))
  compared(lacking(ASKED))
  compared(lacking([{ kind: 'freshness', version: 2 }]))
  t.equal(loads.length, 0, 'R42 a draft asks the upstream nothing')
  compared(lacking([...ASKED, user]))
  t.strictSame(
    loads.splice(0).map(({ missing, resolve }) => [missing, resolve()]),
    [[[user], undefined]],
  )
  await turn()
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

t.test('Shadows compares again, logs an error, and returns only what is known then', async t => {
  const { logged, shadows } = begin()
  const same = { version: 1, outcome: 'same' } as const
  const error = new TypeError('x')
  const broken = { version: 1, outcome: 'unknown', cause: 'error', error } as const
  const after = (again: ShadowDecision | undefined) =>
    shadows.comparedAgain({ ...lacking([user]), again: () => again })
  t.strictSame(after(same), same)
  t.equal(after(lacking([user])), undefined)
  t.equal(after(undefined), undefined)
  t.equal(shadows.comparedAgain(lacking([user])), undefined)
  t.strictSame(logged, [])
  t.equal(after(broken), undefined)
  t.strictSame(logged, [[{ err: error }, 'Cannot evaluate the shadow of a role']])
})
