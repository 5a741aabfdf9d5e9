/**
 * Decisions on a store, each made on one of its states; a part of the suite.
 */

import type { Test } from 'tap'
import { CachedPolicy } from '../../src/cache/cached.ts'
import { SYSTEM_CLOCK } from '../../src/cache/clock.ts'
import { HeldPolicy } from '../../src/cache/held-policy.ts'
import type { Store } from '../../src/store/store.ts'
import { evaluate, NOTHING_HELD } from '../cache/deciding.ts'
import { MAX_AGE_MS, newSealer, SILENT } from '../cache/parts.ts'
import { organization, role, rule } from './samples.ts'
import type { Open } from './suite.ts'

const ROLE = { kind: 'role', id: role.id } as const
const RULES = { kind: 'access-control', id: 'rules' } as const

/** Two changes: of the role, and of the rules. */
async function describe(store: Store, description: string): Promise<void> {
  await store.putRole({ ...role, description })
  await store.putAccessControlRule(organization, { ...rule, description })
}

export async function oneStateSuite(t: Test, open: Open): Promise<void> {
  t.test('P5 a role read before a change is not used with rules read after it', async t => {
    const store = await open(t)
    await describe(store, 'before')
    const knowledge = await CachedPolicy.start({
      store,
      sealer: newSealer(),
      clock: SYSTEM_CLOCK,
      maxAgeMs: MAX_AGE_MS,
      observer: SILENT,
    })
    const policy = new HeldPolicy(knowledge, organization, NOTHING_HELD)
    await policy.load([ROLE])
    await describe(store, 'after')
    await policy.load([RULES])
    t.match(policy.find(ROLE.kind, ROLE.id), { value: { description: 'before' }, from: 2 })
    t.match(policy.find(RULES.kind, RULES.id), { from: 4 })

    const behind = [{ kind: 'freshness', version: 4 }] as const
    t.strictSame(evaluate(policy, [ROLE, RULES]), behind, 'the two are of two states')
    await policy.load(behind)
    t.strictSame(evaluate(policy, [ROLE, RULES]), [ROLE, RULES], 'the look makes both void')
    await policy.load([ROLE, RULES])
    t.match(evaluate(policy, [ROLE, RULES]), {
      version: 4,
      values: [{ description: 'after' }, [{}, { description: 'after' }]],
    })
  })
}
