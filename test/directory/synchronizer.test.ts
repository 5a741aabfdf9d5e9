import t from 'tap'
import { SyncBusy, type SyncResult } from '../../src/directory/directory.ts'
import { userId } from '../../src/model/identity.ts'
import { noSlapd } from '../kit/services/slapd.ts'
import { now, ORGANIZATION, startCopying } from './copying.ts'
import { DOMAIN, idOf, people, person } from './people.ts'

const alice = person('alice', 1, {
  mail: 'alice@example.com',
  proxyAddresses: ['smtp:al@example.com', 'SMTP:Alice@example.com', 'X400:c=US', 'sip:alice@x'],
})
const bob = person('bob', 2, { proxyAddresses: [] })
const OTHERS = people(20)

const countsOf = ({ outcome, created, updated, removed, unchanged, unfit }: SyncResult) => ({
  outcome,
  created: created.length,
  updated: updated.length,
  removed: removed.length,
  unchanged,
  unfit: unfit.map(({ who, problem }) => `${who}: ${problem}`),
})
const DONE = { outcome: 'done', created: 0, updated: 0, removed: 0, unchanged: 0, unfit: [] }

t.test('users have the attributes and IDs of the directory', { skip: noSlapd }, async t => {
  const { sync, store, writer, known, clock } = await startCopying(t, [alice, bob, ...OTHERS])
  t.strictSame(countsOf(await sync.synchronize(now)), { ...DONE, created: 22 })
  const { displayName: _, ...user } = (await store.user(ORGANIZATION, idOf(1))) ?? {}
  t.strictSame(user, {
    id: idOf(1),
    primarySmtpAddress: 'Alice@example.com',
    aliases: ['al@example.com'],
    principalName: 'alice@corp.example.com',
    sid: `${DOMAIN}-1`,
    enabled: true,
  })
  t.match(await store.user(ORGANIZATION, idOf(2)), { primarySmtpAddress: 'bob@example.com' })
  t.strictSame(countsOf(await sync.synchronize(now)), { ...DONE, unchanged: 22 })
  const version = await store.policyVersion(ORGANIZATION)

  t.equal(await sync.synchronizeWhenDue(), undefined, 'no interval has passed')
  await writer.change(bob, { mail: ['robert@example.com'] })
  await writer.remove(alice)
  await writer.add(person('carol', 3))
  clock.now += 300_000
  const result = await sync.synchronizeWhenDue()
  t.strictSame(result && countsOf(result), {
    ...DONE,
    ...{ created: 1, updated: 1, removed: 1, unchanged: 20 },
  })
  t.equal(await store.policyVersion(ORGANIZATION), version + 1, 'in one change')
  t.equal((await store.userByName(ORGANIZATION, 'SmtpAddress', 'robert@example.com'))?.id, idOf(2))
  t.notOk((await known()).includes('Alice@example.com'))

  await writer.add(alice)
  await sync.synchronize(now)
  t.equal(
    (await store.userByName(ORGANIZATION, 'SID', `${DOMAIN}-1`))?.id,
    idOf(1),
    'R3 she is back',
  )
})

t.test(
  'R3 a known user keeps their ID, and so does an account that is created again',
  { skip: noSlapd },
  async t => {
    const { sync, store, writer } = await startCopying(t, [alice, bob, ...OTHERS])
    const id = userId('11111111-1111-4111-8111-111111111111')
    const drafts = [{ id, primarySmtpAddress: 'bob@example.com', aliases: [] }]
    await store.importUsers(ORGANIZATION, drafts, { dryRun: false, deleteMissing: false })
    await sync.synchronize(now)
    t.match(await store.user(ORGANIZATION, id), { principalName: 'bob@corp.example.com' })
    await writer.change(bob, { mail: ['robert@example.com'], userPrincipalName: [], objectSid: [] })
    await sync.synchronize(now)
    t.match(await store.user(ORGANIZATION, id), { primarySmtpAddress: 'robert@example.com' })

    await writer.remove(alice)
    await writer.add({ ...alice, number: 77 })
    await sync.synchronize(now)
    t.equal((await store.userByName(ORGANIZATION, 'SID', `${DOMAIN}-77`))?.id, idOf(1))
    t.match(countsOf(await sync.synchronize(now)), { ...DONE, unchanged: 22 }, 'and stays so')
  },
)

