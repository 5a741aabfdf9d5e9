/**
 * Changes that a poll finds: a store that went back, lost changes, and failures before a success.
 */

import t from 'tap'
import { type ChangeSink, Watch, wentBack } from '../../src/cache/watch.ts'
import type { OrganizationId } from '../../src/model/identity.ts'
import type { PolicyChange } from '../../src/model/subject.ts'
import type { PolicyVersions } from '../../src/store/store.ts'
import { elsewhere, organization } from '../store/samples.ts'
import { MAX_AGE_MS } from './parts.ts'

const versionsOf = (epoch: string, ours: number, theirs?: number): PolicyVersions => ({
  epoch,
  versions: new Map([
    [organization, ours],
    ...(theirs === undefined ? [] : ([[elsewhere, theirs]] as const)),
  ]),
})

for (const [what, known, found, isBack] of [
  ['the first poll', undefined, versionsOf('a', 1), false],
  ['the same versions', versionsOf('a', 2, 3), versionsOf('a', 2, 3), false],
  ['later versions', versionsOf('a', 2, 3), versionsOf('a', 3, 4), false],
  ['a new organization', versionsOf('a', 2), versionsOf('a', 2, 1), false],
  ['earlier versions', versionsOf('a', 2, 3), versionsOf('a', 1, 2), true],
  ['one earlier version', versionsOf('a', 2, 3), versionsOf('a', 2, 2), true],
  ['an earlier version among later ones', versionsOf('a', 2, 3), versionsOf('a', 1, 4), true],
  ['an organization that is gone', versionsOf('a', 2, 1), versionsOf('a', 2), true],
  ['one without changes that is gone', versionsOf('a', 2, 0), versionsOf('a', 2), false],
  ['earlier versions of another epoch', versionsOf('a', 2, 3), versionsOf('b', 1, 2), false],
] as const)
  t.equal(wentBack(known, found), isBack, `R27 wentBack(): ${what}`)

const ROLE = 'role:r' as NonNullable<PolicyChange['subjects']>[number]
const change = (version: number): PolicyChange => ({ version, at: 0, subjects: [ROLE] })

/** A watch over a store of changes; the store has them up to the last of `versions`. */
function watching() {
  const state = { versions: [] as number[], latest: 0, isCut: false, asked: 0 }
  const clock = { now: 1_800_000_000_000, elapsed: 0 }
  const told: string[] = []
  const confirmed = new Map<OrganizationId, number>()
  const sink: ChangeSink = {
    changed: (_, changes) =>
      told.push(`changed ${changes.map(({ version }) => version).join(' ')}`),
    changedUnnamed: (_, version) => told.push(`all ${version}`),
    reset: (_, why) => told.push(why),
    seen: ({ versions }) => {
      for (const [of, version] of versions) confirmed.set(of, version)
    },
  }
  const store = {
    epoch: async () => 'a',
    newEpoch: async () => 'b',
    policyVersions: async () => {
      state.asked += 1
      if (state.isCut) throw new Error('cut')
      return versionsOf('a', state.latest)
    },
    changesSince: async (_: OrganizationId, version: number) =>
      state.versions.filter(each => each > version).map(change),
  }
  const ports = { now: () => clock.now, elapsed: () => clock.elapsed }
  const watch = new Watch({ store, clock: ports, maxAgeMs: MAX_AGE_MS, sink })
  return { watch, state, clock, told, confirmed }
}

for (const [what, before, versions, latest, expected, confirmed] of [
  ['all changes', 3, [4, 5, 6], 6, 'changed 4 5 6', 6],
  ['the first change ever', 0, [1], 1, 'changed 1', 1],
  ['the first change ever, lost', 0, [], 1, 'all 1', 1],
  ['all of them lost', 3, [], 6, 'all 6', 6],
  ['the first lost', 3, [5, 6], 6, 'all 6', 6],
  ['one between lost', 3, [4, 6], 6, 'all 6', 6],
  ['the last lost', 3, [4, 5], 6, 'all 6', 6],
  ['one more than the versions say', 3, [4, 5, 6, 7], 6, 'changed 4 5 6 7', 7],
  ['one more, and one between lost', 3, [4, 5, 7], 6, 'all 7', 7],
] as const)
  t.test(`R27 poll() applies ${what}`, async t => {
    const { watch, state, told, confirmed: seen } = watching()
    state.latest = before
    await watch.poll()
    told.length = 0
    Object.assign(state, { versions, latest })
    await watch.poll()
    t.strictSame(told, [expected])
    t.equal(watch.versionOf(organization), confirmed)
    t.equal(seen.get(organization), confirmed, 'R16 and confirms what is applied')
  })

t.test('P6 refresh() polls at once if a poll has succeeded since the last failure', async t => {
  const { watch, state, clock } = watching()
  await watch.poll()
  state.isCut = true
  await t.rejects(watch.poll(), /cut/)
  state.isCut = false
  await watch.poll()
  clock.now += MAX_AGE_MS
  t.notOk(watch.isFresh, 'the wall clock jumped')
  const { asked } = state
  await watch.refresh()
  t.equal(state.asked, asked + 1)
  t.ok(watch.isFresh)
})
