/**
 * Composition root: creates a gateway from its parts. Only files of this folder name adapters.
 *
 * @module
 */

import { momentsOf, SYSTEM_CLOCK } from '../cache/clock.ts'
import { HeldPolicy } from '../cache/held-policy.ts'
import { ewsUrlOf } from '../config/ews-url.ts'
import type { Config } from '../config/schema.ts'
import { DeniedCalls } from '../control/denied-calls.ts'
import { AuthenticationRateLimiter } from '../credentials/authentication-rate-limiter.ts'
import { BasicAuthenticator } from '../credentials/basic.ts'
import { StoredConsoleSessions } from '../credentials/console-sessions.ts'
import { KeyUsage } from '../credentials/key-usage.ts'
import type { MasterKey } from '../credentials/master-key.ts'
import { loadOrMakeMasterKey, verifyMasterKey } from '../credentials/master-key-file.ts'
import { SchemeAuthenticator } from '../credentials/schemes.ts'
import { SigningKeys } from '../credentials/signing-keys.ts'
import { SignatureVerifier } from '../credentials/sigv4.ts'
import { BearerAuthenticator, SignedTokenIssuer } from '../credentials/token.ts'
import { StoredTokenAnchors } from '../credentials/token-anchors.ts'
import { ContentClasses } from '../gateway/content-classes.ts'
import { CookieSeal } from '../gateway/cookies.ts'
import type { GatewayPorts } from '../gateway/ports.ts'
import { PrologueMemory } from '../gateway/remember.ts'
import { Subscriptions } from '../gateway/subscriptions.ts'
import type { OrganizationId } from '../model/identity.ts'
import { describeMigrated, type OnMigrated } from '../model/migrated.ts'
import { assumesOnly } from '../policy/iam.ts'
import type { Store } from '../store/store.ts'
import { Health } from '../telemetry/health.ts'
import { createLog, type Log } from '../telemetry/log.ts'
import { Metrics } from '../telemetry/metrics.ts'
import { checkAudit, checkDelivery, checkDisk, openAuditing } from './auditing.ts'
import { checkCapacity, makeBudgets } from './budgets.ts'
import { callLimitsOf } from './call-limits.ts'
import { CertificateWatch } from './certificate.ts'
import { controlPortsOf } from './control-ports.ts'
import { checkDirectories, directoriesOf, keepDirectories } from './directories.ts'
import { watchEnds } from './ends.ts'
import { recordFailures } from './failed-authentications.ts'
import { keepHeartbeat } from './heartbeat.ts'
import { type Administration, startListeners } from './listeners.ts'
import { lostStoreWarning } from './lost-store.ts'
import { watchMailboxes } from './mailboxes.ts'
import { organizationsOf } from './organizations.ts'
import { keepDelivering, outboxDelivery } from './outbox.ts'
import { openPeople } from './people.ts'
import { checkPolicy, openPolicy, openStoreOf } from './policy.ts'
import { settingsOf } from './settings.ts'
import { accountsOf, connectionsOf, issuersOf } from './sign-in.ts'
import { openTraces } from './traces.ts'
import { checkUpstreams, reportStatus, watchUpstreams } from './upstream-watch.ts'
import { checkDeadlineMs, rejectionsOf, upstreamOf } from './upstreams.ts'
import { VERSION } from './version.ts'

/**
 * Interval at which the gateway records failed authentications and denied calls that no audit record counts yet.
 */
const REST_INTERVAL_MS = 60_000

/** Time for probes and scrapes in flight, and at least for the last spans, after everything else has been drained. */
const OPS_DRAIN_MS = 1_000

/** A running gateway. */
export type Gateway = Readonly<{
  dataPort: number
  controlPort: number
  opsPort: number
  /** Invalidates caches after a change that this process made in the store without the control API. */
  announce: (organization: OrganizationId) => Promise<void>
  /** Starts a new segment of the audit journal. @throws if that is not possible */
  rotateAudit: () => void
  /** Uses another certificate for new connections. */
  reloadTls: (tls: NonNullable<Config['tls']>) => void
  /**
   * Uses the grants of people in another configuration.
   *
   * @returns false if no person can sign in
   * @throws Error if a grant is for an organization that this gateway doesn't serve
   */
  reloadGrants: (config: Config) => boolean
  /** Finishes requests in flight, and closes everything. */
  close: () => Promise<void>
}>

