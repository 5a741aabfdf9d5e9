/**
 * Values that are used while others are refreshed.
 */

import t from 'tap'
import { placeOf } from '../../src/cache/place.ts'
import type { StoredSubject } from '../../src/cache/target.ts'
import { roleSubject } from '../../src/model/subject.ts'
import { organization, role, rule } from '../store/samples.ts'
import { Fleet } from './fleet.ts'
import { MAX_AGE_MS, settle } from './parts.ts'

const ROLE: StoredSubject = { kind: 'role', id: role.id }
const RULES: StoredSubject = { kind: 'access-control', id: 'rules' }

/** Age at which a value is refreshed. */
const DUE_MS = MAX_AGE_MS / 2 - 2_000

t.test('P6 a value that is used while others are refreshed is refreshed again', async t => {
  const fleet = await Fleet.open(t)
  await fleet.store.putRole(role)
  await fleet.store.putAccessControlRule(organization, rule)
  const [one, two] = [await fleet.join(), await fleet.join()]
  await one.knowledge.load(organization, [ROLE, RULES])
  await settle()

  // Another gateway reads the role later, so this one takes it from the shared cache.
  const laterMs = DUE_MS - 10_000
  fleet.elapsed = laterMs
  await fleet.plant(placeOf(organization, roleSubject(role.id)), Buffer.from('x'), MAX_AGE_MS)
  await two.knowledge.load(organization, [ROLE])
  await settle()

  fleet.elapsed = DUE_MS
  await one.knowledge.tick()
  one.store.hold('snapshot', 'answer')
  const refreshed = one.knowledge.refresh()
  await settle()
  t.ok(one.knowledge.find(organization, 'role', role.id))
  one.store.open()
  await refreshed

  const refresh = async (atMs: number) => {
    fleet.elapsed = atMs
    await one.knowledge.tick()
    const { length } = one.store.asked
    await one.knowledge.refresh()
    return one.store.asked.slice(length)
  }
  t.strictSame(await refresh(laterMs + DUE_MS - 1), [])
  t.strictSame(await refresh(laterMs + DUE_MS), ['snapshot'])
  t.strictSame(await refresh(2 * DUE_MS), [], 'the others were not used since')
})
