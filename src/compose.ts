/**
 * The composition root: makes a gateway of its parts. The only file that names adapters.
 *
 * @module
 */

import { randomUUIDv7 } from 'node:crypto'
import type { Audit } from './audit/audit.ts'
import { FileAudit } from './audit/file.ts'
import { writeListenAddress } from './config/network.ts'
import type { Config, OrganizationConfig } from './config/schema.ts'
import type { ControlPorts } from './control/action.ts'
import { CONTROL_LIMITS } from './control/limits.ts'
import { ControlServer } from './control/server.ts'
import { makeAccessKey } from './credentials/access-key.ts'
import { BasicAuthenticator } from './credentials/basic.ts'
import { Brake } from './credentials/brake.ts'
import { KeyUsage } from './credentials/key-usage.ts'
import { loadOrMakeMasterKey, type MasterKey, verifyMasterKey } from './credentials/master-key.ts'
import { SchemeAuthenticator } from './credentials/schemes.ts'
import { SigningKeys } from './credentials/signing-keys.ts'
import { SignatureVerifier } from './credentials/sigv4.ts'
import { BearerAuthenticator, SignedTokenIssuer } from './credentials/token.ts'
import { parseUsers } from './directory/csv.ts'
import { StoredDirectory } from './directory/stored.ts'
import { CookieSeal } from './gateway/cookies.ts'
import { MailboxOwners } from './gateway/mailbox-owners.ts'
import type { GatewayPorts, GatewaySettings, ServedOrganization } from './gateway/ports.ts'
import { PrologueMemory } from './gateway/remember.ts'
import { GatewayServer } from './gateway/server.ts'
import { listening } from './listening.ts'
import { type OrganizationId, organizationId } from './model/identity.ts'
import { type AddressRange, parseRange } from './policy/address.ts'
import { assumesOnly } from './policy/iam.ts'
import { openSqlite } from './store/sqlite.ts'
import type { Store } from './store/store.ts'
import { Health } from './telemetry/health.ts'
import { createLog } from './telemetry/log.ts'
import { Metrics } from './telemetry/metrics.ts'
import { OpsServer } from './telemetry/ops.ts'
import { basicAuthentication } from './upstream/basic.ts'
import { ExchangeUpstream } from './upstream/exchange.ts'
import { VERSION } from './version.ts'

/** How long a request waits for a connection to the upstream. */
const QUEUE_DEADLINE_MS = 30_000

/** How often failed authentications that no record has counted are recorded. */
const FAILURES_MS = 60_000

/** A gateway that runs. */
export type Gateway = Readonly<{
  dataPort: number
  controlPort: number
  opsPort: number
  /** Opens the audit file anew, after it was moved away. */
  reopenAudit: () => void
  /** Takes another certificate for the connections to come. */
  reloadTls: (tls: NonNullable<Config['tls']>) => void
  /** Finishes what is under way and closes everything. */
  close: () => Promise<void>
}>

/** Opens the store and the key that belongs to it. */
export async function openStore(
  config: Config,
  warn: (message: string) => void,
): Promise<{ store: Store; masterKey: MasterKey }> {
  const store = await openSqlite(config.store.file)
  const { file } = config.masterKey
  const masterKey = await loadOrMakeMasterKey(file, await store.isEmpty(), warn)
  await verifyMasterKey(masterKey, store, file)
  return { store, masterKey }
}