/**
 * Opens the store and its master key. Warns if the store is a new one in place of one that was lost.
 *
 * @param onMigrated - called for each migration. By default, prints a warning, which suits a command
 */
export async function openStore(
  config: Config,
  warn: (message: string) => void,
  onMigrated: OnMigrated = migrated => warn(describeMigrated(migrated)),
): Promise<{ store: Store; masterKey: MasterKey }> {
  const store = await openStoreOf(config, onMigrated)
  const isEmpty = await store.isEmpty()
  const lost = isEmpty ? await lostStoreWarning(config) : undefined
  if (lost !== undefined) warn(lost)
  const masterKey = await loadOrMakeMasterKey(config.masterKey, isEmpty, warn)
  await verifyMasterKey(masterKey, store, config.masterKey.file)
  return { store, masterKey }
}

/** Starts a gateway. Resolves when every listener accepts requests. */
export async function startGateway(
  config: Config,
  { store, masterKey }: Readonly<{ store: Store; masterKey: MasterKey }>,
  log: Log = createLog(config.log.level),
): Promise<Gateway> {
  const metrics = new Metrics({
    version: VERSION,
    organizations: config.organizations.map(({ id }) => id),
  })
  const { audit, history, ...auditing } = await openAuditing(
    config,
    { store, masterKey },
    metrics,
    log,
  )
  const organizations = organizationsOf(config, (organization, upstream) =>
    upstreamOf(upstream, {
      rejectionsAt: url => rejectionsOf(store, masterKey, upstream, url),
      onStatus: reportStatus(organization, { metrics, log, audit }),
    }),
  )
  const rateLimiter = new AuthenticationRateLimiter()
  const usage = new KeyUsage(store, error =>
    log.warn(
      { err: error },
      'Cannot record access key usage; requests are served, but the time of last use is not updated',
    ),
  )
  const settings = settingsOf(config, log)
  const budgets = makeBudgets(config.limits.memoryBytes)
  metrics.watchHeldBytes(budgets)
  const opened = await openPolicy(config, { store, masterKey }, metrics, log)
  const { policy } = opened
  const keys = new SigningKeys({
    store,
    masterKey,
    maxAgeMs: settings.maxAgeMs,
    epoch: () => policy.currentEpoch,
    now: Date.now,
  })
  const traces = await openTraces(config, metrics, log)
  const health = new Health()
  metrics.checks.watch(health)
  const moment = momentsOf(SYSTEM_CLOCK)
  const latest = () => moment().latest
  const keyPorts = { credentials: policy, masterKey, rateLimiter, assumesOnly }
  const ports: GatewayPorts = {
    settings,
    organizations,
    authenticator: new SchemeAuthenticator({
      basic: new BasicAuthenticator(keyPorts),
      bearer: new BearerAuthenticator({
        keys,
        credentials: policy,
        roles: policy,
        watch: policy,
        rateLimiter,
      }),
      ...(await connectionsOf(settings, keyPorts)),
      ...(await issuersOf(config, { ...keyPorts, identities: policy })),
      ...(await accountsOf(config, {
        ...keyPorts,
        identities: policy,
        store,
        latest,
        unreadable: opened.unreadable,
      })),
      rateLimiter,
      usage,
    }),
    tokens: new SignedTokenIssuer(keys, policy, Date.now),
    policy: { hold: (organization, held) => new HeldPolicy(policy, organization, held) },
    watch: policy,
    tokenAnchors: new StoredTokenAnchors(keys, policy),
    subscriptions: new Subscriptions({
      store,
      now: Date.now,
      failed: error => log.warn({ err: error }, 'Cannot record subscription usage'),
    }),
    audit,
    journalShares: auditing.journalShares,
    metrics,
    log,
    ...(traces && { traces }),
    cookies: new CookieSeal(() => masterKey.subkeys('cookies')),
    prologues: new PrologueMemory(),
    mailboxOwners: watchMailboxes({ metrics, log, health, now: latest }),
    contentClasses: new ContentClasses(Date.now),
    budget: budgets.data,
    now: Date.now,
    moment,
  }
  const announce = (organization: OrganizationId) => policy.announce(organization)
  checkPolicy(health, store, opened)
  const outbox = outboxDelivery(store, audit, error =>
    log.warn({ err: error }, 'Cannot deliver audit records of changes; trying again'),
  )
  const { deliver } = outbox
  const directories = await directoriesOf(config, { store, announce, deliver })
  checkDirectories(health, directories)
  checkUpstreams(health, organizations)
  checkCapacity(health, budgets.data)
  checkAudit(health, config, audit)
  checkDelivery(health, auditing.failing)
  checkDisk(health, auditing.room)
  // The configured port, which can be 0. Replaced by the actual port once the data listener, the last one to start,
  // has one.
  let dataPort = config.listen.data.port
  let certificate: CertificateWatch | undefined
  let currentConfig = config
  const keySessions = new StoredConsoleSessions({ store, masterKey, usage })
  const people = { store, masterKey, health, log }
  const { signingIn, replaceGrants } = await openPeople(config, keySessions, people)
  const administration: Administration = {
    verifier: new SignatureVerifier({ credentials: store, masterKey, rateLimiter, usage }),
    ...signingIn,
    ports: controlPortsOf(config, ports, {
      store,
      masterKey,
      announce,
      deliver,
      ...(history && { history }),
      directories,
      ewsUrl: () => ewsUrlOf(currentConfig, dataPort),
      health,
      certificateEndsAt: () => certificate?.endsAt,
    }),
    deniedCalls: new DeniedCalls(audit),
    ...callLimitsOf(config, metrics),
    log,
    budget: budgets.control,
    closed: kind => metrics.connectionClosed(kind),
    signIn: (kind, verdict) => metrics.signIns.toConsole(kind, verdict),
  }
  const recordRest = async (until: number) => {
    await recordFailures(rateLimiter, audit, until)
    await administration.deniedCalls.recordRest(until, Date.now())
  }
  const { ops, control, data } = await startListeners(config, ports, administration, {
    metrics,
    health,
    budget: budgets.ops,
  }).catch(async error => {
    await opened.close()
    await auditing.close()
    throw error
  })
  dataPort = data.port
  if (config.tls)
    certificate = new CertificateWatch(config.tls, { metrics, log, health, now: Date.now })
  const rests = setInterval(() => void recordRest(Date.now()), REST_INTERVAL_MS).unref()

  const stopHeartbeat = keepHeartbeat(store, masterKey, { log, health })
  const stopEnds = watchEnds({
    store,
    organizations: [...organizations.keys()],
    metrics,
    log,
    now: Date.now,
  })
  const leaveDirectories = keepDirectories(directories, { metrics, log })
  const stopDelivering = keepDelivering(outbox)
  const leaveUpstreams = watchUpstreams(organizations, checkDeadlineMs(config))

  return {
    dataPort: data.port,
    controlPort: control.port,
    opsPort: ops.port,
    announce,
    rotateAudit: () => audit.rotate(),
    reloadTls: tls => {
      currentConfig = { ...config, tls }
      data.reloadTls(tls)
      control.reloadTls(tls)
      certificate?.replace(tls)
    },
    reloadGrants: next => {
      replaceGrants?.(next)
      return replaceGrants !== undefined
    },
    close: async () => {
      health.draining()
      clearInterval(rests)
      certificate?.close()
      const drainMs = config.timeouts.drainSeconds * 1_000
      const drainedBy = performance.now() + drainMs
      leaveUpstreams()
      const left = leaveDirectories()
      await Promise.all([data.close(drainMs), control.close(drainMs), left])
      await Promise.all([...organizations.values()].map(({ upstream }) => upstream.close()))
      await recordRest(Number.POSITIVE_INFINITY)
      await traces?.close(Math.max(OPS_DRAIN_MS, drainedBy - performance.now()))
      await ops.close(OPS_DRAIN_MS)
      await stopDelivering()
      await stopHeartbeat()
      await stopEnds()
      await opened.close()
      await auditing.close()
      await store.close()
    },
  }
}
