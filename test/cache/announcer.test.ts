/**
 * Contents of announcements, and the changes that gateways report as applied.
 */

import t, { type Test } from 'tap'
import { sealAnnouncement } from '../../src/cache/sealed.ts'
import { roleId } from '../../src/model/role.ts'
import { type PolicyChange, roleSubject } from '../../src/model/subject.ts'
import { elsewhere, organization, role } from '../store/samples.ts'
import { askedBy, Fleet, listenTo, type Member, T } from './fleet.ts'
import { settle } from './parts.ts'

/** A fleet with one role, which is version 1. */
async function fleetOf(t: Test): Promise<Fleet> {
  const fleet = await Fleet.open(t)
  await fleet.store.putRole(role)
  return fleet
}

const announce = ({ knowledge }: Member) => knowledge.announce(organization)
const putRole = (fleet: Fleet, name: string, organizationId = organization) =>
  fleet.store.putRole({ ...role, id: roleId(name), name, organizationId })

async function publish(fleet: Fleet, changes: readonly PolicyChange[]) {
  const epoch = await fleet.store.epoch()
  await fleet.shared.publish(sealAnnouncement(fleet.sealer, { epoch, organization, changes }))
  await settle()
}

const subjects = (count: number) =>
  Array.from({ length: count }, (_, n) => roleSubject(roleId(`${n}`)))

for (const [what, changes, named, calls] of [
  ['1,000 subjects', [subjects(1_000)], 1_000, 'publish writeTombstones'],
  ['1,001 subjects', [subjects(1_001)], 'all', 'publish'],
  ['1,000 subjects, twice', [subjects(1_000), subjects(1_000)], 2_000, 'publish writeTombstones'],
  ['600 and 401 subjects', [subjects(600), subjects(1_001).slice(600)], 'all', 'publish'],
  ['no subject', [[]], 0, 'publish'],
  ['a change that names no subjects among others', [[], undefined, []], 'all', 'publish'],
] as const)
  t.test(`P5 an announcement of ${what}`, async t => {
    const fleet = await fleetOf(t)
    const one = await fleet.join({ isDeaf: true })
    const heard = listenTo(fleet)
    for (let n = 0; n < changes.length; n += 1) await putRole(fleet, `${n}`)
    const made = changes.map((each, n) => ({
      version: n + 2,
      at: 0,
      ...(each && { subjects: each }),
    }))
    fleet.store = { ...fleet.store, changesSince: async () => made }
    const asked = await askedBy(one, () => announce(one))
    t.equal(asked, `policyVersions changesSince changesSince ${calls}`)
    const [told] = heard
    t.equal(told === 'all' ? told : told?.length, named)
    t.strictSame(one.failed, [])
  })

t.test('an announcement without a change sends nothing', async t => {
  const fleet = await fleetOf(t)
  const one = await fleet.join()
  t.equal(await askedBy(one, () => announce(one)), 'policyVersions changesSince')
  t.strictSame(one.failed, [])
})

t.test('P5 a gateway without messages announces each change once', async t => {
  const fleet = await fleetOf(t)
  const one = await fleet.join({ isDeaf: true })
  const heard = listenTo(fleet)
  for (const name of ['a', 'b']) {
    await putRole(fleet, name)
    await announce(one)
  }
  await settle()
  const names = heard.flat().filter(subject => subject.startsWith('role:'))
  t.strictSame(names, ['role:a', 'role:b'])
})

t.test('P5 the first change of an organization is announced', async t => {
  const fleet = await fleetOf(t)
  const one = await fleet.join()
  const heard = listenTo(fleet)
  await putRole(fleet, 'first', elsewhere)
  await one.knowledge.announce(elsewhere)
  await settle()
  t.match(heard, [[/^role:first$/]])
})

for (const [what, messages, left] of [
  ['nothing', [], ['role:v2', 'role:v3']],
  ['the next change', [[2]], ['role:v3']],
  ['the next changes', [[2, 3]], []],
  ['a change after a gap', [[3]], ['role:v2', 'role:v3']],
  ['known and new changes', [[2], [1, 2, 3]], []],
  ['new changes, and an old one again', [[2, 3], [2]], []],
  ['no changes', [[]], ['role:v2', 'role:v3']],
] as const)
  t.test(`P5 a gateway announces the rest after another announced ${what}`, async t => {
    const fleet = await fleetOf(t)
    const one = await fleet.join()
    for (const name of ['v2', 'v3']) await putRole(fleet, name)
    for (const versions of messages)
      await publish(
        fleet,
        versions.map(version => ({ version, at: 0, subjects: [] })),
      )
    const heard = listenTo(fleet)
    await announce(one)
    await settle()
    t.strictSame(
      heard.flat().filter(subject => subject.startsWith('role:')),
      left,
    )
    t.strictSame(one.failed, [])
  })

t.test('R38 a change is reported as applied once, with its delay', async t => {
  const fleet = await fleetOf(t)
  const one = await fleet.join()
  await settle()
  t.strictSame(one.told.splice(0), ['subscribed true'])
  const at = T + fleet.elapsed
  for (const [version, madeAt, told] of [
    [2, at - 700, ['invalidated 700']],
    [2, at - 700, []],
    [4, at + 700, ['invalidated 0']],
    [3, at - 700, []],
    [5, at, ['invalidated 0']],
  ] as const) {
    await publish(fleet, [{ version, at: madeAt, subjects: [] }])
    t.strictSame(one.told.splice(0), told, `version ${version}`)
  }
  await putRole(fleet, 'v2')
  await one.knowledge.tick()
  t.strictSame(one.told.splice(0), [], 'not again by a poll')
  await fleet.store.newEpoch()
  await one.knowledge.tick()
  t.strictSame(one.told.splice(0), ['restored'])
  await publish(fleet, [{ version: 3, at: at - 1, subjects: [] }])
  t.strictSame(one.told.splice(0), ['invalidated 1'], 'versions of another store count again')
  fleet.elapsed += 1e9
  await one.knowledge.tick()
  t.strictSame(one.told, [], 'a pause is not a restored store')
})
