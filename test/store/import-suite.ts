/**
 * Tests how a store imports users. Part of the suite.
 */

import type { Test } from 'tap'
import { type ConnectingSidKind, userId } from '../../src/model/identity.ts'
import type { RemovalConsent } from '../../src/model/removals.ts'
import { ConflictError } from '../../src/store/store.ts'
import { add, ceo, counts, draft, idOf, replaceAll } from './drafts.ts'
import { elsewhere, organization } from './samples.ts'
import type { Open } from './suite.ts'

const UUID_V4 = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/

export async function importSuite(t: Test, open: Open): Promise<void> {
  t.test('importUsers() creates users with new IDs', async t => {
    const store = await open(t)
    const plan = await add(store, ceo, draft('alice'))
    t.strictSame(counts(plan), [2, 0, 0, 0])

    const [first] = plan.created
    t.match(first?.id, UUID_V4)
    t.strictSame(first, { ...ceo, id: first?.id, enabled: true })
    t.strictSame(await store.user(organization, first?.id ?? userId('')), first)
    t.strictSame(
      (await store.users(organization)).map(({ primarySmtpAddress }) => primarySmtpAddress),
      ['alice@example.com', 'ceo@example.com'],
    )
  })

  t.test('importUsers() changes only the fields that a draft replaces', async t => {
    const store = await open(t)
    const [id, other] = [
      '0b0e2f9c-8f6e-4d8a-9c43-6f2f6f0c1a55',
      '2c1c9c0c-6f3a-4b1e-8a55-1f0f7c9b2b02',
    ]
    await add(store, { ...ceo, id: userId(id) })
    const replaces = ['primarySmtpAddress'] as const
    const kept = { primarySmtpAddress: 'CEO@example.com', aliases: [], replaces }
    const stored = { ...ceo, id, primarySmtpAddress: 'CEO@example.com', enabled: true }
    t.strictSame((await add(store, kept)).updated, [stored])
    t.strictSame(await store.userByName(organization, 'SID', 'S-1-5-21-7'), stored)

    const cleared = { ...kept, replaces: [...replaces, 'principalName', 'sid'] } as const
    const { principalName: _, sid: __, ...rest } = stored
    t.strictSame((await add(store, cleared)).updated, [rest])

    const renamed = { ...kept, id: userId(id), primarySmtpAddress: 'boss@example.com' }
    const [user] = (await add(store, renamed)).updated
    t.strictSame(user, { ...rest, primarySmtpAddress: 'boss@example.com', aliases: [] })

    const created = { ...kept, id: userId(other), primarySmtpAddress: 'new@example.com' }
    await t.rejects(
      add(store, { ...created, primarySmtpAddress: 'boss@example.com' }),
      ConflictError,
    )
    const { primarySmtpAddress, aliases } = created
    t.strictSame((await add(store, created)).created, [
      { id: other, primarySmtpAddress, aliases, enabled: true },
    ])

    await store.deleteUser(organization, userId(id))
    t.strictSame((await add(store, renamed)).created, [
      { id, primarySmtpAddress: 'boss@example.com', aliases: [], enabled: true },
    ])
  })

  t.test('importUsers() uses the ID of a draft', async t => {
    const store = await open(t)
    const id = userId('0b0e2f9c-8f6e-4d8a-9c43-6f2f6f0c1a55')
    await add(store, { ...ceo, id })
    t.equal(await idOf(store, 'ceo'), id)
  })

  for (const [kind, name, found] of [
    ['PrimarySmtpAddress', 'ceo@example.com', true],
    ['PrimarySmtpAddress', 'boss@example.com', true],
    ['SmtpAddress', 'CEO@Example.COM', true],
    ['SmtpAddress', 'BOSS@example.com', true],
    ['PrincipalName', 'Ceo@Corp.example.com', true],
    ['SID', 's-1-5-21-7', true],
    ['SmtpAddress', 'ceo@corp.example.com', false],
    ['PrincipalName', 'ceo@example.com', false],
    ['SID', 'S-1-5-21-71', false],
    ['SmtpAddress', 'ceo%', false],
    ['SmtpAddress', ' ceo@example.com', false],
    ['SmtpAddress', 'ceo@example.com\0', false],
    ['SmtpAddress', '\u212Aeo@example.com', false],
    ['PrincipalName', 'José@corp', true],
    ['PrincipalName', 'joSé@corp', true],
    ['PrincipalName', 'josÉ@corp', false],
    ['PrincipalName', 'jose\u0301@corp', false],
  ] as const satisfies readonly (readonly [ConnectingSidKind, string, boolean])[]) {
    t.test(`userByName() ${found ? 'finds' : 'does not know'} ${kind} ${name}`, async t => {
      const store = await open(t)
      await add(store, ceo, draft('keo'), draft('jose', { principalName: 'José@corp' }))
      const user = await store.userByName(organization, kind, name)
      t.equal(user !== undefined, found)
      t.equal(await store.userByName(elsewhere, kind, name), undefined)
    })
  }

  t.test('user() distinguishes IDs by case and organization', async t => {
    const store = await open(t)
    await add(store, draft('a', { id: userId('u-a') }), draft('b', { id: userId('u-A') }))
    t.equal((await store.user(organization, userId('u-A')))?.primarySmtpAddress, 'b@example.com')
    t.equal((await store.user(organization, userId('u-a')))?.primarySmtpAddress, 'a@example.com')
    t.equal(await store.user(elsewhere, userId('u-a')), undefined)
  })

  t.test('importUsers() of the output of users() changes nothing', async t => {
    const store = await open(t)
    await add(store, ceo, draft('alice'), draft('Bob'))
    const before = await store.users(organization)
    t.strictSame(counts(await replaceAll(store, ...before)), [0, 0, 3, 0])
    t.strictSame(await store.users(organization), before)
    t.equal(await store.policyVersion(organization), 1)
  })

  for (const [change, more, outcome] of [
    ['nothing', {}, [0, 0, 1, 0]],
    ['a display name', { displayName: 'Other' }, [0, 1, 0, 0]],
    ['the case of an address', { primarySmtpAddress: 'CEO@example.com' }, [0, 1, 0, 0]],
    ['an alias', { aliases: ['top@example.com'] }, [0, 1, 0, 0]],
    ['an alias said twice', { aliases: ['boss@example.com', 'BOSS@example.com'] }, [0, 0, 1, 0]],
    [
      'its address as an alias too',
      { aliases: ['boss@example.com', 'Ceo@example.com'] },
      [0, 0, 1, 0],
    ],
    ['the address, matched by SID', { primarySmtpAddress: 'chief@example.com' }, [0, 1, 0, 0]],
    ['the SID, matched by address', { sid: 'S-1-5-21-8' }, [0, 1, 0, 0]],
  ] as const) {
    t.test(`importUsers() counts ${change} as ${outcome}`, async t => {
      const store = await open(t)
      await add(store, ceo)
      const id = await idOf(store, 'ceo')
      t.strictSame(counts(await add(store, { ...ceo, ...more })), outcome)
      t.equal(await store.policyVersion(organization), outcome[1] === 1 ? 2 : 1)
      t.strictSame(
        (await store.users(organization)).map(user => user.id),
        [id],
      )
    })
  }

  t.test('importUsers() ignores the order of aliases', async t => {
    const store = await open(t)
    const aliases = ['a@example.com', 'b@example.com']
    await add(store, { ...ceo, aliases })
    t.strictSame(counts(await add(store, { ...ceo, aliases: aliases.toReversed() })), [0, 0, 1, 0])
  })

  t.test('importUsers() matches by ID before SID, and by SID before address', async t => {
    const store = await open(t)
    await add(store, draft('a', { sid: 'S-1-5-1' }), draft('b', { sid: 'S-1-5-2' }))
    const [a, b] = [await idOf(store, 'a'), await idOf(store, 'b')]

    await add(store, draft('c', { sid: 'S-1-5-1' }), draft('d', { sid: 'S-1-5-2' }))
    t.equal(await idOf(store, 'c'), a, 'another address, by SID')

    await add(store, draft('e', { id: b, sid: 'S-1-5-3' }), draft('c', { id: a }))
    t.equal(await idOf(store, 'e'), b, 'another SID, by id')
    t.equal((await store.userByName(organization, 'SID', 'S-1-5-3'))?.id, b)
    for (const sid of ['S-1-5-1', 'S-1-5-2'])
      t.equal(await store.userByName(organization, 'SID', sid), undefined)
  })

  t.test('importUsers() as a dry run reports all changes and makes none', async t => {
    const store = await open(t)
    await add(store, ceo, draft('bob'))
    const plan = await store.importUsers(
      organization,
      [draft('alice'), { ...ceo, displayName: 'Other' }],
      { dryRun: true, deleteMissing: true },
    )
    t.strictSame(counts(plan), [1, 1, 0, 1])
    t.equal((await store.users(organization)).length, 2)
    t.equal(await store.policyVersion(organization), 1)
  })

  t.test('importUsers() deletes no more users than its caller accepts', async t => {
    const store = await open(t)
    const all = Array.from({ length: 20 }, (_, n) => draft(`u${n}`))
    await add(store, ...all)
    const remove = (count: number, consent: RemovalConsent) =>
      store.importUsers(organization, [...all.slice(count), draft('new')], {
        dryRun: false,
        deleteMissing: true,
        ...consent,
      })
    for (const [count, consent] of [
      [3, {}],
      [2, { deleteAtMost: 1 }],
      [2, { deleteAtMost: 0, acceptRemovals: true }],
      [19, { deleteAtMost: 20 }],
      [19, { deleteAtMost: 18, acceptRemovals: true }],
    ] as const) {
      const stopped = { name: 'RemovalStopped', removal: { removed: count, of: 20 } }
      await t.rejects(remove(count, consent), stopped, JSON.stringify([count, consent]))
    }
    t.equal(await store.policyVersion(organization), 1, 'and changes nothing')
    t.strictSame(counts(await remove(2, {})), [1, 0, 18, 2], 'a tenth needs no consent')
    await add(store, ...all)
    const most = await remove(19, { deleteAtMost: 21, acceptRemovals: true })
    t.strictSame(counts(most), [0, 0, 2, 19])
  })

  t.test('importUsers() keeps organizations apart', async t => {
    const store = await open(t)
    await add(store, ceo)
    const options = { dryRun: false, deleteMissing: true }
    t.strictSame(counts(await store.importUsers(elsewhere, [ceo], options)), [1, 0, 0, 0])
    t.equal((await store.users(organization)).length, 1)
  })

  conflictSuite(t, open)
}