/** Starts a gateway; when this resolves every listener takes requests. */
export async function startGateway(
  config: Config,
  { store, masterKey }: Readonly<{ store: Store; masterKey: MasterKey }>,
): Promise<Gateway> {
  const log = createLog(config.log.level)
  const onError = (error: Error) => log.error({ err: error }, 'The audit cannot be written')
  const audit = new FileAudit({ ...config.audit, onError })
  const organizations = serve(config.organizations)
  const metrics = new Metrics({ version: VERSION, organizations: [...organizations.keys()] })
  const brake = new Brake()
  const usage = new KeyUsage(store, error =>
    log.warn({ err: error }, 'The use of a key cannot be noted'),
  )
  const maxAgeMs = config.propagation.maxAgeSeconds * 1_000
  const keys = new SigningKeys({ store, masterKey, maxAgeMs, now: Date.now })
  const ports: GatewayPorts = {
    settings: settingsOf(config),
    organizations,
    authenticator: new SchemeAuthenticator({
      basic: new BasicAuthenticator({ credentials: store, masterKey, brake, assumesOnly }),
      bearer: new BearerAuthenticator({ keys, credentials: store, versions: store, brake }),
      usage,
    }),
    tokens: new SignedTokenIssuer(keys, store, Date.now),
    directory: new StoredDirectory(store),
    roles: store,
    accessControl: store,
    versions: store,
    audit,
    metrics,
    log,
    cookies: new CookieSeal(masterKey.subkey('cookies')),
    prologues: new PrologueMemory(),
    mailboxOwners: new MailboxOwners(Date.now),
    now: Date.now,
  }
  const health = new Health()
  health.add('store', { kinds: ['ready', 'startup'], check: () => store.ping() })
  const administration: Administration = {
    verifier: new SignatureVerifier({ credentials: store, masterKey, brake, usage }),
    ports: controlPortsOf(config, ports, store, masterKey),
    log,
  }
  const { ops, control, data } = await startListeners(config, ports, administration, health)
  const failures = setInterval(() => recordFailures(brake, audit, Date.now()), FAILURES_MS).unref()

  return {
    dataPort: data.port,
    controlPort: control.port,
    opsPort: ops.port,
    reopenAudit: () => audit.reopen(),
    reloadTls: tls => {
      data.reloadTls(tls)
      control.reloadTls(tls)
    },
    close: async () => {
      health.draining()
      clearInterval(failures)
      const drainMs = config.timeouts.drainSeconds * 1_000
      await Promise.all([data.close(drainMs), control.close(drainMs)])
      await Promise.all([...organizations.values()].map(({ upstream }) => upstream.close()))
      recordFailures(brake, audit, Number.POSITIVE_INFINITY)
      await ops.close()
      metrics.close()
      await store.close()
      audit.close()
    },
  }
}

type Administration = Parameters<typeof ControlServer.start>[3]

/** All three, or none: one that cannot listen closes those before it. */
async function startListeners(
  { listen, tls }: Config,
  ports: GatewayPorts,
  administration: Administration,
  health: Health,
) {
  const { metrics, settings } = ports
  const begun = new AsyncDisposableStack()
  try {
    const ops = await listening('ops', listen.ops, at => OpsServer.start(at, { metrics, health }))
    begun.defer(() => ops.close())
    const control = await listening('control', listen.control, at =>
      ControlServer.start(at, tls, settings, administration),
    )
    begun.defer(() => control.close(0))
    const data = await listening('data', listen.data, at => GatewayServer.start(at, tls, ports))
    return { ops, control, data }
  } catch (error) {
    await begun.disposeAsync()
    metrics.close()
    throw error
  }
}

/**
 * `ews-gateway serve`: runs until SIGTERM or SIGINT, and reloads on SIGHUP.
 *
 * @param reread - the configuration as its files are now, for a reload
 * @returns the exit code
 */
export async function runServe(config: Config, reread: () => Promise<Config>): Promise<number> {
  const stop = stopSignal()
  const log = createLog(config.log.level)
  const opened = await openStore(config, message => log.warn({}, message))
  const gateway = await startGateway(config, opened)
  const reload = async () => {
    gateway.reopenAudit()
    try {
      const { tls } = await reread()
      if (tls) gateway.reloadTls(tls)
      log.info({}, 'Audit file and certificate were opened anew')
    } catch (error) {
      log.error({ err: error }, 'The old certificate stays')
    }
  }
  const onHangUp = () => void reload()
  process.on('SIGHUP', onHangUp)
  log.info({ ...addressesOf(gateway, config), version: VERSION }, 'The gateway is ready')

  await stop
  log.info({}, 'Stopping: requests under way are finished')
  await gateway.close()
  process.off('SIGHUP', onHangUp)
  return 0
}

