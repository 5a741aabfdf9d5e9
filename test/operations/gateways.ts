/**
 * Starts the gateways in which alerts are driven.
 *
 * @module
 */

import { spawnSync } from 'node:child_process'
import { randomUUID, randomUUIDv7 } from 'node:crypto'
import { readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { request } from 'node:https'
import { join } from 'node:path'
import type { Test } from 'tap'
import { openStore, startGateway } from '../../src/app/compose.ts'
import { Journal } from '../../src/audit/journal.ts'
import { LOOPBACK, makeSelfSigned } from '../../src/cli/init/self-signed.ts'
import { loadConfig } from '../../src/config/load.ts'
import type { ConfigInput } from '../../src/config/schema.ts'
import { makeAccessKey } from '../../src/credentials/access-key.ts'
import { REFUSALS } from '../../src/history/batch-collector.ts'
import { organizationId } from '../../src/model/identity.ts'
import { principalId } from '../../src/model/principal.ts'
import { ldifOf, people, person, Writer } from '../directory/people.ts'
import { testFolder } from '../kit/folder.ts'
import {
  basic,
  type GatewayTestServer,
  type Key,
  ORGANIZATION,
  SERVICE,
  startGatewayTestServer,
} from '../kit/gateway-test-server.ts'
import { SIGNER } from '../kit/journal.ts'
import { lend } from '../kit/services/lend.ts'
import { BASE, READER, Slapd } from '../kit/services/slapd.ts'

const PORTS = { data: '127.0.0.1:0', control: '127.0.0.1:0', ops: '127.0.0.1:0' }

/** Starts a second gateway on the store of a first one, which takes one request per minute. */
export async function startSecond(
  t: Test,
  { sandbox }: GatewayTestServer,
  shared: Pick<ConfigInput, 'store' | 'masterKey' | 'cache'>,
) {
  const folder = testFolder(t)
  const config = loadConfig({
    env: { PASSWORD: 'correct-horse-battery' },
    cwd: folder,
    overrides: {
      ...shared,
      listen: PORTS,
      log: { level: 'error' },
      timeouts: { drainSeconds: 1 },
      audit: { history: { enabled: false } },
      limits: { requestsPerMinute: { principal: 1, burst: 1 } },
      organizations: [
        {
          id: ORGANIZATION,
          alias: 'example',
          upstream: {
            url: sandbox.url,
            authentication: { kind: 'basic', username: SERVICE, password: { env: 'PASSWORD' } },
            serviceAddresses: [SERVICE],
          },
        },
      ],
    },
  })
  const opened = await openStore(config, () => undefined)
  const gateway = await startGateway(config, opened)
  t.teardown(() => gateway.close())
  return { gateway, store: opened.store }
}

const OTHER = organizationId('m-fedcba9876543210fedcba9876543210')
const CONTROL_URL = 'https://localhost:8081'
const DAY_MS = 86_400_000

/** A gateway with a directory, a certificate that expires soon, and an issuer that doesn't respond. */
export async function startSurrounded(t: Test, { sandbox }: GatewayTestServer) {
  const everyone = [
    ...people(20),
    person('same', 1),
    person('copy', 2, { mail: 'same@example.com', proxyAddresses: ['SMTP:same@example.com'] }),
  ]
  const slapd = await lend(t, Slapd.start({ ldif: ldifOf(everyone) }))
  const { certificate, privateKey } = makeSelfSigned({
    dnsNames: ['localhost'],
    addresses: LOOPBACK,
    from: new Date(Date.now() - DAY_MS),
    until: new Date(Date.now() + 2 * DAY_MS),
  })
  const folder = testFolder(t)
  const file = (name: string, content: string) => {
    writeFileSync(join(folder, name), content)
    return { file: join(folder, name) }
  }
  const server = await startGatewayTestServer(t, {
    config: {
      tls: { certificate: file('tls.crt', certificate), privateKey: file('tls.key', privateKey) },
      controlUrl: CONTROL_URL,
      console: {
        oidc: {
          // Nothing listens there.
          issuer: 'https://127.0.0.1:1',
          clientId: 'console',
          clientSecret: file('client.secret', 'secret'),
          grants: [{ value: 'administrators', policy: 'administer' }],
        },
      },
      organizations: [
        {
          id: OTHER,
          alias: 'other',
          upstream: {
            url: sandbox.url,
            authentication: {
              kind: 'basic',
              username: SERVICE,
              password: file('upstream.password', 'correct-horse-battery'),
            },
            serviceAddresses: [SERVICE],
          },
          directory: {
            kind: 'ldap',
            url: slapd.url,
            bindDn: READER.bindDn,
            password: file('directory.password', READER.password),
            baseDn: BASE,
          },
        },
      ],
    },
  })
  const key = await addAdministrator(server)
  return {
    server,
    post: (path: string, body: object, headers: Readonly<Record<string, string>> = {}) =>
      postTo(server.gateway.controlPort, path, body, headers),
    key,
    /** Has the sync skip an entry, end a protection, stop, and then fail. */
    breakDirectory: async () => {
      const writer = await Writer.to(slapd, t)
      await synchronize(server, key)
      // The directory has no groups, so the next sync deletes this one.
      const { store } = server
      const { group } = await store.putGroup(OTHER, { name: 'board', users: [], groups: [] })
      await store.putProtection(OTHER, { users: [], groups: [group.id], exceptions: [] })
      await synchronize(server, key)
      for (const one of people(20)) await writer.remove(one)
      const outcomes = [await synchronize(server, key)]
      await slapd.stop()
      for (let time = 0; time < 3; time++) outcomes.push(await synchronize(server, key))
      return outcomes
    },
  }
}

async function addAdministrator({ store, masterKey }: GatewayTestServer): Promise<Key> {
  const id = principalId(randomUUID())
  const policy = {
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Action: ['*'], Resource: ['*'] }],
  } as const
  await store.putPrincipal({ id, organizationId: OTHER, name: 'admin', enabled: true, policy })
  const { key, secret } = makeAccessKey(masterKey, id, { now: Date.now })
  await store.putKey(key)
  return { id: key.id, secret: secret.reveal() }
}

