/**
 * A store that was restored, when a read notices it before a poll does.
 */

import t, { type Test } from 'tap'
import { roleId } from '../../src/model/role.ts'
import type { Store } from '../../src/store/store.ts'
import { organization, role } from '../store/samples.ts'
import { askedBy, Fleet } from './fleet.ts'

const NEW = roleId('new')

async function fleetOf(t: Test, ...names: readonly string[]): Promise<Fleet> {
  const fleet = await Fleet.open(t)
  for (const description of names) await fleet.store.putRole({ ...role, description })
  return fleet
}

/** The same store, under an epoch that can be replaced. */
function ofEpoch(store: Store, epoch: string): Store {
  let present = epoch
  return {
    ...store,
    epoch: async () => present,
    policyVersions: async () => ({ ...(await store.policyVersions()), epoch: present }),
    snapshot: read =>
      store.snapshot(state =>
        read({ ...state, policyVersions: { ...state.policyVersions, epoch: present } }),
      ),
    newEpoch: async replacing => {
      if (replacing === present) present = 'another'
      return present
    },
  }
}

for (const [what, replace] of [
  ['another epoch', (_, after) => ofEpoch(after, 'another')],
  ['earlier versions', async (before, after) => ofEpoch(after, await before.epoch())],
] satisfies [string, (before: Store, after: Store) => Store | Promise<Store>][])
  t.test(`R27 a snapshot of ${what} invalidates everything that was read before`, async t => {
    const fleet = await fleetOf(t, 'old', 'lost')
    const one = await fleet.join()
    t.equal((await one.knowledge.role(organization, role.id))?.description, 'lost')
    const copy = await fleetOf(t, 'restored')
    fleet.store = await replace(fleet.store, copy.store)
    const asked = await askedBy(one, () => one.knowledge.role(organization, NEW))
    t.match(asked, /^snapshot policyVersions (newEpoch )?snapshot/)
    t.equal(one.knowledge.currentEpoch, 'another')
    t.equal(one.knowledge.find(organization, 'role', role.id), undefined)
    t.equal((await one.knowledge.role(organization, role.id))?.description, 'restored')
  })

t.test('P5 a read that takes the maximum age, less than a millisecond, is not shared', async t => {
  for (const [takesMs, shared] of [
    [299_999.5, false],
    [299_999.25, false],
    [299_999, true],
  ] as const) {
    const fleet = await fleetOf(t, 'one')
    const one = await fleet.join()
    one.store.hold('snapshot', 'answer')
    const asked = await askedBy(one, async () => {
      const late = one.knowledge.role(organization, role.id)
      for (let turn = 0; turn < 4; turn += 1) await new Promise(setImmediate)
      fleet.elapsed += takesMs
      one.store.open()
      t.equal((await late)?.description, 'one')
    })
    t.equal(asked.endsWith(' put'), shared, `${takesMs} ms`)
  }
})
