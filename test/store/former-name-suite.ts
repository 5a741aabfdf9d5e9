/**
 * Tests how a store keeps the former names of users. Part of the suite.
 */

import fc from 'fast-check'
import type { Test } from 'tap'
import {
  type ConnectingSidKind,
  foldName,
  organizationId,
  type UserId,
  userId,
} from '../../src/model/identity.ts'
import { NAME_SPACES, type NameSpace, nameSubject } from '../../src/model/subject.ts'
import type { Store, UserDraft } from '../../src/store/store.ts'
import { runs } from '../kit/runs.ts'
import { add, ceo, draft, idOf, replaceAll } from './drafts.ts'
import { elsewhere, organization } from './samples.ts'
import type { Open } from './suite.ts'

const CEO = userId('u-ceo')
const CAROL = userId('u-carol')

/** A change after which the CEO no longer has a name, and the name. */
const LOSSES = [
  ['the primary address', { primarySmtpAddress: 'ceo-old@example.com' }, 'ceo@example.com'],
  ['an alias', { aliases: [] }, 'BOSS@example.com'],
  ['an alias for another one', { aliases: ['chief@example.com'] }, 'boss@example.com'],
  ['the principal name', { principalName: 'old@corp' }, 'CEO@corp.example.com'],
  ['the SID', { sid: 'S-1-5-21-8' }, 'S-1-5-21-7'],
] as const

/** A draft of another user who has the name. */
function claim(name: string): UserDraft {
  const carol = draft('carol', { id: CAROL })
  if (name.startsWith('S-1')) return { ...carol, sid: name }
  if (name.endsWith('corp.example.com')) return { ...carol, principalName: name }
  return { ...carol, aliases: [name] }
}

const spaceOf = (name: string): NameSpace =>
  name.startsWith('S-1') ? 'sid' : name.endsWith('corp.example.com') ? 'principal' : 'address'

const KIND_OF = {
  address: 'SmtpAddress',
  principal: 'PrincipalName',
  sid: 'SID',
} as const satisfies Record<NameSpace, ConnectingSidKind>

const find = async (store: Store, name: string) =>
  (await store.userByName(organization, KIND_OF[spaceOf(name)], name))?.id

const STAYS =
  /stays with the user who had it: only the ID u-ceo can have it again, unless ReleaseName \(permission ewsgateway:ReleaseName\) frees it/