/** Where it listens, with the ports that were free where the configuration says 0. */
function addressesOf({ dataPort, controlPort, opsPort }: Gateway, { listen }: Config) {
  const at = ({ host }: Readonly<{ host: string }>, port: number) =>
    writeListenAddress({ host, port })
  return {
    data: at(listen.data, dataPort),
    control: at(listen.control, controlPort),
    ops: at(listen.ops, opsPort),
  }
}

/** Resolves at SIGTERM or SIGINT. */
export function stopSignal(): Promise<void> {
  return new Promise(resolve => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => resolve())
  })
}

function serve(
  configured: readonly OrganizationConfig[],
): ReadonlyMap<OrganizationId, ServedOrganization> {
  return new Map(
    configured.map(({ id, alias, upstream, neutralMailbox, opaqueIds }) => {
      const organization = {
        id: organizationId(id),
        alias,
        serviceAddresses: upstream.serviceAddresses,
        opaqueIds,
        ...(neutralMailbox !== undefined && { neutralMailbox }),
      }
      return [organization.id, { organization, upstream: upstreamOf(upstream) }]
    }),
  )
}

function controlPortsOf(
  { limits }: Config,
  { organizations, directory, tokens, audit, now }: GatewayPorts,
  store: Store,
  masterKey: MasterKey,
): ControlPorts {
  return {
    organizations: new Map([...organizations].map(([id, { organization }]) => [id, organization])),
    store,
    directory,
    tokens,
    keys: {
      make: (principal, expiresAt) =>
        makeAccessKey(masterKey, principal, { now, ...(expiresAt !== undefined && { expiresAt }) }),
    },
    parseUsers,
    audit,
    limits: CONTROL_LIMITS[limits.policy],
    now,
  }
}

function upstreamOf({ url, authentication, connections, tls }: OrganizationConfig['upstream']) {
  return new ExchangeUpstream({
    url,
    authentication: basicAuthentication(authentication.username, authentication.password),
    connections,
    queueDeadlineMs: QUEUE_DEADLINE_MS,
    now: Date.now,
    userAgent: `ews-gateway/${VERSION}`,
    ...(tls && { tls }),
  })
}

function settingsOf(config: Config): GatewaySettings {
  const { limits, timeouts, trustedProxies, tlsTerminatedBy, publicUrl } = config
  return {
    limits,
    timeouts: {
      headersMs: timeouts.headersSeconds * 1_000,
      bodyIdleMs: timeouts.bodyIdleSeconds * 1_000,
      upstreamMs: timeouts.upstreamSeconds * 1_000,
    },
    trustedPeers: ranges([...trustedProxies, ...tlsTerminatedBy]),
    tlsTerminatedBy: ranges(tlsTerminatedBy),
    ...(publicUrl !== undefined && { publicUrl }),
  }
}

const ranges = (texts: readonly string[]): AddressRange[] =>
  texts.map(parseRange).filter(range => range !== undefined)

/**
 * Records the failed authentications that no record has counted.
 *
 * @param until - those of the minutes that are over by then
 */
function recordFailures(brake: Brake, audit: Audit, until: number): void {
  for (const { address, accessKeyId, count } of brake.takeUnrecorded(until))
    audit.record({
      type: 'decision',
      at: Date.now(),
      decisionId: randomUUIDv7(),
      sourceAddress: address,
      verdict: 'deny',
      reason: 'credentials-refused',
      count,
      ...(accessKeyId !== undefined && { accessKeyId }),
    })
}
