/**
 * The records of every action name every ID that its effect has, and lead from the policy before it to the one after it.
 */

import t, { type Test } from 'tap'
import { ACTIONS } from '../../src/control/actions.ts'
import { onlyReads } from '../../src/control/contract/contract.ts'
import { joinParts, PART_LENGTH } from '../../src/model/change-parts.ts'
import { groupId, userId } from '../../src/model/identity.ts'
import {
  basic,
  type ControlTestServer,
  ORGANIZATION,
  startControlTestServer,
} from '../kit/control-test-server.ts'
import { replay, type Send } from './examples/replay.ts'
import { startWorld } from './examples/world.ts'
import { compare } from './recorded-ids.ts'

/** Actions whose examples change nothing in the store: a preview, a call to the upstream, and a draft that is gone. */
const UNCHANGING: ReadonlySet<string> = new Set([
  'ImportUsers',
  'CheckUpstream',
  'DeleteRoleShadow',
])

t.test('every action that changes something records every ID that it changes', async t => {
  const changing = new Set<string>()
  const send: Send = async ({ service, action, input }, place, actual) => {
    let response = {}
    const policyVersionBefore = await place.store.policyVersion(ORGANIZATION)
    const { changed, missing, versions, differences } = await compare(place, async () => {
      const answered = await fetch(place.endpoint, {
        method: 'POST',
        headers: {
          'Content-Type': 'application/x-amz-json-1.1',
          'X-Amz-Target': `${service}.${action}`,
          Authorization: basic(place.key),
        },
        body: actual(JSON.stringify(input)),
      })
      const body = await answered.json()
      response = answered.ok ? { output: body } : { error: { status: answered.status, body } }
    })
    t.strictSame(missing, [], action)
    t.strictSame(differences, [], `R47 the policy after ${action}`)
    if (changed.size === 0) return response
    changing.add(action)
    const policyVersion = await place.store.policyVersion(ORGANIZATION)
    const epoch = await place.store.epoch()
    const expected = versions.map(() => ({ policyVersionBefore, policyVersion, epoch }))
    t.strictSame(versions, expected, action)
    return response
  }
  await replay(() => startWorld(t), send)
  const audited = [...ACTIONS.values()].filter(
    action => !onlyReads(action) && action.audited !== 'assume',
  )
  t.strictSame(
    audited.map(({ name }) => name).filter(name => !changing.has(name) && !UNCHANGING.has(name)),
    [],
    'the examples of these change nothing',
  )
})

/** More members than one record has. */
const MANY = Array.from({ length: 3_000 }, (_, n) =>
  userId(`00000000-0000-4000-8000-${String(n).padStart(12, '0')}`),
)
const [HALF, REST] = [MANY.slice(0, 1_500), MANY.slice(1_500)]
const [TEAM, INNER] = [
  groupId('6e0d0c3a-55a1-4df1-9a7b-0c1d2e3f4a11'),
  groupId('6e0d0c3a-55a1-4df1-9a7b-0c1d2e3f4a12'),
]
const csv = (ids: readonly string[]) =>
  ['id,primarySmtpAddress', ...ids.map(id => `${id},u-${id}@example.com`)].join('\n')

/** Changes of more than one record, in the order in which they are made. */
const LARGE: readonly (readonly [title: string, action: string, input: object, ids: number])[] = [
  ['an import that creates users', 'ImportUsers', { Csv: csv(HALF) }, 1_500],
  ['an import of others', 'ImportUsers', { Csv: csv(REST) }, 1_500],
  ['an empty group that is created', 'PutGroup', { GroupId: INNER, Name: 'inner' }, 1],
  [
    'a group that is created',
    'PutGroup',
    { GroupId: TEAM, Name: 'team', Users: HALF, Groups: [INNER] },
    1_502,
  ],
  ['members that join', 'UpdateGroup', { GroupId: TEAM, AddUsers: REST }, 1_501],
  ['members that leave', 'PutGroup', { GroupId: TEAM, Name: 'team', Users: REST }, 1_502],
  ['a group that is deleted', 'DeleteGroup', { GroupId: TEAM }, 1],
  [
    'a group that is restored without its last members',
    'PutGroup',
    { GroupId: TEAM, Name: 'team', Users: HALF },
    3_001,
  ],
  [
    'protected mailboxes',
    'PutProtectedMailboxes',
    { Users: HALF, Groups: [TEAM], ExpectedVersion: undefined },
    1_501,
  ],
  [
    'an import that deletes users',
    'ImportUsers',
    { Csv: csv(REST), DeleteMissing: true, DeleteAtMost: 2_000, AcceptRemovals: true },
    1_500,
  ],
]