export async function formerNameSuite(t: Test, open: Open): Promise<void> {
  for (const [what, change, name] of LOSSES) {
    t.test(`R3 a name that a user loses by ${what} is reserved until its release`, async t => {
      const store = await open(t)
      await add(store, { ...ceo, id: CEO }, draft('carol', { id: CAROL }))
      await store.putUser(organization, { ...ceo, id: CEO, ...change })
      t.equal(await find(store, name), undefined, 'the name is nobody’s')

      const conflicts = {
        name: 'ConflictError',
        conflicts: [{ index: 0, message: STAYS, name: { space: spaceOf(name) } }],
      }
      await t.rejects(store.putUser(organization, claim(name)), conflicts)
      await t.rejects(add(store, claim(name)), conflicts)
      await t.rejects(store.putUser(organization, { ...claim(name), id: userId('u-new') }), STAYS)
      t.equal(await store.policyVersion(organization), 2)

      t.strictSame(await store.releaseName(organization, spaceOf(name), name), {
        kind: 'released',
        userId: CEO,
      })
      t.equal(await find(store, name), undefined, 'until another user gets it')
      await store.putUser(organization, claim(name))
      t.equal(await find(store, name), CAROL)
    })

    t.test(`R3 a user who lost ${what} can have it again`, async t => {
      const store = await open(t)
      await add(store, { ...ceo, id: CEO })
      await store.putUser(organization, { ...ceo, id: CEO, ...change })
      t.not((await store.formerNames(organization, CEO)).length, 0)

      await store.putUser(organization, { ...ceo, id: CEO })
      t.equal(await find(store, name), CEO)
      t.notMatch(await store.formerNames(organization, CEO), [{ name: foldName(name) }])
      t.strictSame(await store.releaseName(organization, spaceOf(name), name), {
        kind: 'in-use',
        userId: CEO,
      })
    })
  }

  for (const [what, lose] of [
    ['has', async () => undefined],
    [
      'had',
      async (store: Store) => {
        const { principalName: _, ...rest } = ceo
        await store.putUser(organization, { ...rest, id: CEO })
      },
    ],
    ['had before it was deleted', (store: Store) => store.deleteUser(organization, CEO)],
  ] as const) {
    t.test(`R3 an address cannot be a principal name that another user ${what}`, async t => {
      const store = await open(t)
      await add(store, { ...ceo, id: CEO }, draft('carol', { id: CAROL }))
      await lose(store)
      const address = 'CEO@corp.example.com'
      const isPrincipal = /^0: the address CEO@corp.example.com is also a principal name, which /
      for (const claim of [
        draft('carol', { id: CAROL, primarySmtpAddress: address }),
        draft('carol', { id: CAROL, aliases: [address] }),
        draft('new', { id: userId('u-new'), primarySmtpAddress: address }),
      ]) {
        const error = { name: 'ConflictError', message: isPrincipal }
        await t.rejects(store.putUser(organization, claim), error)
        const lost = { ...ceo, id: CEO, principalName: 'x' }
        await t.rejects(add(store, claim, lost), { ...error, message: /stays with / })
        await t.rejects(add(store, claim, draft('x', { id: userId('u-x') })), {
          ...error,
          message: what === 'has' ? /is already in use by ceo@example.com/ : /stays with/,
        })
        const kept = { ...ceo, id: CEO }
        if (what === 'has')
          await t.rejects(add(store, claim, kept), {
            ...error,
            message: /is already in use by ceo@/,
          })
      }
      await store.putUser(organization, { ...ceo, id: CEO, aliases: [address] })
      t.equal(await idOf(store, 'ceo'), CEO, 'the user can have it as an address, too')
    })
  }

  t.test('a user keeps an address that becomes the principal name of another', async t => {
    const store = await open(t)
    const [carol, twin] = [draft('carol', { id: CAROL }), { principalName: 'carol@example.com' }]
    await add(store, carol, draft('twin', { id: CEO, ...twin }))
    await add(store, { ...carol, displayName: 'Carol' })
    await store.putUser(organization, { ...carol, primarySmtpAddress: 'c@example.com' })
    await store.putUser(organization, carol)
    t.equal(await idOf(store, 'carol'), CAROL)
  })

  t.test('R3 a former name of an existing user matches no user in import or put', async t => {
    const store = await open(t)
    await add(store, { ...ceo, id: CEO })
    await add(store, { ...ceo, id: CEO, primarySmtpAddress: 'x@example.com', sid: 'S-1-5-21-8' })
    await t.rejects(store.putUser(organization, draft('ceo')), STAYS)
    await t.rejects(add(store, draft('ceo')), STAYS)
    await t.rejects(add(store, draft('new', { sid: 'S-1-5-21-7' })), STAYS)
    t.equal((await store.users(organization)).length, 1)
  })

  for (const [what, ...drafts] of [
    ['exchange an address', draft('b', { id: userId('u-a') }), draft('a', { id: userId('u-b') })],
    [
      'pass an alias on',
      draft('a', { id: userId('u-a') }),
      draft('b', { id: userId('u-b'), aliases: ['sales@example.com'] }),
    ],
    [
      'pass an alias on to a user who is new',
      draft('a', { id: userId('u-a') }),
      draft('c', { aliases: ['sales@example.com'] }),
    ],
  ] as const) {
    t.test(`R3 two users cannot ${what} in one import`, async t => {
      const store = await open(t)
      const sales = { aliases: ['sales@example.com'] }
      await add(
        store,
        draft('a', { id: userId('u-a'), ...sales }),
        draft('b', { id: userId('u-b') }),
      )
      const message = /stays with the user who had it: only the ID u-[ab] can have it again/
      const conflicts = { name: 'ConflictError', message }
      await t.rejects(add(store, ...drafts), conflicts)
      await t.rejects(replaceAll(store, ...drafts), conflicts)
      t.equal(await idOf(store, 'sales'), 'u-a')
      t.equal(await store.policyVersion(organization), 1)
    })
  }

  for (const [what, comeback] of [
    ['by ID, under other names', draft('new', { id: CEO })],
    ['by a former address', draft('first')],
    ['by a former SID', draft('new', { sid: 'S-1-5-21-6' })],
  ] as const) {
    t.test(`R3 a user who is created again ${what} keeps all names`, async t => {
      const store = await open(t)
      await add(store, draft('first', { id: CEO, sid: 'S-1-5-21-6' }))
      await store.putUser(organization, { ...ceo, id: CEO })
      await store.deleteUser(organization, CEO)
      t.equal((await store.putUser(organization, comeback)).id, CEO)
      for (const name of ['ceo@example.com', 'boss@example.com', 'S-1-5-21-7']) {
        t.equal(await find(store, name), undefined)
        await t.rejects(store.putUser(organization, claim(name)), STAYS)
      }
    })
  }

  t.test('R3 a deleted user’s name goes to another user after its release', async t => {
    const store = await open(t)
    await add(store, { ...ceo, id: CEO }, draft('carol', { id: CAROL }))
    await store.deleteUser(organization, CEO)
    for (const name of ['ceo@example.com', 'S-1-5-21-7']) {
      await t.rejects(store.putUser(organization, claim(name)), /stays with the deleted user ceo@/)
      await store.releaseName(organization, spaceOf(name), name)
    }
    await store.putUser(organization, draft('ceo', { id: CAROL, sid: 'S-1-5-21-7' }))
    t.equal(await find(store, 'ceo@example.com'), CAROL)

    await t.rejects(store.putUser(organization, { ...ceo, id: CEO }), /is already in use by ceo@.*/)
    const back = await store.putUser(organization, draft('boss'))
    t.equal(back.id, CEO, 'the names that were not released still find the deleted user')
    t.equal(await find(store, 'ceo@example.com'), CAROL)
  })

  t.test('R3 a released name can create a new user', async t => {
    const store = await open(t)
    await add(store, { ...ceo, id: CEO })
    await store.deleteUser(organization, CEO)
    await store.releaseName(organization, 'address', 'ceo@example.com')
    t.not((await store.putUser(organization, draft('ceo'))).id, CEO)
  })

  t.test('releaseName() releases one name, in one namespace, of one organization', async t => {
    const store = await open(t, () => 1_700_000_000_000)
    const both = { aliases: ['boss@example.com'], principalName: 'boss@example.com' }
    await add(store, draft('ceo', { id: CEO, ...both }))
    await add(store, draft('ceo', { id: CEO }))
    const space = 'address'
    t.strictSame(await store.releaseName(elsewhere, space, 'boss@example.com'), { kind: 'unknown' })
    t.strictSame(await store.releaseName(organization, space, 'x@example.com'), { kind: 'unknown' })
    t.strictSame(await store.releaseName(organization, space, 'CEO@example.com'), {
      kind: 'in-use',
      userId: CEO,
    })
    t.equal(await store.policyVersion(organization), 2, 'nothing has changed')
    t.strictSame(await store.formerNames(organization, CEO), [
      { space, name: 'boss@example.com' },
      { space: 'principal', name: 'boss@example.com' },
    ])
    t.strictSame(await store.formerNames(elsewhere, CEO), [])
    const addresses = ['x@example.com', 'CEO@example.com', 'BOSS@example.com']
    t.strictSame(await store.formerOwners(organization, addresses), [CEO])
    t.strictSame(await store.formerOwners(organization, ['ceo@example.com']), [], 'it is in use')
    t.strictSame(await store.formerOwners(elsewhere, addresses), [])
    t.strictSame(await store.formerOwners(organization, []), [])

    t.match(await store.releaseName(organization, space, 'Boss@Example.com'), { kind: 'released' })
    t.strictSame(await store.formerNames(organization, CEO), [
      { space: 'principal', name: 'boss@example.com' },
    ])
    t.strictSame(await store.changesSince(organization, 2), [
      { version: 3, subjects: [nameSubject(space, 'boss@example.com')], at: 1_700_000_000_000 },
    ])
    t.match(await store.releaseName(organization, space, 'boss@example.com'), { kind: 'unknown' })
  })

  releaseProperty(t, open)
}

