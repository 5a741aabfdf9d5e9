/**
 * The watch for stored objects that are not understood: what it finds, logs, counts, and clears.
 */

import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import t, { type Test } from 'tap'
import { UnreadableWatch } from '../../src/app/unreadable.ts'
import { groupId } from '../../src/model/identity.ts'
import { UNREADABLE_KINDS } from '../../src/model/unreadable.ts'
import { openSqlite } from '../../src/store/sqlite.ts'
import { lendFolder } from '../kit/services/lend.ts'
import { writeNewStore } from '../kit/store-file.ts'
import { key, organization, principal, role, rule, subscription } from '../store/samples.ts'

async function start(t: Test) {
  const file = join(lendFolder(t), 'gateway.db')
  await writeNewStore(file)
  const store = await openSqlite(file)
  t.teardown(() => store.close())
  const database = new DatabaseSync(file)
  t.teardown(() => database.close())
  const lines: string[] = []
  const counts = new Map<string, number>()
  const line = (level: string) => (fields: object, message: string) =>
    void lines.push(`${level} ${'kind' in fields ? fields.kind : ''}: ${message}`)
  const watch = new UnreadableWatch({
    store,
    organizations: [organization],
    metrics: {
      policy: { unreadable: (_: string, kind: string, n: number) => counts.set(kind, n) },
    } as never,
    log: { error: line('error'), info: line('info'), debug: line('debug') } as never,
  })
  const counted = () => Object.fromEntries([...counts].filter(([, count]) => count > 0))
  return { store, database, watch, lines, counted }
}

const DENIES = 'This version does not understand a stored object; denying what depends on it'

t.test('begin() finds objects that no request uses', async t => {
  const { store, database, watch, lines, counted } = await start(t)
  await store.putRole(role)
  await store.putAccessControlRule(organization, rule)
  await store.putProtection(organization, {
    users: [subscription.userId],
    groups: [],
    exceptions: [],
  })
  await store.putPrincipal(principal)
  await store.putKey(key)
  const subject = { kind: 'token-subject', issuer: 'i', claim: 'sub', subject: 's' } as const
  await store.putIdentities(organization, principal.id, [subject])
  await store.putPrincipal({ ...principal, id: `${principal.id}2` as never, name: 'without a key' })
  const group = { name: 'G', users: [subscription.userId], groups: [] }
  for (const name of ['members', 'state', 'both'])
    await store.putGroup(organization, { ...group, id: groupId(name), name })
  database.exec(`update roles set type = 'LATER';
    update group_members set kind = 'contact' where group_id in ('members', 'both');
    update groups set deleted = 2 where id in ('state', 'both');
    update access_control_rules set effect = 'LATER' where name = '${rule.name}';
    update protections set content = '[]';
    update identities set identity = '[]';
    update principals set policy = '[]';
    update access_keys set enabled = 2`)

  const stop = watch.begin()
  await t.rejects(watch.check(), {
    message:
      'This version does not understand stored objects (access-control-rule: 1, protection: 1, group: 3, ' +
      'identity: 1, principal: 2, access-key: 1, role: 1). The log has their IDs. Replace or delete them, or run ' +
      'the version that wrote them',
  })
  await stop()
  t.strictSame(counted(), {
    role: 1,
    'access-control-rule': 1,
    protection: 1,
    principal: 2,
    'access-key': 1,
    identity: 1,
    group: 3,
  })
  t.equal(lines.filter(line => line.endsWith(DENIES)).length, 10)
})

t.test('saw() logs an object once, and check() clears it when it is understood', async t => {
  const { store, database, watch, lines, counted } = await start(t)
  const person = { primarySmtpAddress: 'ann@example.com', aliases: ['a@example.com'] }
  const { id } = await store.putUser(organization, person)
  await store.putSubscription({ ...subscription, expiresAt: 4e12 })
  database.exec(`update users set aliases = '{}'; update subscriptions set others = '{}'`)
  const objects = [
    { kind: 'user', id, organizationId: organization },
    { kind: 'subscription', id: subscription.idHash, organizationId: organization },
  ] as const
  watch.saw(objects)
  watch.saw(objects)
  t.strictSame(lines, [`error user: ${DENIES}`, `error subscription: ${DENIES}`])
  await t.rejects(watch.check(), { message: /\(user: 1, subscription: 1\)/ })
  t.strictSame(counted(), { user: 1, subscription: 1 })

  await store.putUser(organization, { ...person, id })
  t.strictSame((await store.user(organization, id))?.aliases, person.aliases)
  await store.putSubscription({ ...subscription, expiresAt: 4e12 })
  await watch.check()
  t.strictSame(counted(), {})
  t.match(lines.slice(2), [/^info user:/, /^info subscription:/])
})

t.test('check() clears objects of each kind that were replaced or deleted', async t => {
  const { store, watch } = await start(t)
  await store.putRole(role)
  watch.saw(
    UNREADABLE_KINDS.map(kind => ({
      kind,
      id: role.id,
      organizationId: organization,
    })),
  )
  t.resolves(watch.check())
})

t.test('check() passes if the store cannot be scanned, because another check says so', async t => {
  const { store, watch, lines } = await start(t)
  await store.close()
  const stop = watch.begin()
  await watch.check()
  await stop()
  t.match(lines, [/^debug : Cannot scan/])
})