/** Returns the state in the records of the latest change. @throws TypeError if a part is missing */
function latestChange(control: ControlTestServer) {
  const records = control.audit() as Parameters<typeof joinParts>[0][]
  const last = records.at(-1)
  const parts = records.slice(-(last?.parts ?? 1))
  const [first, ...others] = parts
  if (first === undefined || parts.some(({ part = 1 }, n) => part !== n + 1))
    throw new TypeError('The records are not the parts of one change')
  return { parts, change: joinParts(first, others) as Readonly<Record<string, unknown>> }
}

/** Calls an action of the gateway, and checks that its records name what it changes. */
async function checkCall(t: Test, control: ControlTestServer, action: string, input: object) {
  const body = { OrganizationId: ORGANIZATION, ...input }
  const service = 'EwsGateway'
  const { changed, missing, differences } = await compare(
    { store: control.store, audit: () => control.audit() },
    async () => t.match(await control.call(action, body, { service }), { status: 200 }, action),
  )
  t.strictSame(missing, [], 'names every ID')
  t.strictSame(differences, [], 'leads to the policy')
  return changed
}

t.test('a change names all IDs, in as many records as it takes', async t => {
  const control = await startControlTestServer(t)
  for (const [title, action, input, ids] of LARGE) {
    const version =
      action === 'PutProtectedMailboxes'
        ? await control.call(
            'GetProtectedMailboxes',
            { OrganizationId: ORGANIZATION },
            { service: 'EwsGateway' },
          )
        : undefined
    const more = version && { ExpectedVersion: version.body['Version'] }
    const changed = await checkCall(t, control, action, { ...input, ...more })
    t.ok(changed.size >= ids, `${title} changes ${ids} IDs, not ${changed.size}`)
    const { parts, change } = latestChange(control)
    t.match(change, { action: `ewsgateway:${action}`, parts: parts[0]?.parts })
    for (const { before, after } of parts)
      t.ok(JSON.stringify({ before, after }).length <= PART_LENGTH, 'each record has its limit')
  }
})

t.test('members of a deleted group are named when it is deleted and restored', async t => {
  const control = await startControlTestServer(t)
  const [alice, bob] = [
    await control.userId('alice@example.com'),
    await control.userId('bob@example.com'),
  ]
  const team = { GroupId: TEAM, Name: 'team' }
  await checkCall(t, control, 'PutGroup', { ...team, Users: [alice] })
  t.match(latestChange(control).change, { after: { joined: { users: [alice] } } })
  await checkCall(t, control, 'DeleteGroup', { GroupId: TEAM })
  const { change } = latestChange(control)
  t.match(change, { object: { id: TEAM, name: 'team' }, before: { left: { users: [alice] } } })
  t.notOk('after' in change)
  // The deleted group still kept Alice out, through rules that deny it.
  await checkCall(t, control, 'PutGroup', { Name: 'team', Users: [bob] })
  t.match(latestChange(control).change, {
    after: { id: TEAM, joined: { users: [bob] }, left: { users: [alice] } },
  })
})

t.test('a deleted principal is recorded with its keys and identities', async t => {
  const control = await startControlTestServer(t)
  const { id, principalId } = await control.addPrincipal('tool', [])
  const subject = { Issuer: 'https://issuer.example.com', Claim: 'oid', Subject: 'tool-1' }
  const identities = await control.call(
    'PutPrincipalIdentities',
    {
      OrganizationId: ORGANIZATION,
      PrincipalId: principalId,
      Identities: [{ TokenSubject: subject }],
    },
    { service: 'EwsGateway' },
  )
  t.match(identities, { status: 200 })
  await checkCall(t, control, 'DeletePrincipal', { PrincipalId: principalId })
  t.match(latestChange(control).change, {
    before: { id: principalId, accessKeys: [id], identities: [{ subject: 'tool-1' }] },
  })
})
