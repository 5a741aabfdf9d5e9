/**
 * A gateway with a store in memory and an upstream that answers every request alike: the cheapest
 * way to ask the real data plane for many decisions.
 */

import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client } from 'undici'
import { ORGANIZATION } from '../../scripts/decisions/frozen.ts'
import type { Settings } from '../../scripts/decisions/random-world.ts'
import { type Gateway, startGateway } from '../../src/app/compose.ts'
import { loadConfig } from '../../src/config/load.ts'
import { makeAccessKey } from '../../src/credentials/access-key.ts'
import type { MasterKey } from '../../src/credentials/master-key.ts'
import { loadOrMakeMasterKey } from '../../src/credentials/master-key-file.ts'
import { ASSUME_ROLE } from '../../src/model/iam.ts'
import { type OrganizationId, organizationId } from '../../src/model/identity.ts'
import { principalId } from '../../src/model/principal.ts'
import { openSqlite } from '../../src/store/sqlite.ts'
import type { Store } from '../../src/store/store.ts'
import { JournalTail } from '../kit/journal.ts'
import { type RememberingStore, rememberReads } from './remembered-reads.ts'
import { startUpstream, type Upstream } from './upstream.ts'

/** Organizations for random worlds: one with a neutral mailbox, one without. */
export const ORGANIZATIONS: readonly Settings[] = [
  { ...ORGANIZATION, organizationId: 'm-11111111111111111111111111111111' },
  {
    organizationId: 'm-22222222222222222222222222222222',
    serviceAddresses: ORGANIZATION.serviceAddresses,
  },
]

export type AuditLine = Readonly<{
  type: string
  decisionId: string
  verdict?: string
  reason?: string
  matchedRules?: readonly string[]
  matchedGroups?: readonly string[]
}>

export type Key = Readonly<{ id: string; secret: string }>

export class TestGateway {
  readonly store: Store
  readonly upstream: Upstream
  readonly data: Client
  readonly #gateway: Gateway
  readonly #forget: RememberingStore['forget']
  readonly #masterKey: MasterKey
  readonly #folder: string
  readonly #journal: JournalTail

  constructor(
    parts: Pick<TestGateway, 'store' | 'upstream'> &
      Readonly<{
        gateway: Gateway
        forget: () => void
        masterKey: MasterKey
        folder: string
        journal: string
      }>,
  ) {
    this.store = parts.store
    this.#gateway = parts.gateway
    this.#forget = parts.forget
    this.upstream = parts.upstream
    this.#masterKey = parts.masterKey
    this.#folder = parts.folder
    this.#journal = new JournalTail(parts.journal)
    this.data = new Client(`http://127.0.0.1:${parts.gateway.dataPort}`, { pipelining: 8 })
  }

  /** Makes the gateway see every change that was written to the store. */
  announce(organization: OrganizationId): Promise<void> {
    this.#forget()
    return this.#gateway.announce(organization)
  }

  /** Returns the decisions recorded since the last call, by ID. */
  decisions(): ReadonlyMap<string, AuditLine> {
    const records: AuditLine[] = this.#journal.read()
    return new Map(
      records.filter(({ type }) => type === 'decision').map(line => [line.decisionId, line]),
    )
  }

  /** Makes a principal of an organization, and a key. */
  async makeKey(organization: string, principal: string): Promise<Key> {
    const id = principalId(principal)
    await this.store.putPrincipal({
      id,
      organizationId: organizationId(organization),
      name: principal,
      enabled: true,
      policy: {
        Version: '2012-10-17',
        Statement: [{ Effect: 'Allow', Action: [ASSUME_ROLE], Resource: ['*'] }],
      },
    })
    const { key, secret } = makeAccessKey(this.#masterKey, id, { now: Date.now })
    await this.store.putKey(key)
    return { id: key.id, secret: secret.reveal() }
  }

  async close(): Promise<void> {
    await this.data.destroy()
    await this.#gateway.close()
    this.upstream.close()
    rmSync(this.#folder, { recursive: true, force: true })
  }
}

export async function startTestGateway(): Promise<TestGateway> {
  const folder = mkdtempSync(join(tmpdir(), 'ews-gateway-test-'))
  writeFileSync(join(folder, 'password'), randomUUID(), { mode: 0o600 })
  const upstream = await startUpstream()
  const config = configOf(folder, upstream.url)
  const { journal } = config.audit
  const { store, forget } = rememberReads(await openSqlite(':memory:'))
  const masterKey = await loadOrMakeMasterKey(config.masterKey, true, () => undefined)
  const gateway = await startGateway(config, { store, masterKey })
  return new TestGateway({ store, gateway, forget, upstream, masterKey, folder, journal })
}

function configOf(folder: string, url: string) {
  const port = '127.0.0.1:0'
  return loadConfig({
    env: {},
    cwd: folder,
    overrides: {
      listen: { data: port, control: port, ops: port },
      masterKey: { file: join(folder, 'master.key') },
      audit: { history: { enabled: false } },
      log: { level: 'error' },
      timeouts: { drainSeconds: 1 },
      trustedProxies: ['127.0.0.1'],
      organizations: [ORGANIZATION, ...ORGANIZATIONS].map(
        ({ organizationId: id, serviceAddresses, neutralMailbox, acceptedDomains }, n) => ({
          id,
          alias: `place-${n}`,
          upstream: {
            url,
            authentication: { kind: 'basic', username: 'service', password: { file: 'password' } },
            serviceAddresses: [...serviceAddresses],
          },
          ...(neutralMailbox !== undefined && { neutralMailbox }),
          ...(acceptedDomains && { acceptedDomains: [...acceptedDomains] }),
          opaqueIds: 'allow',
        }),
      ),
    },
  })
}
