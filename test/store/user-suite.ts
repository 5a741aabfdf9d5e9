/**
 * Tests reads and writes of single users. Part of the suite.
 */

import fc from 'fast-check'
import type { Test } from 'tap'
import { type OrganizationId, organizationId, userId } from '../../src/model/identity.ts'
import { runs } from '../kit/runs.ts'
import { add, ceo, draft, idOf } from './drafts.ts'
import { elsewhere, organization } from './samples.ts'
import type { Open } from './suite.ts'

export async function userSuite(t: Test, open: Open): Promise<void> {
  t.test('putUser() creates and replaces, and keeps the version if nothing changes', async t => {
    const store = await open(t)
    const created = await store.putUser(organization, ceo)
    t.strictSame(created, { ...ceo, id: created.id, enabled: true })
    t.strictSame(await store.user(organization, created.id), created)

    const same = { ...ceo, aliases: [...ceo.aliases, 'CEO@example.com'] }
    t.strictSame(await store.putUser(organization, same), created)
    t.equal(await store.policyVersion(organization), 1)

    const { principalName, ...draft } = { ...ceo, aliases: ['top@example.com'] }
    const changed = await store.putUser(organization, { ...draft, id: created.id })
    t.strictSame(changed, { ...draft, id: created.id, enabled: true })
    t.strictSame(await store.users(organization), [changed])
    t.equal(await store.userByName(organization, 'SmtpAddress', 'boss@example.com'), undefined)
    t.equal(await store.userByName(organization, 'PrincipalName', principalName ?? ''), undefined)
    t.equal(
      (await store.userByName(organization, 'SmtpAddress', 'top@example.com'))?.id,
      created.id,
    )
    t.equal(await store.policyVersion(organization), 2)
  })

  t.test(
    'usersById() and usersByName() return the users in the order asked, as one read does',
    async t => {
      const store = await open(t)
      await add(store, ceo, draft('alice'))
      const [boss, alice] = [await idOf(store, 'ceo'), await idOf(store, 'alice')]
      const ids = async (read: Promise<readonly ({ id: string } | undefined)[]>) =>
        (await read).map(user => user?.id)
      const asked = [alice, userId('unknown'), boss, alice]
      const expected = [alice, undefined, boss, alice]
      t.strictSame(await ids(store.usersById(organization, asked)), expected)
      t.strictSame(await ids(store.usersById(elsewhere, [alice])), [undefined])
      const names = ['ALICE@example.com', 'x@example.com', 'boss@example.com', 'alice@example.com']
      t.strictSame(await ids(store.usersByName(organization, 'SmtpAddress', names)), expected)
      t.strictSame(await ids(store.usersByName(organization, 'SID', ['S-1-5-21-7', 'x'])), [
        boss,
        undefined,
      ])
      t.strictSame(await store.usersByName(organization, 'SID', []), [])
    },
  )

  t.test('putUser() disables, and an import does not enable', async t => {
    const store = await open(t)
    const { id } = await store.putUser(organization, { ...ceo, enabled: false })
    t.equal((await store.user(organization, id))?.enabled, false)
    t.equal((await store.putUser(organization, ceo)).enabled, false, 'not said')
    t.equal((await add(store, { ...ceo, displayName: 'X' })).updated[0]?.enabled, false)
    t.equal(await store.policyVersion(organization), 2)

    t.equal((await store.putUser(organization, { ...ceo, enabled: true })).enabled, true)
    t.equal((await store.user(organization, id))?.enabled, true)
    t.equal(await store.policyVersion(organization), 3)
  })

  for (const [contradiction, refused, message] of [
    ['an alias of another', draft('boss'), /boss@example.com is already in use by ceo@example.com/],
    [
      'a principal name of another',
      draft('x', { principalName: 'CEO@corp.example.com' }),
      /CEO@corp.example.com is already in use by ceo@example.com/,
    ],
    [
      'a SID under a new id',
      draft('x', { id: userId('u-x'), sid: 'S-1-5-21-7' }),
      /the SID S-1-5-21-7 is already in use by ceo@example.com/,
    ],
    [
      'R3 a live user with the name of a deleted one',
      draft('alice', { aliases: ['bob@example.com'] }),
      /bob@example.com stays with the deleted user bob@example.com/,
    ],
    ['R3 names of two deleted users', draft('bob', { aliases: ['eve@example.com'] }), /eve@/],
  ] as const) {
    t.test(`putUser() rejects ${contradiction}, and changes nothing`, async t => {
      const store = await open(t)
      await add(store, { ...ceo, id: userId('u-1') }, draft('alice'), draft('bob'), draft('eve'))
      for (const name of ['bob', 'eve'])
        await store.deleteUser(organization, await idOf(store, name))
      const before = await store.users(organization)
      const conflicts = [{ index: 0, message }]
      await t.rejects(store.putUser(organization, refused), { name: 'ConflictError', conflicts })
      t.strictSame(await store.users(organization), before)
      t.equal(await store.policyVersion(organization), 3)
    })
  }

  for (const [name, comeback] of [
    ['primary address', draft('CEO')],
    ['alias, now the primary address', draft('boss')],
    ['primary address, now an alias', draft('new', { aliases: ['ceo@example.com'] })],
    ['principal name', draft('new', { principalName: 'ceo@CORP.example.com' })],
    ['SID', draft('new', { sid: 'S-1-5-21-7' })],
  ] as const) {
    t.test(`R3 putUser() returns the ID of a user who is created again by ${name}`, async t => {
      const store = await open(t)
      const { id } = await store.putUser(organization, ceo)
      await store.deleteUser(organization, id)
      t.strictSame(await store.putUser(organization, comeback), { ...comeback, id, enabled: true })
      t.equal((await store.users(organization)).length, 1)
      t.equal(await store.policyVersion(organization), 3)
    })
  }

  t.test('R3 deleteUser() keeps the names; an unknown user changes nothing', async t => {
    const store = await open(t)
    const { id } = await store.putUser(organization, ceo)
    await store.deleteUser(elsewhere, id)
    await store.deleteUser(organization, userId('unknown'))
    t.equal(await store.policyVersion(organization), 1)

    await store.deleteUser(organization, id)
    await store.deleteUser(organization, id)
    t.equal(await store.policyVersion(organization), 2)
    t.equal(await store.user(organization, id), undefined)
    t.equal(await store.userByName(organization, 'SID', 'S-1-5-21-7'), undefined)
    const taken = draft('x', { id: userId('u-x'), sid: 'S-1-5-21-7' })
    await t.rejects(store.putUser(organization, taken), /stays with the deleted user ceo@/)
  })

  t.test('concurrent putUser() lets only one user have an address', async t => {
    const store = await open(t)
    const ids = ['u-1', 'u-2', 'u-3'].map(userId)
    const outcomes = await Promise.allSettled(
      ids.map(id => store.putUser(organization, draft('a', { id }))),
    )
    t.equal(outcomes.filter(({ status }) => status === 'fulfilled').length, 1)

    const users = await Promise.all(ids.map(() => store.putUser(organization, draft('b'))))
    t.equal(new Set(users.map(({ id }) => id)).size, 1)
    t.equal((await store.users(organization)).length, 2)
  })

  t.test('concurrent importUsers() and putUser() create no user twice', async t => {
    const store = await open(t)
    const drafts = ['a', 'b', 'c'].map(name => draft(name))
    const work = [add(store, ...drafts), store.putUser(organization, draft('b'))]
    await Promise.all([...work, add(store, ...drafts), store.putUser(organization, draft('d'))])
    t.strictSame(
      (await store.users(organization)).map(({ primarySmtpAddress }) => primarySmtpAddress),
      ['a@example.com', 'b@example.com', 'c@example.com', 'd@example.com'],
    )
  })

  importProperty(t, open)

  t.test('usersPage() returns each existing user once, and keeps its position', async t => {
    const store = await open(t)
    const ids = ['u-a', 'u-b', 'u-c', 'u-d', 'u-e'].map(userId)
    await add(store, ...ids.map(id => draft(`z${9 - ids.indexOf(id)}`, { id })))
    await store.importUsers(elsewhere, [draft('x')], { dryRun: false, deleteMissing: false })
    await store.deleteUser(organization, userId('u-b'))
    const page = async (limit: number, after?: string) =>
      (
        await store.usersPage(organization, {
          limit,
          ...(after !== undefined && { after: userId(after) }),
        })
      ).map(({ id }) => id)
    t.strictSame(await page(9), ['u-a', 'u-c', 'u-d', 'u-e'])
    t.strictSame(await page(2), ['u-a', 'u-c'])

    await store.deleteUser(organization, userId('u-c'))
    await add(store, draft('0', { id: userId('u-0') }), draft('1', { id: userId('u-dd') }))
    t.strictSame(await page(2, 'u-c'), ['u-d', 'u-dd'])
    t.strictSame(await page(2, 'u-dd'), ['u-e'])
    t.strictSame(await page(2, 'u-e'), [])
  })
}

