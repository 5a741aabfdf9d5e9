/**
 * The upstreams of the configuration, each with the account that it names.
 *
 * @module
 */

import type { Config, OrganizationConfig } from '../config/schema.ts'
import type { Authentication } from '../upstream/authentication.ts'
import { basicAuthentication } from '../upstream/basic.ts'
import { ExchangeUpstream } from '../upstream/exchange.ts'
import { ntlmAuthentication } from '../upstream/ntlm.ts'
import { ntlmAccount } from '../upstream/ntlm-message.ts'
import { oauthAuthentication } from '../upstream/oauth.ts'
import type { CheckLine, Upstream } from '../upstream/upstream.ts'
import { VERSION } from './version.ts'

/** How long a request waits for a connection to the upstream. */
const QUEUE_DEADLINE_MS = 30_000

/** For each step of a check, where the configuration does not say less. */
const CHECK_DEADLINE_MS = 10_000

type UpstreamConfig = OrganizationConfig['upstream']

export function upstreamOf({ url, authentication, connections, tls }: UpstreamConfig): Upstream {
  return new ExchangeUpstream({
    url,
    authentication: authenticationOf(authentication),
    connections,
    queueDeadlineMs: QUEUE_DEADLINE_MS,
    now: Date.now,
    userAgent: `ews-gateway/${VERSION}`,
    ...(tls && { tls }),
  })
}

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
 * @param impersonate - whose mailbox is opened to see whether the account may impersonate
 */
export function checkOf(
  upstream: Upstream,
  { timeouts }: Pick<Config, 'timeouts'>,
  { serviceAddresses: [serviceAddress = ''], neutralMailbox }: CheckedOrganization,
  impersonate: string | undefined,
): Promise<readonly CheckLine[]> {
  return upstream.check({
    serviceAddress,
    deadlineMs: Math.min(CHECK_DEADLINE_MS, timeouts.upstreamSeconds * 1_000),
    ...(neutralMailbox !== undefined && { neutralMailbox }),
    ...(impersonate !== undefined && { impersonate }),
  })
}

type CheckedOrganization = Readonly<{
  serviceAddresses: readonly string[]
  neutralMailbox?: string
}>
