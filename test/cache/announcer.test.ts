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

async function publish(fleet: Fleet, changes: readonly PolicyChange[], of = organization) {
  const epoch = await fleet.store.epoch()
  const announcement = { epoch, organization: of, changes }
  await fleet.shared.publish(sealAnnouncement(fleet.sealer, announcement))
  await settle()
}

const subjects = (count: number) =>
  Array.from({ length: count }, (_, n) => roleSubject(roleId(`${n}`)))

for (const [what, changes, named, calls] of [
  ['one subject', [subjects(1)], 1, 'publish writeTombstones'],
  ['1,000 subjects', [subjects(1_000)], 1_000, 'publish writeTombstones'],
  ['1,001 subjects', [subjects(1_001)], 'all', 'publish'],
  ['1,000 subjects, twice', [subjects(1_000), subjects(1_000)], 2_000, 'publish writeTombstones'],
  ['600 and 401 subjects', [subjects(600), subjects(1_001).slice(600)], 'all', 'publish'],
  ['no subject', [[]], 0, 'publish'],
  ['a change that names no subjects among others', [subjects(1), undefined], 'all', 'publish'],
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
  t.equal(await askedBy(one, () => one.knowledge.tick()), 'policyVersions', 'nor later')
  t.strictSame(one.failed, [])
})

t.test('P5 a gateway without messages announces each change once', async t => {
  const fleet = await fleetOf(t)
  const one = await fleet.join({ isDeaf: true })
  const heard = listenTo(fleet)
  for (const names of [['a', 'b'], ['c']]) {
    for (const name of names) await putRole(fleet, name)
    await announce(one)
  }
  await settle()
  const names = heard.flat().filter(subject => subject.startsWith('role:'))
  t.strictSame(names, ['role:a', 'role:b', 'role:c'])
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

// Changes are numbered from the first that the gateway does not know.
for (const [of, known] of [
  [organization, 1],
  [elsewhere, 0],
] as const)
  for (const [what, messages, left] of [
    ['nothing', [], ['role:1', 'role:2']],
    ['the next change', [[1]], ['role:2']],
    ['the next changes', [[1, 2]], []],
    ['a change after a gap', [[2]], ['role:1', 'role:2']],
    ['known and new changes', [[1], [0, 1, 2]], []],
    ['new changes, and an old one again', [[1, 2], [1]], []],
    ['no changes', [[]], ['role:1', 'role:2']],
  ] as const)
    t.test(`P5 a gateway announces the rest after another announced ${what}`, async t => {
      const fleet = await fleetOf(t)
      const one = await fleet.join()
      for (const name of ['1', '2']) await putRole(fleet, name, of)
      for (const numbers of messages) {
        const versions = numbers.map(number => number + known)
        await publish(
          fleet,
          versions.map(version => ({ version, at: 0, subjects: [] })),
          of,
        )
      }
      const heard = listenTo(fleet)
      await one.knowledge.announce(of)
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
