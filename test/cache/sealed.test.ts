/**
 * A shared cache that lies: forged, altered, misplaced, replayed and endless entries and messages.
 */

import t from 'tap'
import { keyOf, placeOf } from '../../src/cache/place.ts'
import {
  type EntryContent,
  type Sealer,
  sealAnnouncement,
  sealEntry,
  unsealAnnouncement,
  unsealEntry,
} from '../../src/cache/sealed.ts'
import { roleSubject } from '../../src/model/subject.ts'
import { elsewhere, organization, role } from '../store/samples.ts'
import { askedBy, Fleet, type Member, T } from './fleet.ts'
import { MAX_AGE_MS, newSealer, settle } from './parts.ts'

const PLACE = placeOf(organization, roleSubject(role.id))
const ENDLESS_MS = 1e12
/** Everything happens so long after the store was filled. */
const NOW_MS = 1_000_000

const read = async ({ knowledge }: Member) =>
  (await knowledge.role(organization, role.id))?.description

/** Versions 1 and 2 of a role; the first two changes of its organization. */
async function fleetOf(t: Parameters<typeof Fleet.open>[0]) {
  const fleet = await Fleet.open(t)
  await fleet.store.putRole({ ...role, description: 'old' })
  await fleet.store.putRole({ ...role, description: 'true' })
  fleet.elapsed = NOW_MS
  const { epoch } = await fleet.store.policyVersions()
  const content: EntryContent = {
    key: keyOf(PLACE),
    epoch,
    version: 2,
    readAt: T + NOW_MS,
    value: {
      ...role,
      description: 'planted',
      version: 2,
      tokensValidFrom: 1,
      createdAt: 0,
      modifiedAt: 0,
    },
  }
  return { fleet, content }
}

const sealedAs = (sealer: Sealer, ...content: unknown[]) =>
  sealer.seal(Buffer.from(JSON.stringify(content)))
const altered = (sealed: Uint8Array, at: number) => {
  const bytes = Uint8Array.from(sealed)
  bytes[at] = (bytes[at] ?? 0) ^ 1
  return bytes
}

type Lie = readonly [
  what: string,
  make: (content: EntryContent, sealer: Sealer) => Uint8Array,
  /** `planted`: the entry may be used; else whether it is a miss or an alert. */
  outcome: 'planted' | 'refused' | 'alert',
]

const LIES: readonly Lie[] = [
  ['an honest entry', (c, sealer) => sealEntry(sealer, c), 'planted'],
  ['one of a moment ago', (c, s) => sealEntry(s, { ...c, readAt: c.readAt - 299_999 }), 'planted'],
  ['one that ends now', (c, s) => sealEntry(s, { ...c, readAt: c.readAt - 300_000 }), 'refused'],
  ['one of long ago', (c, s) => sealEntry(s, { ...c, readAt: 0 }), 'refused'],
  ['one of a clock ahead', (c, s) => sealEntry(s, { ...c, readAt: c.readAt + 60_000 }), 'planted'],
  ['one that was overtaken', (c, s) => sealEntry(s, { ...c, version: 1 }), 'refused'],
  ['one of a version that nobody has', (c, s) => sealEntry(s, { ...c, version: 3 }), 'refused'],
  ['one of another epoch', (c, s) => sealEntry(s, { ...c, epoch: 'before' }), 'refused'],
  ['one of another key', c => sealEntry(newSealer(), c), 'alert'],
  ['one of another subject', (c, s) => sealEntry(s, { ...c, key: `${c.key}x` }), 'alert'],
  [
    'one of another organization',
    (c, s) => sealEntry(s, { ...c, key: keyOf({ ...PLACE, organization: elsewhere }) }),
    'alert',
  ],
  ['one of which the first bit is altered', (c, s) => altered(sealEntry(s, c), 0), 'alert'],
  ['one of which a middle bit is altered', (c, s) => altered(sealEntry(s, c), 40), 'alert'],
  ['one that is cut off', (c, s) => sealEntry(s, c).subarray(0, -1), 'alert'],
  ['nothing', () => new Uint8Array(), 'alert'],
  ['an entry that is not sealed', c => Buffer.from(JSON.stringify(['entry', 1, c])), 'alert'],
  [
    'a message',
    (c, s) => sealAnnouncement(s, { epoch: c.epoch, organization, changes: [] }),
    'alert',
  ],
  ['one of the version before', (c, s) => sealedAs(s, 'entry', 0, c), 'refused'],
  ['one of this version', (c, s) => sealedAs(s, 'entry', 1, c), 'planted'],
  ['one of the next version', (c, s) => sealedAs(s, 'entry', 2, c), 'refused'],
]