/** Has the gateway read the directory. @returns the outcome */
async function synchronize({ gateway }: GatewayTestServer, key: Key): Promise<unknown> {
  for (;;) {
    const { body } = await postTo(
      gateway.controlPort,
      '/',
      { OrganizationId: OTHER },
      {
        'Content-Type': 'application/x-amz-json-1.1',
        'X-Amz-Target': 'EwsGateway.SynchronizeDirectory',
        Authorization: basic(key),
      },
    )
    // A gateway reads the directory when it starts.
    if (body['__type'] !== 'ConflictException') return body['Outcome']
  }
}

/** Posts to the control listener as a page of the console does. */
function postTo(
  port: number,
  path: string,
  body: object,
  headers: Readonly<Record<string, string>>,
): Promise<{ status: number; body: Readonly<Record<string, unknown>> }> {
  const { host, origin } = new URL(CONTROL_URL)
  return new Promise((resolve, reject) => {
    const sent = request(
      {
        host: '127.0.0.1',
        port,
        path,
        method: 'POST',
        rejectUnauthorized: false,
        agent: false,
        headers: { Host: host, Origin: origin, 'Content-Type': 'application/json', ...headers },
      },
      async response => {
        const text = Buffer.concat(await response.toArray()).toString()
        resolve({ status: response.statusCode ?? 0, body: text === '' ? {} : JSON.parse(text) })
      },
    )
    sent.on('error', reject).end(JSON.stringify(body))
  })
}

/**
 * Puts the journal of a process that has ended into a folder: a line that is not JSON, and more denials than the
 * history lists.
 */
export async function leaveJournal(t: Test, folder: string): Promise<void> {
  const own = testFolder(t)
  const journal = new Journal({
    folder: own,
    signer: SIGNER,
    onFailure: 'refuse',
    keepDays: 400,
    now: Date.now,
    failed: error => {
      throw error
    },
    recovered: () => undefined,
    disturbed: () => undefined,
  })
  for (let number = 0; number < REFUSALS + 100; number++)
    journal.record({
      type: 'decision',
      at: Date.now(),
      decisionId: randomUUIDv7(),
      organizationId: ORGANIZATION,
      principalId: principalId('attacker'),
      verdict: 'deny',
      reason: 'rule-denies',
    })
  await journal.written()
  journal.close()
  const [name = ''] = readdirSync(own).filter(it => it.endsWith('.jsonl'))
  const { pid } = spawnSync('true')
  const text = readFileSync(join(own, name), 'utf8')
    .replace(/"pid":\d+/, `"pid":${pid}`)
    .replace('\n{', '\n[')
  writeFileSync(join(own, name), text)
  renameSync(join(own, name), join(folder, name))
}