function conflictSuite(t: Test, open: Open) {
  for (const [contradiction, drafts, conflicts] of [
    [
      'an address in two drafts',
      [draft('new'), draft('x', { aliases: ['Same@example.com'] }), draft('same')],
      [
        [1, /the address Same@example.com/],
        [2, /the address same@example.com/],
      ],
    ],
    [
      'a principal name in two drafts',
      [draft('x', { principalName: 'p@corp' }), draft('y', { principalName: 'P@corp' })],
      [
        [0, /principal name/],
        [1, /principal name/],
      ],
    ],
    [
      'a SID in two drafts',
      [draft('x', { sid: 'S-1-5-9' }), draft('y', { sid: 'S-1-5-9' })],
      [
        [0, /SID/],
        [1, /SID/],
      ],
    ],
    [
      'two drafts of one user',
      [draft('x', { sid: 'S-1-5-21-7' }), draft('ceo')],
      [
        [0, /is the user/],
        [1, /is the user/],
      ],
    ],
    [
      'one new id in two drafts',
      [draft('x', { id: userId('u-x') }), draft('y', { id: userId('u-x') })],
      [
        [0, /u-x/],
        [1, /u-x/],
      ],
    ],
    [
      'an alias of another user as the primary address',
      [draft('boss')],
      [[0, /boss@example.com is already in use by ceo@example.com/]],
    ],
    [
      'a new id for a SID that is known',
      [draft('x', { id: userId('u-x'), sid: 'S-1-5-21-7' })],
      [[0, /S-1-5-21-7 is already in use by ceo@example.com/]],
    ],
    [
      'a principal name of another user',
      [draft('x', { principalName: 'CEO@corp.example.com' })],
      [[0, /is already in use by ceo@example.com/]],
    ],
    [
      'every contradiction at once',
      [
        draft('boss'),
        draft('fine'),
        draft('x', { sid: 'S-1-5-9' }),
        draft('y', { sid: 'S-1-5-9' }),
      ],
      [
        [0, /boss/],
        [2, /SID/],
        [3, /SID/],
      ],
    ],
  ] as const) {
    t.test(`importUsers() rejects ${contradiction}, and changes nothing`, async t => {
      const store = await open(t)
      await add(store, ceo)
      const before = await store.users(organization)
      for (const options of [
        { dryRun: true, deleteMissing: false },
        { dryRun: false, deleteMissing: false },
        { dryRun: false, deleteMissing: true },
      ]) {
        const error = await store.importUsers(organization, drafts, options).catch(error => error)
        t.match(error, {
          name: 'ConflictError',
          conflicts: conflicts.map(([index, message]) => ({ index, message })),
        })
        t.equal(error.conflicts.length, conflicts.length)
      }
      t.strictSame(await store.users(organization), before)
      t.equal(await store.policyVersion(organization), 1)
    })
  }
}
