/**
 * Tests how a store is backed up and restored. Part of the suite.
 */

import type { Test } from 'tap'
import { groupId, userId } from '../../src/model/identity.ts'
import { accessKeyId, principalId } from '../../src/model/principal.ts'
import { roleId } from '../../src/model/role.ts'
import { openStaged } from '../../src/store/sqlite.ts'
import type { RestoreOptions, Store, StoredRow } from '../../src/store/store.ts'
import { checkpoint } from './checkpoint-suite.ts'
import {
  key,
  organization,
  personSession,
  principal,
  role,
  rule,
  session,
  signingKey,
  subscription,
} from './samples.ts'
import type { Open } from './suite.ts'

const ACCOUNT = `account:${organization}:S-1-5-21-1` as const
const BOUNDS = { seenAfter: 0, createdAfter: 0, most: 9 }
const OPTIONS: RestoreOptions = {
  replaces: false,
  recordsOf: epochs => [{ id: 'restored', record: JSON.stringify(epochs) }],
}

/** Reads the whole content of a store. */
export const contentOf = (store: Store) =>
  store.backup(async ({ rows, ...content }) => {
    const all: StoredRow[] = []
    for await (const row of rows()) all.push(row)
    return { ...content, rows: all }
  })

export async function* each(rows: readonly StoredRow[]) {
  yield* rows
}

/** Writes something into every table. */
export async function fill(store: Store) {
  const user = { primarySmtpAddress: 'ann@example.com', aliases: ['a@example.com'], sid: 'S-1-5' }
  const { id } = await store.putUser(organization, { ...user, displayName: 'Ann\u2028"É"' })
  await store.putGroup(organization, { id: groupId('g'), name: 'Board', users: [id], groups: [] })
  const guard = { ...role.guard }
  await store.createRole(
    { ...role, guard },
    { clientToken: 'token', fingerprint: 'f', expiresAt: 9_000, atMost: 9 },
  )
  await store.putAccessControlRule(organization, rule)
  await store.putProtection(organization, { users: [userId('u')], groups: [], exceptions: [] })
  await store.putPrincipal(principal)
  await store.putKey({ ...key, expiresAt: 4_000_000_000_000 })
  await store.putIdentities(organization, principal.id, [
    { kind: 'directory-account', sid: 'S-1-5-21-1-2-3-1104', names: ['svc@example.com'] },
  ])
  await store.addSigningKey(signingKey, 0)
  await store.putSubscription(subscription)
  await store.setMasterKeyCheck('check')
  await store.putFleetState(`directory:${organization}`, 'synced', undefined)
  await store.putFleetState(ACCOUNT, 'tried', undefined)
  await store.addConsoleSession(session, BOUNDS)
  await store.addConsoleSession(personSession, BOUNDS)
  await store.change(organization, async () => ({
    result: undefined,
    records: [{ id: 'undelivered', record: '{}' }],
  }))
}

/** Whether a row is the record of a snapshot. */
const isSnapshot = ({ row }: StoredRow): boolean =>
  `${row['record']}`.startsWith('{"type":"snapshot"')

