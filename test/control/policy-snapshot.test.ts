import { join } from 'node:path'
import t from 'tap'
import type { Call } from '../../src/control/action.ts'
import { readOneState, type SnapshotData } from '../../src/control/policy-snapshot.ts'
import { explain } from '../../src/decision/explain.ts'
import { loadAndDecide } from '../../src/decision/load.ts'
import { openSqlite } from '../../src/store/sqlite.ts'
import { ANN, GET_FOLDER, ORGANIZATION, ROLE } from '../decision/data.ts'

const RULE = { name: 'closed', effect: 'DENY', description: '' } as const

const explained = async (data: SnapshotData) =>
  loadAndDecide(data, () =>
    explain(
      { ...GET_FOLDER, caller: { kind: 'explained', principal: undefined, roleId: ROLE.id } },
      data,
    ),
  )

t.test('P5 an explanation does not see a change between two of its reads', async t => {
  const store = await openSqlite(join(t.testdir({}), 'store.db'))
  t.teardown(() => store.close())
  const { id, version: _, createdAt: __, modifiedAt: ___, tokensValidFrom: ____, ...draft } = ROLE
  await store.putUser(ORGANIZATION.id, ANN)
  await store.putRole({ id, ...draft })
  const mailboxes = { findShared: () => false, findOwners: () => undefined }
  const call = { ports: { store, mailboxes }, organization: ORGANIZATION, at: 5 } as unknown as Call

  const before = await readOneState(call, async data => {
    await data.read('role', ROLE.id)
    await store.putAccessControlRule(ORGANIZATION.id, RULE)
    await store.putRole({ id, ...draft, rules: [] })
    return await explained(data)
  })
  const after = await readOneState(call, explained)
  t.match([before.decided, before.endedBy], [{ decision: { verdict: 'allow' } }, undefined])
  t.match([after.decided, after.endedBy], [{ decision: { verdict: 'deny' } }, 'AccessControl'])
  const versions = [before, after].map(({ decided }) => decided?.basis.policyVersion)
  t.strictSame(versions, [2, 4])
})

t.test('SnapshotData does not ask the upstream', async t => {
  const store = await openSqlite(':memory:')
  t.teardown(() => store.close())
  const mailboxes = { findShared: () => undefined, findOwners: () => undefined }
  const call = { ports: { store, mailboxes }, organization: ORGANIZATION, at: 5 } as unknown as Call
  await readOneState(call, async data => {
    await data.load([
      { kind: 'shared-mailbox', id: ANN },
      { kind: 'epoch', id: 'current' },
      { kind: 'freshness', version: 7 },
    ])
    t.equal(data.find('shared-mailbox', ANN), undefined)
    t.equal(data.find('mailbox-owners', { guids: [], users: [] }), undefined)
    t.equal(data.find('epoch', 'current'), undefined)
    t.strictSame(data.freshness(), { version: 0, at: 5 })
  })
})
