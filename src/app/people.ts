/**
 * Opens the sign-in of people at an issuer, if one is configured. Otherwise, loads none of its modules.
 *
 * @module
 */

import type { Config } from '../config/schema.ts'
import { StoredConsoleSessions } from '../credentials/console-sessions.ts'
import {
  type ConsoleSessions,
  IssuerUnavailable,
  type PersonSignIn,
} from '../credentials/credentials.ts'
import type { KeyUsage } from '../credentials/key-usage.ts'
import type { MasterKey } from '../credentials/master-key.ts'
import type { Grant } from '../credentials/people/grants.ts'
import type { CheckableIssuer, Issuer } from '../credentials/people/issuer.ts'
import { organizationId } from '../model/identity.ts'
import { administratorPolicy, auditorPolicy } from '../policy/administrator.ts'
import type { Store } from '../store/store.ts'
import type { Health } from '../telemetry/health.ts'
import type { Log } from '../telemetry/log.ts'

/** Minimum time between two log lines about rejected responses. */
const LOG_INTERVAL_MS = 60_000

type PeopleConfig = Pick<Config, 'console' | 'controlUrl' | 'organizations'>

type OpenedPeople = Readonly<{
  /** Parts of the control listener that depend on who can sign in to the console. */
  signingIn: Readonly<{ sessions: ConsoleSessions; people?: PersonSignIn; accessKeys: boolean }>
  /**
   * Uses the grants of another configuration; absent if no person can sign in.
   *
   * @throws Error if a grant is for an organization that this gateway doesn't serve
   */
  replaceGrants?: (config: PeopleConfig) => void
}>

export async function openPeople(
  config: PeopleConfig,
  parts: Readonly<{
    store: Store
    masterKey: MasterKey
    usage: KeyUsage
    health: Health
    log: Log
  }>,
): Promise<OpenedPeople> {
  const { accessKeys, oidc } = config.console
  const { store, masterKey, usage } = parts
  const ports = { store, masterKey, usage, accessKeys }
  const client = await openIssuer(config)
  if (oidc === undefined || client === undefined)
    return { signingIn: { sessions: new StoredConsoleSessions(ports), accessKeys } }
  const [{ Grants }, { PersonChecks }, { IssuerSignIn }] = await Promise.all([
    import('../credentials/people/grants.ts'),
    import('../credentials/people/person-checks.ts'),
    import('../credentials/people/sign-in.ts'),
  ])
  const issuer = watched(client, parts)
  const grants = new Grants(grantsIn(config))
  const checks = new PersonChecks({ store, masterKey, issuer, grants })
  const sessions = new StoredConsoleSessions({ ...ports, people: checks })
  const issuerName = oidc.name
  const people = new IssuerSignIn({ issuerName, issuer, grants, sessions, checks, masterKey })
  const served = new Set(config.organizations.map(({ id }) => organizationId(id)))
  const replaceGrants = (next: PeopleConfig) => {
    const found = grantsIn(next)
    const other = found.find(grant => !served.has(grant.organizationId))
    if (other)
      throw new Error(`To add the organization ${other.organizationId}, restart the gateway`)
    grants.replace(found)
  }
  return { signingIn: { sessions, people, accessKeys }, replaceGrants }
}

/** Returns the issuer at which people sign in to the console; undefined if none is configured. */
export async function openIssuer({
  controlUrl,
  console: { oidc },
}: Pick<Config, 'console' | 'controlUrl'>): Promise<CheckableIssuer | undefined> {
  if (oidc === undefined || controlUrl === undefined) return undefined
  const { OpenIdIssuer } = await import('../credentials/people/openid-issuer.ts')
  return new OpenIdIssuer({
    ...oidc,
    redirectUrl: `${controlUrl}/console/sign-in/callback`,
    signedOutUrl: `${controlUrl}/console/`,
    now: Date.now,
  })
}

/** Returns the grants of a configuration. There are none without an issuer. */
function grantsIn({ organizations, console: { oidc } }: PeopleConfig): readonly Grant[] {
  const [only] = organizations
  return (oidc?.grants ?? []).map(({ claim, value, policy, organization = only?.id ?? '' }) => {
    const id = organizationId(organization)
    if (policy === 'administer')
      return { claim, value, organizationId: id, policy: administratorPolicy(id, NO_IMPERSONATION) }
    if (policy === 'read') return { claim, value, organizationId: id, policy: auditorPolicy(id) }
    return { claim, value, organizationId: id, policy }
  })
}

const NO_IMPERSONATION = { mayImpersonate: false }

/** Adds the readiness check of an issuer, and log lines when it fails and when it responds again. */
function watched(issuer: Issuer, { health, log }: Readonly<{ health: Health; log: Log }>): Issuer {
  let trouble: IssuerUnavailable | undefined
  let rejectedAt = Number.NEGATIVE_INFINITY
  const failed = (error: unknown): never => {
    if (error instanceof IssuerUnavailable) {
      if (trouble === undefined)
        log.error({ err: error }, "The issuer doesn't respond; people can't sign in to the console")
      trouble = error
    }
    throw error
  }
  const responded = () => {
    if (trouble) log.info({}, 'The issuer responds again')
    trouble = undefined
  }
  const rejected = (cause: Error) => {
    if (performance.now() < rejectedAt + LOG_INTERVAL_MS) return
    rejectedAt = performance.now()
    log.warn(
      { err: cause },
      'A sign-in was rejected, because the response of the issuer is not valid',
    )
  }
  health.add('issuer', {
    kinds: ['ready'],
    degrades: true,
    check: () => {
      if (trouble) throw trouble
    },
  })
  return {
    challenge: () => issuer.challenge(),
    authorizationUrl: challenge => issuer.authorizationUrl(challenge).catch(failed),
    redeem: async (query, challenge) => {
      const answer = await issuer.redeem(query, challenge).catch(failed)
      responded()
      if (answer.kind === 'rejected') rejected(answer.cause)
      return answer
    },
    refresh: async token => {
      const answer = await issuer.refresh(token).catch(failed)
      responded()
      return answer
    },
    signOutUrl: token => issuer.signOutUrl(token).catch(failed),
  }
}
