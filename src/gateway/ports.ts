/**
 * Declares the dependencies and settings of the data plane.
 *
 * @module
 */

import type { Audit, PrincipalShares } from '../audit/audit.ts'
import type { PolicyHolder, PolicyWatch } from '../cache/cache.ts'
import type { Authenticator, TokenAnchors, TokenIssuer } from '../credentials/credentials.ts'
import type { ByteBudget } from '../http/byte-budget.ts'
import type { ListenerOptions } from '../http/listener.ts'
import type { Organization, OrganizationId } from '../model/identity.ts'
import type { SignInOffer } from '../model/sign-in.ts'
import type { AddressRange } from '../policy/address.ts'
import type { Log } from '../telemetry/log.ts'
import type { Metrics } from '../telemetry/metrics.ts'
import type { Traces } from '../traces/traces.ts'
import type { Upstream } from '../upstream/upstream.ts'
import type { Limits } from '../xml/limits.ts'
import type { ContentClasses } from './content-classes.ts'
import type { CookieSeal } from './cookies.ts'
import type { MailboxOwners } from './mailbox-owners.ts'
import type { PrologueMemory } from './remember.ts'
import type { Subscriptions } from './subscriptions.ts'

export type GatewayLimits = Limits &
  ListenerOptions['limits'] &
  Readonly<{
    /** Maximum size of a body without Content-Length. */
    gatheredBytes: number
    inFlightPerPrincipal: number
    inFlightPerRole: number
    /** Limits of requests per minute. An absent limit means that there is none. */
    requestsPerMinute: Readonly<{ principal?: number; role?: number; burst: number }>
  }>

/** Timeouts of the data plane, in milliseconds. */
export type GatewayTimeouts = Readonly<{
  headersMs: number
  bodyIdleMs: number
  upstreamMs: number
}>

export type GatewaySettings = Readonly<{
  limits: GatewayLimits
  timeouts: GatewayTimeouts
  /** Addresses of proxies whose X-Forwarded-For and X-Forwarded-Proto are trusted. */
  trustedPeers: readonly AddressRange[]
  tlsTerminatedBy: ListenerOptions['tlsTerminatedBy']
  /** Maximum age of the policy data that a decision uses, in milliseconds. */
  maxAgeMs: number
  /** Interval at which open requests are reevaluated, in milliseconds. */
  reevaluationMs: number
  /** How clients can sign in, by the host name of the request: in lower case and without a port. */
  offers: ReadonlyMap<string, SignInOffer>
  /** URL of the gateway for clients, used in `soap:address`. If absent, that of the request is used. */
  publicUrl?: string
}>

export type ServedOrganization = Readonly<{ organization: Organization; upstream: Upstream }>

export type GatewayPorts = Readonly<{
  settings: GatewaySettings
  organizations: ReadonlyMap<OrganizationId, ServedOrganization>
  authenticator: Authenticator
  tokens: TokenIssuer
  policy: PolicyHolder
  watch: PolicyWatch
  tokenAnchors: TokenAnchors
  subscriptions: Subscriptions
  audit: Audit
  journalShares: PrincipalShares
  metrics: Metrics
  log: Log
  /** Absent if no collector is configured. */
  traces?: Traces
  cookies: CookieSeal
  prologues: PrologueMemory
  mailboxOwners: MailboxOwners
  contentClasses: ContentClasses
  /** Bytes of clients and of the upstream that requests can hold. */
  budget: ByteBudget
  /** Returns the time in milliseconds since the epoch. */
  now: () => number
  /** Returns the present, which never goes back. */
  moment: () => Readonly<{ at: number; latest: number }>
}>