t.test('entries and announcements have the format that other gateways read', async t => {
  const plain: Sealer = { seal: bytes => bytes, unseal: sealed => sealed }
  const textOf = (bytes: Uint8Array) => Buffer.from(bytes).toString()
  const value = { secret: Uint8Array.of(0, 255, 128), none: null, list: ['$bytes', { a: 1 }] }
  const entry: EntryContent = { key: 'k', epoch: 'e', version: 7, readAt: 5, value }
  const text =
    '["entry",1,{"key":"k","epoch":"e","version":7,"readAt":5,"value":' +
    '{"secret":{"$bytes":"AP+A"},"none":null,"list":["$bytes",{"a":1}]}}]'
  t.equal(textOf(sealEntry(plain, entry)), text)
  t.strictSame(unsealEntry(plain, Buffer.from(text)), entry)
  const changes = [
    { version: 7, at: 5, subjects: [roleSubject(role.id)] },
    { version: 8, at: 6 },
  ]
  const announcement = { epoch: 'e', organization, changes }
  const message =
    `["announcement",1,{"epoch":"e","organization":"${organization}","changes":` +
    `[{"version":7,"at":5,"subjects":["role:${role.id}"]},{"version":8,"at":6}]}]`
  t.equal(textOf(sealAnnouncement(plain, announcement)), message)
  t.strictSame(unsealAnnouncement(plain, Buffer.from(message)), announcement)
  t.throws(() => unsealAnnouncement(plain, Buffer.from(text)), /found an entry/)
  t.throws(() => unsealEntry(plain, Buffer.from(message)), /found an announcement/)
})

t.test('P5 a replayed entry of another epoch does not make a gateway poll', async t => {
  const { fleet, content } = await fleetOf(t)
  const one = await fleet.join()
  const before = sealEntry(fleet.sealer, { ...content, epoch: 'before', version: 99 })
  await fleet.plant(PLACE, before, ENDLESS_MS)
  t.equal(await askedBy(one, () => read(one)), 'snapshot get put')
})

t.test('R26 only genuine entries of the shared cache are used', async t => {
  for (const [what, make, outcome] of LIES) {
    const { fleet, content } = await fleetOf(t)
    const one = await fleet.join()
    await fleet.plant(PLACE, make(content, fleet.sealer), ENDLESS_MS)
    t.equal(await read(one), outcome === 'planted' ? 'planted' : 'true', what)
    t.strictSame(one.forged, outcome === 'alert' ? ['entry'] : [], what)
    t.equal(await askedBy(one, () => read(one)), '', `${what}, warm`)
  }
})

t.test('R26 an entry expires at the first of its expiry times', async t => {
  for (const [what, age, life, offset, endsAfter] of [
    ['endless, of just now', 0, ENDLESS_MS, 0, MAX_AGE_MS],
    ['endless, of 200 s ago', 200_000, ENDLESS_MS, 0, 100_000],
    ['with a short life', 0, 1_000, 0, 1_000],
    ['endless, and the clock here is 20 s late', 100_000, ENDLESS_MS, -20_000, 220_000],
    ['endless, and the clock here is an hour late', 100_000, ENDLESS_MS, -3_600_000, MAX_AGE_MS],
    ['endless, and the clock here is 40 s ahead', 100_000, ENDLESS_MS, 40_000, 160_000],
  ] as const) {
    const { fleet, content } = await fleetOf(t)
    const one = await fleet.join()
    one.wall.offset = offset
    await one.knowledge.tick()
    const sealed = sealEntry(fleet.sealer, { ...content, readAt: content.readAt - age })
    await fleet.plant(PLACE, sealed, life)
    t.equal(await read(one), 'planted', what)
    fleet.elapsed += endsAfter - 1
    await one.knowledge.tick()
    t.equal(await askedBy(one, () => read(one)), '', `${what}: before`)
    fleet.elapsed += 1
    t.match(await askedBy(one, () => read(one)), /get/, `${what}: after`)
  }
})

