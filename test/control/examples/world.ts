/**
 * The gateways that the examples of the control API call: one with users of its own, before a sandbox, and
 * one whose users come from a directory.
 *
 * @module
 */

import type { Test } from 'tap'
import type { ControlPorts } from '../../../src/control/action.ts'
import type { DirectorySource, UserEntry } from '../../../src/directory/directory.ts'
import { Synchronizer } from '../../../src/directory/synchronizer.ts'
import type { PolicyDocument } from '../../../src/model/iam.ts'
import { groupId, type OrganizationId, userId } from '../../../src/model/identity.ts'
import type { UserDraft } from '../../../src/store/store.ts'
import { startControlTestServer } from '../../kit/control-test-server.ts'
import {
  basic,
  FULL,
  type GatewayTestServer,
  type Key,
  NEUTRAL,
  ORGANIZATION,
  READ_ONLY,
  startGatewayTestServer,
} from '../../kit/gateway-test-server.ts'
import { until } from '../../kit/until.ts'
import type { Kept } from '../recorded-ids.ts'
import { Placeholders, STARTED } from './placeholders.ts'
import { ADMIN, ALICE, BOB, CEO, TIMES, TOOL_KEY, TOOL_SECRET } from './scenario.ts'

/** A control listener, the key of an administrator, and what the gateway keeps. */
export type Place = Readonly<{ endpoint: string; key: Key } & Kept>

export type World = Readonly<{
  places: Readonly<Record<'store' | 'directory', Place>>
  placeholders: Placeholders
  /** Sends EWS requests with the key that the scenario gave a tool, and waits until the history has them. */
  sendRequests: () => Promise<void>
}>

const EVERYTHING: PolicyDocument = {
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: ['*'], Resource: ['*'] }],
}

const person = (name: string, number: number, more: Partial<UserDraft> = {}): UserDraft => ({
  primarySmtpAddress: `${name}@example.com`,
  aliases: [],
  principalName: `${name}@corp.example.com`,
  sid: `S-1-5-21-1004336348-1177238915-682003330-${number}`,
  ...more,
})

const NEUTRAL_ID = '4e07a1b2-3c4d-4e5f-9a6b-7c8d9e0f1a2b'
const SPARE = '5bae0000-0000-4000-8000-000000000000'

const USERS: readonly UserDraft[] = [
  person('alice', 1101, { id: userId(ALICE), displayName: 'Alice Example' }),
  person('bob', 1102, { id: userId(BOB), displayName: 'Bob Example' }),
  person('ceo', 1104, { id: userId(CEO), aliases: ['boss@example.com'] }),
  { id: userId(NEUTRAL_ID), primarySmtpAddress: NEUTRAL, aliases: [] },
  // A role that the harness adds names this user. Both are deleted.
  person('user', 1105, { id: userId(SPARE) }),
]

/** Starts the gateways. They end with the test. */
export async function startWorld(t: Test): Promise<World> {
  const placeholders = new Placeholders()
  const server = await startGatewayTestServer(t, {
    users: USERS,
    config: { audit: {}, publicUrl: 'https://ews.example.com' },
  })
  for (const { name } of [FULL, READ_ONLY]) {
    const { role, principal } = server.client(name)
    await server.store.deletePrincipal(ORGANIZATION, principal.id)
    await server.store.deleteRole(ORGANIZATION, role.id)
  }
  await server.store.deleteUser(ORGANIZATION, userId(SPARE))
  const { key, principal } = await server.addPrincipal('admin', EVERYTHING)
  placeholders.bind(ADMIN, principal.id)
  for (const id of [ALICE, BOB, CEO, NEUTRAL_ID]) placeholders.bind(id, id)
  const { hostname, port } = new URL(server.sandbox.url)
  placeholders.bind('192.0.2.20 is an address', `${hostname} is an address`)
  placeholders.bind('port 80 ', `port ${port} `)
  const now = Date.now() / 1_000
  for (const time of Object.values(TIMES))
    placeholders.bind(String(time), String(Math.floor(now / 3_600) * 3_600 + time - STARTED))
  const endpoint = `http://127.0.0.1:${server.gateway.controlPort}`
  const place = { endpoint, key, store: server.store, audit: () => server.audit() }
  return {
    places: { store: place, directory: await startDirectory(t) },
    placeholders,
    sendRequests: async () => {
      await sendRequests(server, placeholders)
      await settle(server, place)
    },
  }
}

