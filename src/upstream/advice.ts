/**
 * Advice for an operator after a check of the upstream failed, with commands for the kind of server.
 *
 * @module
 */

import type { ServerKind } from '../model/server-kind.ts'
import type { Authentication } from './authentication.ts'

/** Kind of account with which the gateway signs in. */
export type Account = Authentication['kind']

/** Advice that is the same for all kinds of servers. */
export const ADVICE = {
  name: 'Correct the host in upstream.url, or its entry in the DNS.',
  tcp: 'Correct the port in upstream.url, start the server, or open the firewall.',
  server: 'Check the logs of the server, and of proxies in front of it.',
  path: 'Correct the path in upstream.url: it is /EWS/Exchange.asmx.',
} as const

/** Authentication scheme that each kind of account needs, and the parameter of Exchange that enables it. */
export const SCHEMES = {
  basic: { scheme: 'basic', parameter: 'BasicAuthentication' },
  ntlm: { scheme: 'ntlm', parameter: 'WindowsAuthentication' },
  oauth: { scheme: 'bearer', parameter: 'OAuthAuthentication' },
} as const satisfies Record<Account, unknown>

/** Returns the command that makes Exchange accept a kind of account. */
const allowing = (account: Account) =>
  `Set-WebServicesVirtualDirectory -Identity 'SERVER\\EWS (Default Web Site)' -${SCHEMES[account].parameter} $true`

/** Advice if the server does not offer the scheme that the account needs. */
export const SCHEME_ADVICE = {
  exchange: account =>
    `Set authentication.kind to one that the server offers, or run: ${allowing(account)}`,
  grommunio: () => 'Set authentication.kind: basic, which grommunio offers.',
  other: () =>
    'Set authentication.kind to one that the server offers, or enable this one on the server.',
} as const satisfies Record<ServerKind, (account: Account) => string>

const CORRECTIONS = {
  basic: 'Correct user name or password, or unlock the account',
  ntlm: 'Correct user name or password, or unlock the account. With Extended Protection, the server must terminate TLS itself, or a proxy that does must have the same certificate',
  oauth: 'Correct clientId, clientSecret or scope',
} as const satisfies Record<Account, string>

/** Returns advice if the server rejects the account. @param then - sentence about what to do after the correction */
export function credentialAdvice(account: Account, server: ServerKind, then = ''): string {
  const correction = `${CORRECTIONS[account]}.${then}`
  if (server !== 'exchange') return correction
  return `${correction} Or make Exchange accept the account: ${allowing(account)}`
}

/** Advice if the server's Autodiscover returns no GroupingInformation. */
export const AUTODISCOVER_ADVICE = {
  url: 'Check that upstream.autodiscoverUrl is the URL of autodiscover.svc, and check the logs of the server. Or remove the key.',
  none: 'Try another mailbox of this server with --as ADDRESS. If it has no GroupingInformation either, remove upstream.autodiscoverUrl.',
} as const

/** Returns advice if the server's Autodiscover rejects the account, which EWS accepts. */
export const autodiscoverCredentialAdvice = (account: Account): string =>
  `Let Autodiscover accept the account: Set-AutodiscoverVirtualDirectory -Identity 'SERVER\\Autodiscover (Default Web Site)' -${SCHEMES[account].parameter} $true`

/** Advice if the account has no right to impersonate an address. */
export const IMPERSONATION_ADVICE = {
  exchange: serviceAddress =>
    `Run: New-ManagementRoleAssignment -Name ews-gateway -Role ApplicationImpersonation -User ${quoted(serviceAddress)}`,
  grommunio: (serviceAddress, address) =>
    `Run: grommunio-admin exmdb ${quotedForShell(address)} folder grant 0x9 ${quotedForShell(serviceAddress)} 0x2000`,
  other: serviceAddress =>
    `Give ${serviceAddress} the right to impersonate, in the administration of the server.`,
} as const satisfies Record<ServerKind, (serviceAddress: string, address: string) => string>

/** Returns advice if the neutral mailbox can't be opened. */
export function neutralAdvice(address: string, server: ServerKind): string {
  const other = 'or set neutralMailbox to an existing mailbox.'
  if (server !== 'exchange') return `Create a user with this address on the server, ${other}`
  const command = `New-Mailbox -Shared -Name ews-gateway-neutral -PrimarySmtpAddress ${quoted(address)}`
  return `Create it: ${command}; ${other}`
}

/** Returns text as one word of PowerShell. An address can contain an apostrophe. */
const quoted = (text: string) => `'${text.replaceAll("'", "''")}'`

/** Returns text as one word of a POSIX shell. */
const quotedForShell = (text: string) => `'${text.replaceAll("'", "'\\''")}'`