t.test('a sync of an emptied folder stops until it is accepted', { skip: noSlapd }, async t => {
  const { sync, store, writer, known, clock } = await startCopying(t, [alice, bob, ...OTHERS])
  await sync.synchronize(now)
  const before = await known()
  for (const one of [alice, bob]) await writer.remove(one)
  t.match(countsOf(await sync.synchronize(now)), { removed: 2 }, 'a tenth is no matter')
  for (const one of OTHERS) await writer.remove(one)
  await writer.add(person('carol', 3))

  const stopped = await sync.synchronize(now)
  t.match(stopped, {
    outcome: 'stopped',
    message: /^The synchronization would remove 20 of 20 users/,
    removed: [],
  })
  t.strictSame(await known(), before.slice(2), 'nothing was written')
  t.match(await sync.state(), {
    alarm: /^The synchronization would remove 20 of 20 users/,
    failures: 0,
  })
  clock.now += 300_000
  t.match(await sync.synchronizeWhenDue(), { outcome: 'stopped' }, 'and again')

  t.match(countsOf(await sync.synchronize({ acceptRemovals: true })), { created: 1, removed: 20 })
  t.strictSame(await known(), ['carol@example.com'])
  t.equal((await sync.state()).alarm, undefined)
  t.equal(await store.user(ORGANIZATION, idOf(1)), undefined)
})

t.test('a duplicate name belongs to no user; others are synced', { skip: noSlapd }, async t => {
  const { sync, store, writer, known } = await startCopying(t, [alice, bob, ...OTHERS])
  await sync.synchronize(now)
  const of = (address: string) => store.userByName(ORGANIZATION, 'SmtpAddress', address)

  await writer.change(bob, { proxyAddresses: ['SMTP:bob@example.com', 'smtp:al@example.com'] })
  await writer.add(person('carol', 3))
  t.match(countsOf(await sync.synchronize(now)), {
    created: 1,
    unfit: [
      'Alice@example.com: another entry has the address al@example.com too',
      'bob@example.com: another entry has the address al@example.com too',
    ],
  })
  t.equal(await of('al@example.com'), undefined)
  t.match([await of('alice@example.com'), await of('bob@example.com')], [{}, {}])

  await writer.change(bob, { proxyAddresses: ['SMTP:alice@example.com'] })
  t.match(countsOf(await sync.synchronize(now)), { removed: 2 })
  t.strictSame(
    [await of('alice@example.com'), await of('bob@example.com')],
    [undefined, undefined],
    'one of them has the primary address of the other',
  )
  t.ok((await known()).includes('carol@example.com'))

  await writer.change(bob, { proxyAddresses: ['SMTP:bob@example.com'] })
  t.strictSame(countsOf(await sync.synchronize(now)), { ...DONE, created: 2, unchanged: 21 })
  t.strictSame(
    [await of('al@example.com'), await of('bob@example.com')].map(user => user?.id),
    [idOf(1), idOf(2)],
  )
})

t.test('R3 an address that another entry takes stays', { skip: noSlapd }, async t => {
  const { sync, store, writer } = await startCopying(t, [alice, bob, ...OTHERS])
  await sync.synchronize(now)
  await writer.change(alice, { proxyAddresses: ['SMTP:lee@example.com'] })
  await writer.add(person('carol', 3, { proxyAddresses: ['SMTP:alice@example.com'] }))
  const stays = /the address alice@example.com stays with the user who had it: .* ReleaseName/
  for (const updated of [1, 0]) {
    const result = await sync.synchronize(now)
    t.match(countsOf(result), { created: 0, updated, removed: 0, unfit: [stays] })
    t.match(result.unfit, [{ entryId: idOf(3), who: 'alice@example.com' }])
    t.equal(await store.userByName(ORGANIZATION, 'SmtpAddress', 'alice@example.com'), undefined)
    t.equal(await store.user(ORGANIZATION, idOf(3)), undefined)
  }

  await store.releaseName(ORGANIZATION, 'address', 'alice@example.com')
  t.match(countsOf(await sync.synchronize(now)), { created: 1, unchanged: 22, unfit: [] })
  const owner = await store.userByName(ORGANIZATION, 'SmtpAddress', 'alice@example.com')
  t.equal(owner?.id, idOf(3))

  await writer.remove(alice)
  await writer.change(bob, { proxyAddresses: ['SMTP:bob@example.com', 'smtp:lee@example.com'] })
  t.match(
    countsOf(await sync.synchronize(now)),
    {
      removed: 1,
      unfit: [/^bob@example.com: the address lee@example.com is already in use by/],
    },
    'R3 the name of a deleted user is not assigned to another',
  )
  t.match(await store.user(ORGANIZATION, idOf(2)), { aliases: [] })
})