const ENTRIES: readonly UserEntry[] = [
  { ...person('alice', 1101), entryId: userId(ALICE), flaws: [] },
  { ...person('bob', 1102), entryId: userId(BOB), aliases: ['robert@example.com'], flaws: [] },
  { ...person('ceo', 1104), entryId: userId(CEO), flaws: [] },
]
const LISTING = {
  present: new Set(ENTRIES.map(({ entryId }) => entryId)),
  entries: ENTRIES,
  groups: [
    {
      entryId: groupId('6e0d0c3a-55a1-4df1-9a7b-0c1d2e3f4a01'),
      name: 'sales',
      users: [userId(ALICE), userId(BOB)],
      groups: [],
    },
  ],
  unfit: [{ who: 'cn=printer,ou=people,dc=example,dc=com', problem: 'It has no address' }],
  full: true,
}

/** Starts a gateway whose users come from a directory with {@link LISTING}, after Bob got an alias. */
async function startDirectory(t: Test): Promise<Place> {
  const synchronizations: Map<OrganizationId, Synchronizer> = new Map()
  const users = [person('alice', 1101, { id: userId(ALICE) }), person('bob', 1102)]
  const ports: ControlPorts['synchronizations'] = synchronizations
  const control = await startControlTestServer(t, { users, synchronizations: ports })
  const source: DirectorySource = { read: async () => LISTING }
  const synchronizer = new Synchronizer({
    organization: ORGANIZATION,
    source,
    store: control.store,
    holder: 'gw-1',
    intervalMs: 300_000,
    disabled: [],
    now: Date.now,
    announce: async () => undefined,
    recordsOf: () => {
      throw new TypeError('No synchronization is scheduled here')
    },
    deliver: async () => undefined,
  })
  synchronizations.set(ORGANIZATION, synchronizer)
  const { store, url: endpoint, admin: key } = control
  return { endpoint, key, store, audit: () => control.audit() }
}

const envelope = (address: string, operation: string) =>
  `<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"
  xmlns:m="http://schemas.microsoft.com/exchange/services/2006/messages"
  xmlns:t="http://schemas.microsoft.com/exchange/services/2006/types"><s:Header>
  <t:RequestServerVersion Version="Exchange2016"/>
  <t:ExchangeImpersonation><t:ConnectingSID><t:PrimarySmtpAddress>${address}</t:PrimarySmtpAddress>
  </t:ConnectingSID></t:ExchangeImpersonation></s:Header><s:Body>${operation}</s:Body></s:Envelope>`

const GET_FOLDER = `<m:GetFolder><m:FolderShape><t:BaseShape>IdOnly</t:BaseShape></m:FolderShape>
  <m:FolderIds><t:DistinguishedFolderId Id="inbox"/></m:FolderIds></m:GetFolder>`

async function sendRequests(server: GatewayTestServer, placeholders: Placeholders): Promise<void> {
  const auth = { id: placeholders.actual(TOOL_KEY), secret: placeholders.actual(TOOL_SECRET) }
  const headers = { 'User-Agent': 'backup-tool/1.0' }
  for (const [address, status] of [
    ['alice@example.com', 200],
    ['bob@example.com', 200],
    ['ceo@example.com', 500],
  ] as const) {
    const answered = await server.post(envelope(address, GET_FOLDER), { auth, headers })
    if (answered.status !== status) throw new Error(`${address}: ${answered.text}`)
  }
}

async function settle(server: GatewayTestServer, { endpoint, key }: Place): Promise<void> {
  const last = server.audit().findLast(({ type }) => type !== 'checkpoint')
  await until('the history has everything', async () => {
    const response = await fetch(endpoint, {
      method: 'POST',
      headers: {
        'Content-Type': 'application/x-amz-json-1.1',
        'X-Amz-Target': 'EwsGateway.GetDecision',
        Authorization: basic(key),
      },
      body: JSON.stringify({ OrganizationId: ORGANIZATION, DecisionId: last?.decisionId }),
    })
    const { Outcome } = (await response.json()) as { Outcome?: object }
    return response.ok && (last?.type !== 'outcome' || Outcome !== undefined)
  })
}
