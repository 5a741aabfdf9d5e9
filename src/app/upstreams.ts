/**
 * Creates the upstreams of the configuration, and checks them.
 *
 * @module
 */

import { createHmac } from 'node:crypto'
import type { Config, OrganizationConfig } from '../config/schema.ts'
import type { MasterKey } from '../credentials/master-key.ts'
import type { Organization } from '../model/identity.ts'
import { Secret } from '../model/secret.ts'
import type { FleetStateStore } from '../store/store.ts'
import type { Authentication } from '../upstream/authentication.ts'
import { basicAuthentication } from '../upstream/basic.ts'
import type { SharedText } from '../upstream/credential-backoff.ts'
import { type ExchangeOptions, ExchangeUpstream } from '../upstream/exchange.ts'
import { ntlmAuthentication } from '../upstream/ntlm.ts'
import { ntlmAccount } from '../upstream/ntlm-message.ts'
import { oauthAuthentication } from '../upstream/oauth.ts'
import type { CheckLine, Upstream } from '../upstream/upstream.ts'
import { VERSION } from './version.ts'

/** Maximum time that a request waits for a connection to the upstream. */
const QUEUE_DEADLINE_MS = 30_000

/** Maximum time for each step of a check, unless the configured timeout is shorter. */
const CHECK_DEADLINE_MS = 10_000

type UpstreamConfig = OrganizationConfig['upstream']

/** Callbacks with which gateways share the state of the service account. */
type SharedState = Pick<ExchangeOptions, 'onStatus'> &
  Readonly<{
    /** Returns the shared text that records rejections of the account at a URL of the upstream. */
    rejectionsAt?: (url: string) => SharedText
  }>

/** Creates an upstream. @param shared - absent in commands, which share no state with gateways */
export function upstreamOf(
  { url, autodiscoverUrl, kind, authentication, connections, tls }: UpstreamConfig,
  { onStatus, rejectionsAt }: SharedState = {},
): Upstream {
  const at = (url: string) => ({ url, ...(rejectionsAt && { rejections: rejectionsAt(url) }) })
  return new ExchangeUpstream({
    ...at(url),
    server: kind,
    authentication: authenticationOf(authentication),
    connections,
    queueDeadlineMs: QUEUE_DEADLINE_MS,
    now: Date.now,
    userAgent: `ews-gateway/${VERSION}`,
    ...(tls && { tls }),
    ...(onStatus && { onStatus }),
    ...(autodiscoverUrl !== undefined && { autodiscover: at(autodiscoverUrl) }),
  })
}

/** Returns the shared text that records rejections of an account at a URL. */
export function rejectionsOf(
  store: FleetStateStore,
  masterKey: MasterKey,
  { url: ewsUrl, authentication }: UpstreamConfig,
  url = ewsUrl,
): SharedText {
  const account = Object.values(authentication).map(value =>
    value instanceof Secret ? value.reveal() : value,
  )
  // Computed at each use, because a rotation of the master key changes it.
  const key = () => `credentials:${fingerprint(masterKey, JSON.stringify([url, account]))}` as const
  return {
    read: () => store.fleetState(key()),
    replace: (text, before) => store.putFleetState(key(), text, before),
  }
}

/** Returns a fingerprint of a text. Without the master key, it reveals nothing about the text. */
const fingerprint = (masterKey: MasterKey, text: string) =>
  createHmac('sha256', masterKey.subkey('upstream-accounts')).update(text).digest('base64url')

/** Returns the maximum time for each step of a check. */
export const checkDeadlineMs = ({ timeouts }: Pick<Config, 'timeouts'>): number =>
  Math.min(CHECK_DEADLINE_MS, timeouts.upstreamSeconds * 1_000)

function authenticationOf(account: UpstreamConfig['authentication']): Authentication {
  switch (account.kind) {
    case 'basic':
      return basicAuthentication(account.username, account.password)
    case 'ntlm':
      return ntlmAuthentication(ntlmAccount(account))
    case 'oauth':
      return oauthAuthentication(account)
  }
}

/**
 * Checks an organization's upstream.
 *
 * @param impersonate - address of a user; the check opens their mailbox to verify that the account can impersonate
 * users
 */
export function checkOf(
  upstream: Upstream,
  config: Pick<Config, 'timeouts'>,
  organization: CheckedOrganization,
  impersonate: string | undefined,
): Promise<readonly CheckLine[]> {
  const { neutralMailbox, opaqueIds } = organization
  const [serviceAddress = ''] = organization.serviceAddresses
  return upstream.check({
    serviceAddress,
    opaqueIds: opaqueIds === 'allow' ? opaqueIds : 'refuse',
    deadlineMs: checkDeadlineMs(config),
    ...(neutralMailbox !== undefined && { neutralMailbox }),
    ...(impersonate !== undefined && { impersonate }),
  })
}

type CheckedOrganization = Pick<Organization, 'serviceAddresses' | 'neutralMailbox' | 'opaqueIds'>