t.test('R3 two entries that exchange names lose both', { skip: noSlapd }, async t => {
  const { sync, store, writer } = await startCopying(t, [alice, bob, ...OTHERS])
  await sync.synchronize(now)
  await writer.change(alice, { proxyAddresses: ['SMTP:bob@example.com'] })
  await writer.change(bob, { proxyAddresses: ['SMTP:Alice@example.com'] })
  for (const removed of [2, 0]) {
    t.match(countsOf(await sync.synchronize(now)), {
      removed,
      unfit: [/bob@example.com stays with/, /Alice@example.com stays with/],
    })
    for (const name of ['alice', 'bob'])
      t.equal(await store.userByName(ORGANIZATION, 'SmtpAddress', `${name}@example.com`), undefined)
  }
  for (const name of ['alice', 'bob'])
    await store.releaseName(ORGANIZATION, 'address', `${name}@example.com`)
  t.match(countsOf(await sync.synchronize(now)), { created: 2, unfit: [] })
  t.equal((await store.userByName(ORGANIZATION, 'SmtpAddress', 'bob@example.com'))?.id, idOf(1))
})

t.test('only absence and the list disable a user', { skip: noSlapd }, async t => {
  const { another, store } = await startCopying(t, [alice, bob, ...OTHERS])
  await another({ disabled: ['AL@example.com'] }).synchronize(now)
  t.match(await store.user(ORGANIZATION, idOf(1)), { enabled: false })
  t.match(await store.user(ORGANIZATION, idOf(2)), { enabled: true })
  await another().synchronize(now)
  t.match(await store.user(ORGANIZATION, idOf(1)), { enabled: true })
})

t.test('R3 a rename in the directory enables no user', { skip: noSlapd }, async t => {
  const { another, store, writer } = await startCopying(t, [alice, bob, ...OTHERS])
  const sync = another({ disabled: ['AL@example.com', 'Bob@example.com', 'nobody@example.com'] })
  await sync.synchronize(now)
  await writer.change(alice, { proxyAddresses: ['SMTP:lee@example.com'] })
  await writer.change(bob, { mail: ['robert@example.com'] })
  for (const round of [1, 2, 3]) {
    t.match(countsOf(await sync.synchronize(now)), {
      outcome: 'done',
      updated: round === 1 ? 2 : 0,
    })
    for (const name of ['lee', 'robert']) {
      const user = await store.userByName(ORGANIZATION, 'SmtpAddress', `${name}@example.com`)
      t.match(user, { enabled: false }, `${name} in round ${round}`)
    }
    t.equal((await store.users(ORGANIZATION)).filter(({ enabled }) => enabled).length, 20)
  }
  await store.releaseName(ORGANIZATION, 'address', 'bob@example.com')
  await sync.synchronize(now)
  t.match(await store.user(ORGANIZATION, idOf(2)), { enabled: true }, 'until the release')
})

t.test('only one of several gateways syncs', { skip: noSlapd }, async t => {
  const { sync, another, store, clock } = await startCopying(t, [alice, bob])
  const reading = Promise.withResolvers<never>()
  const slow = another({ source: { read: () => reading.promise }, holder: 'gw-slow' })
  const late = slow.synchronize(now)
  await t.rejects(sync.synchronize(now), SyncBusy)
  await t.rejects(sync.synchronize(now), {
    message: 'A synchronization is already running on gw-slow',
  })
  t.equal(await sync.synchronizeWhenDue(), undefined)

  clock.now += 600_000
  t.match(
    countsOf(await sync.synchronize(now)),
    { created: 2 },
    'the wait for a process that died is bounded',
  )
  reading.reject(new Error('It is dead'))
  await t.rejects(late, { message: 'It is dead' })
  t.match(await sync.state(), { succeededAt: clock.now }, 'and has nothing to say afterwards')

  const both = await Promise.allSettled([sync.synchronize(now), another().synchronize(now)])
  t.equal(both.filter(({ status }) => status === 'fulfilled').length, 1)
  t.equal((await store.users(ORGANIZATION)).length, 2)
})
