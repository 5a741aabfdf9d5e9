/**
 * Changes of groups and names that end the protection of a mailbox: they need the permission that ends it directly.
 */

import t, { type Test } from 'tap'
import { ANYTHING, ORGANIZATION, startControlTestServer } from '../kit/control-test-server.ts'

const EWS = { service: 'EwsGateway' }
const WITHOUT = {
  Effect: 'Deny',
  Action: ['ewsgateway:PutProtectedMailboxes'],
  Resource: ['*'],
} as const
const [ceo, alice, bob] = ['ceo@example.com', 'alice@example.com', 'bob@example.com']

async function start(t: Test) {
  const control = await startControlTestServer(t)
  const as = await control.addPrincipal('groups', [ANYTHING, WITHOUT])
  const saying = async (name: string, input: object, key = as) => {
    const given = { OrganizationId: ORGANIZATION, ...input }
    const { status, type, message } = await control.call(name, given, { ...EWS, as: key })
    return status === 200 ? 'done' : `${type}: ${message}`
  }
  const admin = (name: string, input: object) => saying(name, input, control.admin)
  await admin('PutGroup', { Name: 'inner', Users: [ceo] })
  await admin('PutGroup', { Name: 'board', Users: [bob], Groups: ['inner'] })
  await admin('PutGroup', { Name: 'staff', Users: [alice] })
  await admin('PutProtectedMailboxes', { Users: [alice], Groups: ['board'] })
  const { Groups } = (await control.call('SearchGroups', { OrganizationId: ORGANIZATION }, EWS))
    .body as { Groups: { GroupId: string; Name: string }[] }
  const idOf = (name: string) => Groups.find(({ Name }) => Name === name)?.GroupId
  return { control, saying, admin, idOf }
}

const DENIED =
  /^AccessDeniedException: .* ewsgateway:PutProtectedMailboxes, which a change that ends/

t.test('a change that ends the protection of a mailbox needs PutProtectedMailboxes', async t => {
  const { control, saying, admin, idOf } = await start(t)
  const [board, inner, staff] = [idOf('board'), idOf('inner'), idOf('staff')]
  const members = async () => [...(await control.store.protectedMembers(ORGANIZATION)).users].length
  const before = await members()
  for (const [name, input] of [
    ['UpdateGroup', { GroupId: board, RemoveUsers: [bob] }],
    ['UpdateGroup', { GroupId: board, RemoveGroups: ['inner'] }],
    ['UpdateGroup', { GroupId: inner, RemoveUsers: [ceo], AddUsers: [alice] }],
    ['PutGroup', { GroupId: inner, Name: 'inner' }],
    ['PutGroup', { GroupId: board, Name: 'board', Users: [bob, ceo] }],
    ['DeleteGroup', { GroupId: board }],
    ['DeleteGroup', { GroupId: inner }],
  ] as const)
    t.match(await saying(name, input), DENIED, `${name} ${JSON.stringify(input)}`)
  t.equal(await members(), before, 'all of it was undone')

  for (const [name, input] of [
    ['UpdateGroup', { GroupId: board, Name: 'directors' }],
    ['UpdateGroup', { GroupId: staff, RemoveUsers: [alice] }],
    ['UpdateGroup', { GroupId: board, AddUsers: [alice], AddGroups: ['staff'] }],
    // Protected by name, too.
    ['UpdateGroup', { GroupId: board, RemoveUsers: [alice] }],
    ['PutGroup', { Name: 'others', Users: [alice] }],
  ] as const)
    t.equal(await saying(name, input), 'done', `${name} ${JSON.stringify(input)}`)

  t.equal(await admin('UpdateGroup', { GroupId: board, RemoveUsers: [bob] }), 'done')
  t.equal(await admin('DeleteGroup', { GroupId: inner }), 'done')
  const recorded = control.audit().flatMap(({ before, after }) => {
    const { unprotected } = (after ?? before ?? {}) as { unprotected?: unknown }
    return unprotected === undefined ? [] : [unprotected]
  })
  t.strictSame(recorded, [
    { users: [await control.userId(bob)], groups: [] },
    { users: [], groups: [inner] },
  ])
  t.match(
    await saying('PutGroup', { GroupId: inner, Name: 'inner' }),
    DENIED,
    'a deleted group protects its last members',
  )
})

t.test('a former name of a protected user needs it, too', async t => {
  const { saying, admin, control } = await start(t)
  const UserId = await control.userId(ceo)
  await admin('DeleteUser', { UserId })
  const release = { Kind: 'ADDRESS', Name: ceo }
  t.match(await saying('ReleaseName', release), DENIED)
  t.equal(await admin('ReleaseName', release), 'done')
})