/** An import of one user does what a change of this user does. */
export function importProperty(t: Test, open: Open): void {
  t.test('putUser() does the same as the import of one draft', async t => {
    const store = await open(t)
    let round = 0
    const alike = fc.asyncProperty(
      fc.array(anyStep, { minLength: 1, maxLength: 8 }),
      async steps => {
        round += 1
        const [putting, importing] = [organizationId(`p-${round}`), organizationId(`i-${round}`)]
        const [put, imported] = [numbering(), numbering()]
        for (const step of steps) {
          const after = (organization: OrganizationId, change: Promise<unknown>) =>
            change.then(
              async () => JSON.stringify(await store.users(organization)),
              error => error.message,
            )
          const one = put(
            await after(
              putting,
              typeof step === 'string'
                ? store.deleteUser(putting, step)
                : store.putUser(putting, step),
            ),
          )
          const other = imported(
            await after(
              importing,
              typeof step === 'string'
                ? store.deleteUser(importing, step)
                : store.importUsers(importing, [step], { dryRun: false, deleteMissing: false }),
            ),
          )
          if (one !== other) throw new Error(`put: ${one}\nimported: ${other}`)
        }
      },
    )
    await t.resolves(fc.assert(alike, { numRuns: runs(10) }))
  })
}

const anyName = fc.constantFrom('a', 'B', 'b', 'c')
const anyAddress = anyName.map(name => `${name}@example.com`)
const anyId = fc.constantFrom('u-1', 'u-2').map(userId)
const anyDraft = fc.record(
  {
    id: anyId,
    primarySmtpAddress: anyAddress,
    aliases: fc.array(anyAddress, { maxLength: 2 }),
    principalName: fc.oneof(anyName, anyAddress),
    sid: anyName,
  },
  { requiredKeys: ['primarySmtpAddress', 'aliases'] },
)

/** A user to write, or the ID of a user to delete. */
const anyStep = fc.oneof({ weight: 4, arbitrary: anyDraft }, { weight: 1, arbitrary: anyId })

/** Replaces generated IDs by numbers, because the IDs differ between organizations. */
function numbering() {
  const ids: string[] = []
  return (text: string) =>
    text.replaceAll(/[0-9a-f]{8}-[0-9a-f-]{27}/g, id => {
      if (!ids.includes(id)) ids.push(id)
      return `#${ids.indexOf(id)}`
    })
}