export async function backupSuite(t: Test, open: Open): Promise<void> {
  t.test('backup() reads one state, whatever changes concurrently', async t => {
    const store = await open(t, () => 1_000)
    let added = 0
    const add = async () => {
      const id = principalId(`${principal.id.slice(0, -1)}${added}`)
      const keyId = accessKeyId(`AKIAAAAAAAAAAAAAAA${'ABCDEFGHIJKLMNOPQRSTUVWXYZ'[added]}A`)
      const name = `tool ${added++}`
      await store.change(organization, async transaction => {
        await transaction.putPrincipal({ ...principal, id, name })
        await transaction.putKey({ ...key, id: keyId, principalId: id })
        await transaction.putRole({ ...role, id: roleId(name), name })
        return { result: undefined, records: [{ id: name, record: '{}' }] }
      })
    }
    await add()
    const counts: Record<string, number> = {}
    const version = await store.backup(async ({ rows }) => {
      let version: unknown
      for await (const { table, row } of rows()) {
        if (counts[table] === undefined) await add()
        counts[table] = (counts[table] ?? 0) + 1
        if (table === 'organizations') version = row['policy_version']
      }
      return version
    })
    t.ok(added > 5, 'changes were made while it was read')
    t.equal(version, 3)
    t.match(counts, { principals: 1, access_keys: 1, roles: 1, outbox: 1 })
    t.equal(await store.policyVersion(organization), 3 * added)
  })

  t.test('restore() fills an empty store with everything but the state of gateways', async t => {
    const store = await open(t, () => 1_000)
    await fill(store)
    const content = await contentOf(store)
    t.strictSame(content.organizations, [organization])
    const tables = new Set(content.rows.map(({ table }) => table))
    t.equal(tables.size, 17, `in a backup are ${[...tables].join()}`)

    const staged = await openStaged(content.schema, each(content.rows))
    t.teardown(() => staged.close())
    const other = await open(t, () => 2_000)
    const kept = { ...checkpoint, writer: 'kept' }
    await other.keepCheckpoint(kept)
    const before = await other.epoch()
    const after = await staged.backup(({ rows }) => other.restore(rows, OPTIONS))
    t.equal(await other.epoch(), after)
    t.notOk([before, await store.epoch()].includes(after), 'in a new epoch')

    const restored = await contentOf(other)
    const snapshots = restored.rows.filter(isSnapshot)
    t.match(
      snapshots.map(({ row }) => JSON.parse(`${row['record']}`)),
      [
        {
          at: 2_000,
          organizationId: organization,
          policyVersion: await store.policyVersion(organization),
          epoch: after,
          policy: { roles: { [role.id]: { name: role.name } } },
        },
      ],
      'the epoch begins with a snapshot',
    )
    t.strictSame(await other.recordPolicy(organization, 1_999), [], 'which is the one of the day')
    const [record, ...more] = restored.rows.filter(({ row }) => row['id'] === 'restored')
    t.strictSame(more, [])
    t.strictSame(JSON.parse(`${record?.row['record']}`), { before, after })
    t.strictSame(
      restored.rows.filter(row => row !== record && !snapshots.includes(row)),
      content.rows,
    )
    t.equal(await other.fleetState(ACCOUNT), undefined)
    t.equal(await other.consoleSession(session.idHash), undefined)
    t.equal(await other.consoleSession(personSession.idHash), undefined)
    t.strictSame(await other.checkpoints(), [kept], 'a restore keeps checkpoints')
    t.match(await other.putRole({ ...role, description: 'changed' }), { version: 9 }, 'continues')
  })

  t.test('restore() replaces another content only if it is told to', async t => {
    const store = await open(t, () => 1_000)
    await fill(store)
    const { rows } = await contentOf(store)
    await store.deletePrincipal(organization, principal.id)
    await store.putRole({ ...role, id: roleId('later'), name: 'later' })
    await store.change(organization, async () => ({
      result: undefined,
      records: [{ id: 'later', record: '{}' }],
    }))
    const [epoch, version] = [await store.epoch(), await store.policyVersion(organization)]

    await t.rejects(
      store.restore(() => each(rows), OPTIONS),
      { name: 'StoreNotEmpty' },
    )
    const broken = async function* () {
      yield* rows.slice(0, -1)
      throw new TypeError('The disk failed')
    }
    const replacing = { ...OPTIONS, replaces: true }
    await t.rejects(store.restore(broken, replacing), { message: 'The disk failed' })
    t.strictSame(
      [await store.epoch(), await store.policyVersion(organization)],
      [epoch, version],
      'all or nothing',
    )

    const after = await store.restore(() => each(rows), replacing)
    t.not(after, epoch)
    const waiting = (await contentOf(store)).rows.filter(
      row => row.table === 'outbox' && !isSnapshot(row),
    )
    const records = waiting.map(({ row }) => row['id'])
    t.strictSame(records, ['later', 'restored', 'undelivered'], 'R37 no record is lost')
    const comparable = (all: readonly StoredRow[]) =>
      all.filter(({ table }) => table !== 'outbox' && table !== 'organizations')
    t.strictSame(comparable((await contentOf(store)).rows), comparable(rows))
    t.equal(await store.fleetState(ACCOUNT), 'tried', 'the limits of other servers stay')
    t.equal(await store.consoleSession(session.idHash), undefined)
    t.strictSame(await store.changesSince(organization, 0), [])
  })
  t.test('R27 restore() gives no version of a role or draft to another content', async t => {
    const store = await open(t, () => 1_000)
    const draft = {
      type: role.type,
      rules: role.rules,
      guard: role.guard,
      base: 'base',
      attachedAt: 1_000,
      attachedBy: { id: principal.id, name: 'reviewer' },
    }
    const attach = async (type: typeof draft.type) =>
      (await store.putShadow(organization, role.id, { ...draft, type }))?.shadow?.version
    const before = await store.putRole(role)
    const { rows } = await contentOf(store)
    const reviewed = await attach('READ_ONLY')
    const version = await store.policyVersion(organization)
    await store.restore(() => each(rows), { ...OPTIONS, replaces: true })
    t.equal(await store.policyVersion(organization), version + 1, 'a restore is a change')
    t.match(await store.role(organization, role.id), { version: before.version, shadow: undefined })
    const attached = await attach('FULL_ACCESS')
    t.ok(Number(attached) > Number(reviewed), `${attached} is later than ${reviewed}`)
  })
}
