/**
 * R3: which users have a mailbox that the upstream gives to several, as it says so.
 */

import t from 'tap'
import { type Holder, SharedMailboxes } from '../../src/gateway/shared-mailboxes.ts'
import { organizationId, userId } from '../../src/model/identity.ts'

/** Mailboxes that several users may share, and an upstream in which each holder has its own until it is lost. */
class SharedWorld {
  readonly #lost = new Set<string>()
  readonly #asked: string[] = []
  readonly #changes: string[] = []
  /** Called while the upstream is asked. */
  during: () => Promise<void> | void = () => undefined
  readonly shared = new SharedMailboxes(({ organization, kind, users, count }) =>
    this.#changes.push(`${organization} ${kind} ${users.join('+')} ${count}`),
  )

  claim(guid: string, holder: string, before?: string, organization = 'one'): Promise<void> {
    const holderBefore = before === undefined ? undefined : holderOf(before)
    const id = organizationId(organization)
    return this.shared.claim(id, guid, holderOf(holder), holderBefore, this.#holds)
  }

  async check(user: string, organization = 'one'): Promise<Record<string, string>> {
    const settled = await this.shared.check(organizationId(organization), userId(user), this.#holds)
    return Object.fromEntries([...settled].map(([guid, { address }]) => [guid, address]))
  }

  /** Makes the upstream say that a holder doesn't have a mailbox any more. */
  lose(...places: readonly string[]) {
    for (const place of places) this.#lost.add(place)
  }

  /** Returns the holders that were asked for, and the changes that were reported, since the last call. */
  since() {
    return { asked: this.#asked.splice(0), changes: this.#changes.splice(0) }
  }

  /** Users of a few who are denied, and mailboxes of a few that are shared. */
  denied(organization = 'one') {
    const id = organizationId(organization)
    const users = ['ann', 'bob', 'carl', 'dora'].filter(user =>
      this.shared.isConcerned(id, userId(user)),
    )
    return [users, ['g1', 'g2'].filter(guid => this.shared.isShared(id, guid))]
  }

  readonly #holds = async (guid: string, { address }: Holder): Promise<boolean> => {
    this.#asked.push(`${guid} ${address}`)
    await this.during()
    return !this.#lost.has(`${guid} ${address}`)
  }
}

/** Returns a holder whose user is the part of the address before the dot. */
const holderOf = (address: string): Holder => ({
  userId: userId(address.split('.')[0] ?? ''),
  address,
})

t.test(
  'R3 SharedMailboxes asks about the user before, and denies both only if both have it',
  async t => {
    const world = new SharedWorld()
    await world.claim('g1', 'ann')
    await world.claim('g1', 'ann.new', 'ann')
    t.strictSame(world.since(), { asked: [], changes: [] }, 'of one user, nothing is asked')
    world.lose('g1 bob')
    await world.claim('g1', 'ann', 'bob')
    t.strictSame(
      world.since(),
      { asked: ['g1 bob'], changes: [] },
      'a mailbox that moved is not shared',
    )
    t.strictSame(world.denied(), [[], []])

    await world.claim('g1', 'carl', 'ann')
    t.strictSame(world.since(), { asked: ['g1 ann'], changes: ['one shared ann+carl 1'] })
    t.strictSame(world.denied(), [['ann', 'carl'], ['g1']])
    t.strictSame(world.denied('other'), [[], []], 'another organization is not concerned')

    await world.claim('g1', 'carl', 'ann')
    await world.claim('g1', 'ann.new', undefined)
    t.strictSame(
      world.since(),
      { asked: [], changes: [] },
      'a user of a shared mailbox is no change',
    )
    await world.claim('g1', 'dora', undefined)
    await world.claim('g2', 'dora', 'bob')
    t.strictSame(world.since(), {
      asked: ['g2 bob'],
      changes: ['one shared ann+carl+dora 1', 'one shared bob+dora 2'],
    })
    t.strictSame(world.denied(), [
      ['ann', 'bob', 'carl', 'dora'],
      ['g1', 'g2'],
    ])
  },
)

for (const [name, holders, lost, asked, settled, changes, denied] of [
  ['the user and another have it', ['bob'], [], ['ann', 'bob'], undefined, [], ['ann', 'bob']],
  ['the user lost it', ['bob'], ['ann'], ['ann', 'bob'], 'bob', ['one settled ann+bob 0'], []],
  ['the other lost it', ['bob'], ['bob'], ['ann', 'bob'], 'ann', ['one settled ann+bob 0'], []],
  [
    'both lost it',
    ['bob'],
    ['ann', 'bob'],
    ['ann', 'bob'],
    undefined,
    ['one settled ann+bob 0'],
    [],
  ],
  [
    'the first of two others has it',
    ['bob', 'carl'],
    ['carl'],
    ['ann', 'bob'],
    undefined,
    [],
    ['ann', 'bob', 'carl'],
  ],
  [
    'the second of two others has it',
    ['bob', 'carl'],
    ['bob'],
    ['ann', 'bob', 'carl'],
    undefined,
    [],
    ['ann', 'carl'],
  ],
  [
    'the user has it under one of two addresses',
    ['bob', 'ann.new'],
    ['ann'],
    ['ann', 'ann.new', 'bob'],
    undefined,
    [],
    ['ann', 'bob'],
  ],
  [
    'only the user has it, under two addresses',
    ['bob', 'ann.new'],
    ['bob'],
    ['ann', 'ann.new', 'bob'],
    'ann',
    ['one settled ann+bob 0'],
    [],
  ],
] as const)
  t.test(`R3 SharedMailboxes checks: ${name}`, async t => {
    const world = new SharedWorld()
    for (const holder of holders) await world.claim('g1', holder, 'ann')
    world.since()
    world.lose(...lost.map(address => `g1 ${address}`))
    t.strictSame(await world.check('ann'), settled === undefined ? {} : { g1: settled })
    t.strictSame(world.since(), { asked: asked.map(address => `g1 ${address}`), changes })
    t.strictSame(world.denied()[0], denied)
  })

t.test('R3 SharedMailboxes checks only mailboxes of the user, and each of them', async t => {
  const world = new SharedWorld()
  await world.claim('g1', 'bob', 'ann')
  await world.claim('g2', 'carl', 'ann')
  world.since()
  t.strictSame(await world.check('dora'), {})
  t.strictSame(await world.check('ann', 'other'), {})
  t.strictSame(world.since(), { asked: [], changes: [] })
  world.lose('g1 ann', 'g2 ann')
  t.strictSame(await world.check('ann'), { g1: 'bob', g2: 'carl' })
  t.strictSame(world.since().changes, ['one settled ann+bob 1', 'one settled ann+carl 0'])
  await world.claim('g1', 'bob', 'carl')
  t.strictSame(world.since().changes, ['one shared carl+bob 1'], 'it can be shared again')
})

t.test(
  'R3 SharedMailboxes keeps denying while the upstream cannot say who has a mailbox',
  async t => {
    const world = new SharedWorld()
    await world.claim('g1', 'bob', 'ann')
    world.since()
    world.during = () => Promise.reject(new Error('busy'))
    await t.rejects(world.check('ann'), new Error('busy'))
    await t.rejects(world.claim('g2', 'bob', 'carl'), new Error('busy'))
    t.strictSame(world.since().changes, [])
    t.strictSame(world.denied(), [['ann', 'bob'], ['g1']])
  },
)

t.test('R3 SharedMailboxes keeps a user who is found while the upstream is asked', async t => {
  const world = new SharedWorld()
  await world.claim('g1', 'bob', 'ann')
  world.lose('g1 ann')
  world.during = async () => {
    world.during = () => undefined
    await world.claim('g1', 'carl')
  }
  t.strictSame(await world.check('ann'), {}, 'two have it')
  t.strictSame(world.denied(), [['bob', 'carl'], ['g1']])

  world.during = async () => {
    world.during = () => undefined
    await world.claim('g2', 'carl', 'ann')
  }
  await world.claim('g2', 'bob', 'ann')
  t.strictSame(world.denied(), [
    ['ann', 'bob', 'carl'],
    ['g1', 'g2'],
  ])
})

t.test('R3 SharedMailboxes asks for each holder once, under each address', async t => {
  const world = new SharedWorld()
  for (const holder of ['bob', 'ann.new', 'bob', 'ann', 'ann.new', 'ann'])
    await world.claim('g1', holder, holder === 'bob' ? 'ann' : 'bob')
  world.since()
  await world.check('ann')
  t.strictSame(world.since().asked.sort(), ['g1 ann', 'g1 ann.new', 'g1 bob'])
})

t.test('R3 SharedMailboxes reports once that two concurrent checks settle a mailbox', async t => {
  const world = new SharedWorld()
  await world.claim('g1', 'bob', 'ann')
  world.since()
  world.lose('g1 ann', 'g1 bob')
  await Promise.all([world.check('ann'), world.check('bob')])
  t.strictSame(world.since().changes, ['one settled ann+bob 0'])
})
