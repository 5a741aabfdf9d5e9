/** Permissions of the control API with a date, when the clock of the gateway is set back. */

import t from 'tap'
import { ANYTHING, ORGANIZATION, startControlTestServer } from '../kit/control-test-server.ts'

const NOW = Date.parse('2026-12-02T00:00:00Z')
const MINUTE = 60_000
const UNTIL = '2026-12-02T00:10:00Z'
const EWS = { service: 'EwsGateway' }

t.test('a clock that is set back gives no permission of the control API back', async t => {
  const clock = { at: NOW, latest: NOW }
  const control = await startControlTestServer(t, {
    now: () => clock.at,
    latest: () => clock.latest,
  })
  const ending = { DateLessThan: { 'aws:CurrentTime': [UNTIL] } }
  const protects = ['ewsgateway:PutProtectedMailboxes']
  const reader = await control.addPrincipal('reader', [{ ...ANYTHING, Condition: ending }])
  const editor = await control.addPrincipal('editor', [
    ANYTHING,
    {
      ...ANYTHING,
      Effect: 'Deny',
      Action: protects,
      Condition: { DateGreaterThan: { 'aws:CurrentTime': [UNTIL] } },
    },
  ])
  const ask = async (name: string, input: object, as = control.admin) =>
    (await control.call(name, { OrganizationId: ORGANIZATION, ...input }, { ...EWS, as })).type ??
    'done'
  const bob = { Users: ['bob@example.com'] }
  await ask('PutGroup', { Name: 'board', Users: ['bob@example.com', 'ceo@example.com'] })
  await ask('PutProtectedMailboxes', { Users: [], Groups: ['board'] })
  const remove = { GroupId: 'board', RemoveUsers: bob.Users }
  t.equal(await ask('SearchGroups', {}, reader), 'done')

  clock.at = NOW + 11 * MINUTE
  clock.latest = clock.at
  t.equal(await ask('SearchGroups', {}, reader), 'AccessDeniedException')
  t.equal(await ask('UpdateGroup', remove, editor), 'AccessDeniedException')
  clock.at = NOW + 9 * MINUTE
  t.equal(await ask('SearchGroups', {}, reader), 'AccessDeniedException')
  t.equal(
    await ask('UpdateGroup', remove, editor),
    'AccessDeniedException',
    'and of another action',
  )
})