/** No history of names lets a name pass to another user unless it was released. */
export function releaseProperty(t: Test, open: Open): void {
  t.test('R3 a name passes to another user by releaseName() only', async t => {
    const store = await open(t)
    let round = 0
    const law = fc.asyncProperty(
      fc.array(anyStep, { minLength: 2, maxLength: 10 }),
      async steps => {
        round += 1
        await follow(store, organizationId(`n-${round}`), steps)
      },
    )
    await t.resolves(fc.assert(law, { numRuns: runs(10) }))
  })
}

const NAMES = ['a', 'b', 'C'] as const
const anyName = fc.constantFrom(...NAMES, 'c')
const anyAddress = anyName.map(name => `${name}@example.com`)
const anyId = fc.constantFrom('u-1', 'u-2', 'u-3').map(userId)
const anyDraft = fc.record(
  {
    id: anyId,
    ownId: anyId,
    primarySmtpAddress: anyAddress,
    aliases: fc.array(anyAddress, { maxLength: 2 }),
    principalName: anyName,
    sid: anyName,
  },
  { requiredKeys: ['primarySmtpAddress', 'aliases'] },
)
const anyStep = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('put'), draft: anyDraft }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('delete'), id: anyId }) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('import'),
      drafts: fc.array(anyDraft, { maxLength: 3 }),
      deleteMissing: fc.boolean(),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('release'),
      space: fc.constantFrom('address', 'principal', 'sid'),
      name: anyName,
    }),
  },
)
type Step = typeof anyStep extends fc.Arbitrary<infer T> ? T : never

