/**
 * Tests rules that name groups on the data plane: membership takes effect when it begins and when it ends.
 */

import t from 'tap'
import { type GroupId, groupId } from '../../src/model/identity.ts'
import type { ImpersonationRule } from '../../src/model/role.ts'
import { codeOf, envelope, GET_FOLDER } from '../kit/corpus.ts'
import {
  type GatewayTestServer,
  ORGANIZATION,
  startGatewayTestServer,
} from '../kit/gateway-test-server.ts'
import { tracesOf } from './traces.ts'

const [STAFF, BOARD, VIPS] = ['g-staff', 'g-board', 'g-vips'].map(groupId) as [
  GroupId,
  GroupId,
  GroupId,
]
const RULES: readonly ImpersonationRule[] = [
  { id: 'staff', effect: 'ALLOW', targetUsers: [], targetGroups: [STAFF] },
  { id: 'vips', effect: 'DENY', targetUsers: [], targetGroups: [VIPS] },
]
const ROLE = 'by group'

/** Starts a test server with a role whose rules name groups that do not exist yet. */
async function houseOf(t: Parameters<typeof startGatewayTestServer>[0]) {
  const roles = [
    { name: ROLE, type: 'FULL_ACCESS', allow: 'all', guard: { mailboxes: 'permitted' } },
  ] as const
  const server = await startGatewayTestServer(t, { roles })
  await server.changeRole(ROLE, { rules: RULES })
  return server
}

async function put(
  server: GatewayTestServer,
  id: GroupId,
  names: readonly string[],
  groups: GroupId[] = [],
) {
  const users = await Promise.all(names.map(name => server.userId(`${name}@example.com`)))
  await server.store.putGroup(ORGANIZATION, { id, name: id, users, groups })
}

/** Returns the gateway's decision about a user's mailbox, with the matching rules and groups. */
async function decisionOn(server: GatewayTestServer, name: string, operation = GET_FOLDER) {
  const { decisions, result } = await tracesOf(server, () =>
    server.post(envelope(`${name}@example.com`, operation), { auth: server.client(ROLE).key }),
  )
  const decision = decisions.at(-1)
  const reason = decision?.['reason'] ?? codeOf(result.text)
  return [reason, decision?.['matchedRules'], decision?.['matchedGroups']]
}

const LET_IN = ['NoError', ['staff'], [STAFF]]
const KEPT_OUT = ['no-rule-allows', [], undefined]
const DENIED = ['rule-denies', ['vips'], [VIPS]]

t.test('P5 a rule that names a group matches its present members', async t => {
  const server = await houseOf(t)
  for (const [what, change, alice] of [
    ['of no group', async () => {}, KEPT_OUT],
    ['on the board', () => put(server, BOARD, ['alice']), KEPT_OUT],
    ['and the board is staff', () => put(server, STAFF, ['bob'], [BOARD]), LET_IN],
    ['off the board', () => put(server, BOARD, []), KEPT_OUT],
    ['staff herself', () => put(server, STAFF, ['alice', 'bob']), LET_IN],
    ['a VIP as well', () => put(server, VIPS, ['alice']), DENIED],
    ['R3 of VIPs that are deleted', () => server.store.deleteGroup(ORGANIZATION, VIPS), DENIED],
    ['no VIP when they are back', () => put(server, VIPS, []), LET_IN],
    ['R3 of staff that is deleted', () => server.store.deleteGroup(ORGANIZATION, STAFF), KEPT_OUT],
  ] as const) {
    await change()
    t.strictSame(await decisionOn(server, 'alice'), alice, what)
  }
  t.strictSame(await decisionOn(server, 'carol'), KEPT_OUT)
})

t.test('a guard of permitted mailboxes includes those of a group', async t => {
  const server = await houseOf(t)
  await put(server, STAFF, ['alice', 'bob', 'carol'])
  await put(server, VIPS, ['carol'])
  const calendarOf = (name: string) =>
    '<m:GetFolder><m:FolderShape><t:BaseShape>IdOnly</t:BaseShape></m:FolderShape><m:FolderIds>' +
    `<t:DistinguishedFolderId Id="calendar"><t:Mailbox><t:EmailAddress>${name}@example.com` +
    '</t:EmailAddress></t:Mailbox></t:DistinguishedFolderId></m:FolderIds></m:GetFolder>'
  for (const [name, isPermitted] of [
    ['bob', true],
    ['carol', false],
    ['ceo', false],
  ] as const) {
    const [reason] = await decisionOn(server, 'alice', calendarOf(name))
    t.equal(reason !== 'foreign-mailbox', isPermitted, name)
  }
})
