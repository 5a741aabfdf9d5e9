/**
 * Composition root: creates a gateway from its parts. Only files of this folder name adapters.
 *
 * @module
 */

import { momentsOf, SYSTEM_CLOCK } from '../cache/clock.ts'
import { HeldPolicy } from '../cache/held-policy.ts'
import { authorityIn } from '../config/certificates.ts'
import { ewsUrlOf } from '../config/ews-url.ts'
import type { Config } from '../config/schema.ts'
import { DeniedCalls } from '../control/denied-calls.ts'
import { AuthenticationRateLimiter } from '../credentials/authentication-rate-limiter.ts'
import { BasicAuthenticator } from '../credentials/basic.ts'
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
import { type OrganizationId, organizationId } from '../model/identity.ts'
import { describeMigrated, type OnMigrated } from '../model/migrated.ts'
import { assumesOnly } from '../policy/iam.ts'
import type { Store } from '../store/store.ts'
import { Health } from '../telemetry/health.ts'
import { createLog, type Log } from '../telemetry/log.ts'
import { Metrics } from '../telemetry/metrics.ts'
import { opsListener } from '../telemetry/ops.ts'
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
import { type Opened, opening } from './opening.ts'
import { organizationsOf } from './organizations.ts'
import { keepDelivering, outboxDelivery } from './outbox.ts'
import { openPeople } from './people.ts'
import { checkPolicy, openPolicy, openStoreOf } from './policy.ts'
import { keepSnapshots } from './policy-snapshots.ts'
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
export const openStore = (
  config: Config,
  warn: (message: string) => void,
  onMigrated: OnMigrated = migrated => warn(describeMigrated(migrated)),
): Promise<Opened<Readonly<{ store: Store; masterKey: MasterKey }>>> =>
  opening(async opened => {
    const store = opened.adopt(await openStoreOf(config, onMigrated), it => it.close())
    const isEmpty = await store.isEmpty()
    const lost = isEmpty ? await lostStoreWarning(config) : undefined
    if (lost !== undefined) warn(lost)
    const masterKey = await loadOrMakeMasterKey(config.masterKey, isEmpty, warn)
    await verifyMasterKey(masterKey, store, config.masterKey.file)
    return { store, masterKey }
  })

/**
 * Starts a gateway. Resolves when every listener accepts requests. The parts close in the reverse of the order in
 * which they open.
 *
 * @param stored - the store closes with the gateway, and also if the start fails
 */
export const startGateway = (
  config: Config,
  stored: Readonly<{ store: Store; masterKey: MasterKey }>,
  log: Log = createLog(config.log.level),
): Promise<Gateway> =>
  opening(async opened => {
    const { store, masterKey } = stored
    opened.defer(() => store.close())
    const metrics = new Metrics({
      version: VERSION,
      organizations: config.organizations.map(({ id }) => id),
    })
    const auditing = opened.adopt(await openAuditing(config, stored, metrics, log), it =>
      it.close(),
    )
    const { audit, history } = auditing
    const policyData = opened.adopt(await openPolicy(config, stored, metrics, log), it =>
      it.close(),
    )
    const { policy } = policyData
    const health = new Health()
    metrics.checks.watch(health)
    const organizationIds = config.organizations.map(({ id }) => organizationId(id))
    opened.defer(watchEnds({ store, organizations: organizationIds, metrics, log, now: Date.now }))
    opened.defer(keepHeartbeat(store, masterKey, { log, health }))
    const outbox = outboxDelivery(store, audit, error =>
      log.warn({ err: error }, 'Cannot deliver audit records of changes; trying again'),
    )
    const { deliver } = outbox
    opened.defer(
      keepSnapshots({ store, organizations: organizationIds, deliver, log, now: Date.now }),
    )
    opened.defer(keepDelivering(outbox))
    const budgets = makeBudgets(config.limits.memoryBytes)
    metrics.watchHeldBytes(budgets)
    const ops = opened.adopt(opsListener({ metrics, health, budget: budgets.ops }), it =>
      it.close(OPS_DRAIN_MS),
    )
    const drainMs = config.timeouts.drainSeconds * 1_000
    let drainedBy = 0
    const traces = await openTraces(config, metrics, log)
    opened.defer(() => traces?.close(Math.max(OPS_DRAIN_MS, drainedBy - performance.now())))
    const rateLimiter = new AuthenticationRateLimiter()
    const deniedCalls = new DeniedCalls(audit)
    const recordRest = async (until: number) => {
      await recordFailures(rateLimiter, audit, until)
      await deniedCalls.recordRest(until, Date.now())
    }
    opened.defer(() => recordRest(Number.POSITIVE_INFINITY))
    const organizations = organizationsOf(config, (organization, upstream) =>
      upstreamOf(upstream, {
        rejectionsAt: url => rejectionsOf(store, masterKey, upstream, url),
        onStatus: reportStatus(organization, { metrics, log, audit }),
      }),
    )
    opened.defer(async () => {
      await Promise.all([...organizations.values()].map(({ upstream }) => upstream.close()))
    })
    const usage = new KeyUsage(store, error =>
      log.warn(
        { err: error },
        'Cannot record access key usage; requests are served, but the time of last use is not updated',
      ),
    )
    const settings = settingsOf(config, log)
    const keys = new SigningKeys({
      store,
      masterKey,
      maxAgeMs: settings.maxAgeMs,
      epoch: () => policy.currentEpoch,
      now: Date.now,
    })
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
          unreadable: policyData.unreadable,
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
    checkPolicy(health, store, policyData)
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
    const people = { store, masterKey, usage, health, log }
    const { signingIn, replaceGrants } = await openPeople(config, people)
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
        caCertificate: () => currentConfig.tls && authorityIn(currentConfig.tls.certificate),
        health,
        certificateEndsAt: () => certificate?.endsAt,
      }),
      deniedCalls,
      ...callLimitsOf(config, metrics),
      log,
      budget: budgets.control,
      closed: kind => metrics.connectionClosed(kind),
      signIn: (kind, verdict) => metrics.signIns.toConsole(kind, verdict),
    }
    const listeners = await startListeners(config, ports, administration, ops)
    const { control, data } = listeners
    const leaveDirectories = keepDirectories(directories, { metrics, log })
    opened.defer(async () => void (await Promise.all([listeners.close(), leaveDirectories()])))
    dataPort = data.port
    opened.defer(watchUpstreams(organizations, checkDeadlineMs(config)))
    if (config.tls)
      certificate = opened.adopt(
        new CertificateWatch(config.tls, { metrics, log, health, now: Date.now }),
        it => it.close(),
      )
    opened.adopt(
      setInterval(() => void recordRest(Date.now()), REST_INTERVAL_MS).unref(),
      clearInterval,
    )
    opened.defer(() => {
      health.draining()
      drainedBy = performance.now() + drainMs
    })
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
    }
  })