/** Takes the steps, and looks after each for every name whose user has become another. */
async function follow(
  store: Store,
  place: ReturnType<typeof organizationId>,
  steps: readonly Step[],
): Promise<void> {
  const owners = new Map<string, UserId>()
  for (const step of steps) {
    await take(store, place, step, owners).catch(error => {
      if (error.name !== 'ConflictError') throw error
    })
    for (const kind of ['SmtpAddress', 'PrincipalName', 'SID'] as const)
      for (const name of NAMES) {
        const written = kind === 'SmtpAddress' ? `${name}@example.com` : name
        const key = `${NAME_SPACES[kind]} ${foldName(written)}`
        const found = (await store.userByName(place, kind, written))?.id
        const owner = owners.get(key)
        if (found !== undefined && owner !== undefined && found !== owner)
          throw new Error(`${key} was ${owner}’s and is ${found}’s`)
        if (found !== undefined) owners.set(key, found)
      }
  }
}

async function take(
  store: Store,
  place: ReturnType<typeof organizationId>,
  step: Step,
  owners: Map<string, UserId>,
): Promise<void> {
  if ('draft' in step) await store.putUser(place, step.draft)
  else if ('drafts' in step)
    await store.importUsers(place, step.drafts, {
      dryRun: false,
      deleteMissing: step.deleteMissing,
      acceptRemovals: true,
    })
  else if ('id' in step) await store.deleteUser(place, step.id)
  else {
    const name = step.space === 'address' ? `${step.name}@example.com` : step.name
    const space = step.space as NameSpace
    const { kind } = await store.releaseName(place, space, name)
    if (kind === 'released') owners.delete(`${space} ${foldName(name)}`)
  }
}