t.test('P5 the TTL of an entry counts from when it was requested', async t => {
  const { fleet, content } = await fleetOf(t)
  const one = await fleet.join()
  one.wall.offset = -3_600_000
  await one.knowledge.tick()
  await fleet.plant(PLACE, sealEntry(fleet.sealer, content), 100_000)
  one.cache.hold('get', 'answer')
  const late = read(one)
  await settle()
  fleet.elapsed += 50_000
  one.cache.open()
  t.equal(await late, 'planted')
  fleet.elapsed += 49_999
  t.equal(await askedBy(one, () => read(one)), '')
  fleet.elapsed += 1
  t.match(await askedBy(one, () => read(one)), /snapshot/)
})

t.test('R26 the wall clock alone expires an entry if the other clock is stopped', async t => {
  const { fleet, content } = await fleetOf(t)
  const one = await fleet.join()
  const sealed = sealEntry(fleet.sealer, content)
  for (const [expected, naps] of [
    ['planted', 33],
    ['true', 30],
    ['true', 30],
  ] as const) {
    await fleet.plant(PLACE, sealed, ENDLESS_MS)
    t.equal(await read(one), expected)
    for (let nap = 0; nap < naps; nap += 1) {
      t.equal(await askedBy(one, () => read(one)), '')
      one.wall.offset += 10_000
      await one.knowledge.tick()
    }
  }
})

t.test(
  'P5 a replayed entry is rejected after a change, by every gateway that knows the change',
  async t => {
    const { fleet } = await fleetOf(t)
    const one = await fleet.join()
    await read(one)
    const before = await fleet.shared.get(PLACE)
    await fleet.store.putRole({ ...role, description: 'newest' })
    const started = await fleet.join({ isDeaf: true })
    await one.knowledge.announce(organization)
    const [deaf, later] = [await fleet.join({ isDeaf: true }), await fleet.join()]
    for (const member of [one, started, deaf, later]) {
      await fleet.plant(PLACE, before?.sealed ?? new Uint8Array(), ENDLESS_MS)
      t.equal(await read(member), 'newest')
      t.strictSame(member.forged, [])
    }
  },
)

t.test('R26 forged or replayed messages change nothing', async t => {
  const { fleet, content } = await fleetOf(t)
  const one = await fleet.join()
  await read(one)
  const { epoch } = content
  const all = { epoch, organization, changes: [{ version: 9, at: 0 }] }
  for (const [what, message, isForged] of [
    ['of another key', sealAnnouncement(newSealer(), all), true],
    ['altered', altered(sealAnnouncement(fleet.sealer, all), 30), true],
    ['nothing', new Uint8Array(), true],
    ['an entry', sealEntry(fleet.sealer, content), true],
    ['of another version of the gateway', sealedAs(fleet.sealer, 'announcement', 0, all), false],
    [
      'of what is known',
      sealAnnouncement(fleet.sealer, { ...all, changes: [{ version: 2, at: 0 }] }),
      false,
    ],
    ['of another epoch', sealAnnouncement(fleet.sealer, { ...all, epoch: 'before' }), false],
  ] as const) {
    const asked = await askedBy(one, async () => {
      await fleet.shared.publish(message)
      await settle()
      await read(one)
    })
    const polls = what === 'of another epoch' || what === 'of another version of the gateway'
    t.equal(asked, polls ? 'policyVersions' : '', `${what}: nothing is forgotten`)
    t.strictSame(one.forged.splice(0), isForged ? ['message'] : [], what)
  }
})

t.test('R26 entries of the shared cache reveal nothing to other readers', async t => {
  const { fleet } = await fleetOf(t)
  const one = await fleet.join()
  one.store.hold('snapshot', 'answer')
  const late = read(one)
  await settle()
  fleet.elapsed += 100_000
  one.store.open()
  await late
  await settle()
  const entry = await fleet.shared.get(PLACE)
  t.notMatch(Buffer.from(entry?.sealed ?? []).toString('latin1'), /true|backup|READ_ONLY/)
  const content = unsealEntry(fleet.sealer, entry?.sealed ?? new Uint8Array())
  t.match(content, { version: 2, readAt: T + NOW_MS, key: keyOf(PLACE) })
  t.equal(entry?.lifeMs, MAX_AGE_MS - 100_000, 'P5 its life counts from when its read began')
})
