/**
 * The steps of a check with the gateway's own account: credentials, the right to impersonate, and
 * the neutral mailbox.
 *
 * @module
 */

import { type EwsResponse, receiveResponse } from '../ews/response-reader.ts'
import { Failure } from '../model/failure.ts'
import type { Authentication } from './authentication.ts'
import { allowing, failed } from './check-connection.ts'
import type { CheckLine, CheckOptions, Upstream, UpstreamRequest } from './upstream.ts'

type Sender = Pick<Upstream, 'send'>
type Kind = Authentication['kind']

/** The response code of opening an inbox, or why there is none. */
type Opening = Readonly<{ code: string } | { failure: Failure }>

const DENIED = ['ErrorImpersonateUserDenied', 'ErrorImpersonationDenied']
const MISSING = [
  'ErrorNonExistentMailbox',
  'ErrorCannotFindUser',
  'ErrorMissingInformationEmailAddress',
  'ErrorMailboxNotFound',
]

/**
 * With an address to impersonate or a neutral mailbox; with neither, only the credentials are
 * tried, by a request as the service account itself.
 */
export async function checkMailboxes(
  upstream: Sender,
  kind: Kind,
  options: CheckOptions,
): Promise<CheckLine[]> {
  const { impersonate, neutralMailbox, serviceAddress, deadlineMs } = options
  const first = impersonate ?? neutralMailbox ?? serviceAddress
  const opening = await open(upstream, first, deadlineMs)
  const credentials = judgeCredentials(kind, opening)
  if (credentials.result === 'failed' || 'failure' in opening) return [credentials]

  const impersonation = judgeImpersonation(first, opening.code, options)
  if (impersonation.result === 'failed') return [credentials, impersonation]
  const neutral =
    neutralMailbox === undefined || first === neutralMailbox
      ? opening
      : await open(upstream, neutralMailbox, deadlineMs)
  return [credentials, impersonation, judgeNeutral(neutralMailbox, neutral)]
}

function judgeCredentials(kind: Kind, opening: Opening): CheckLine {
  const name = 'credentials'
  if (!('failure' in opening)) {
    return { name, result: 'ok', detail: `the account is taken, by ${kind}` }
  }
  const { reason, message, cause } = opening.failure
  const why = cause instanceof Error && cause.message ? `${message} (${cause.message})` : message
  if (reason === 'upstream-refused-credentials') return failed(name, why, CREDENTIAL_ADVICE[kind])
  return failed(
    name,
    why,
    'Look whether upstream.url is that of Exchange.asmx, and into the logs of the server.',
  )
}

export const CREDENTIAL_ADVICE = {
  basic: `Correct user name or password, unlock the account, or run: ${allowing('basic')}`,
  ntlm: `Correct user name or password, or unlock the account. With Extended Protection the server must end TLS itself, or share its certificate with what does. Windows authentication: ${allowing('ntlm')}`,
  oauth: `Correct clientId, clientSecret or scope, or run: ${allowing('oauth')}`,
} as const satisfies Record<Kind, string>

function judgeImpersonation(address: string, code: string, options: CheckOptions): CheckLine {
  const { impersonate, neutralMailbox, serviceAddress } = options
  const name = 'impersonation'
  if (impersonate === undefined && neutralMailbox === undefined) {
    return { name, result: 'skipped', detail: 'nobody to impersonate: give --as ADDRESS' }
  }
  if (DENIED.includes(code)) {
    return failed(
      name,
      `the account may not impersonate ${address} (${code})`,
      `Run: New-ManagementRoleAssignment -Name ews-gateway -Role ApplicationImpersonation -User ${quoted(serviceAddress)}`,
    )
  }
  if (code === 'NoError') return { name, result: 'ok', detail: `may impersonate ${address}` }
  if (MISSING.includes(code) && impersonate === undefined) {
    return { name, result: 'skipped', detail: 'not to be seen without the neutral mailbox' }
  }
  return failed(
    name,
    `${address} cannot be impersonated (${code})`,
    MISSING.includes(code)
      ? 'Name an address that has a mailbox on this server.'
      : 'Look for this code in the documentation of the server.',
  )
}

function judgeNeutral(address: string | undefined, opening: Opening): CheckLine {
  const name = 'neutral mailbox'
  if (address === undefined) return { name, result: 'skipped', detail: 'none is configured' }
  if ('failure' in opening) {
    return failed(name, opening.failure.message, 'Run the check again.')
  }
  if (opening.code === 'NoError') return { name, result: 'ok', detail: `${address} can be opened` }
  return failed(
    name,
    `${address} cannot be opened (${opening.code})`,
    `Make it: New-Mailbox -Shared -Name ews-gateway-neutral -PrimarySmtpAddress ${quoted(address)}; or set neutralMailbox to one that there is.`,
  )
}

/** As PowerShell takes it for one word: an address may have an apostrophe in it. */
const quoted = (text: string) => `'${text.replaceAll("'", "''")}'`

/** Opens the inbox of an address, as the user who has it. */
async function open(upstream: Sender, address: string, deadlineMs: number): Promise<Opening> {
  const { response, sink } = receiveResponse('GetFolder')
  const exchange = upstream.send(openingRequest(address, deadlineMs), sink)
  const timer = setTimeout(() => sink.fail(late()), deadlineMs)
  try {
    return { code: codeOf(await response) }
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    return { failure: error }
  } finally {
    clearTimeout(timer)
    exchange.abort()
  }
}

function openingRequest(address: string, deadlineMs: number): UpstreamRequest {
  const body = Buffer.from(getFolder(address), 'utf8')
  return {
    body,
    contentLength: body.length,
    anchorMailbox: address,
    preferServerAffinity: false,
    cookies: new Map(),
    compress: false,
    replayable: true,
    headersTimeoutMs: deadlineMs,
    bodyTimeoutMs: deadlineMs,
  }
}

const codeOf = ({ fault, messages: [message] }: EwsResponse): string =>
  fault?.code ?? message?.code ?? 'a response without a code'

const late = () => new Failure('upstream-timeout', 'The upstream did not answer in time')

const getFolder = (address: string) =>
  '<?xml version="1.0" encoding="utf-8"?>' +
  '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"' +
  ' xmlns:m="http://schemas.microsoft.com/exchange/services/2006/messages"' +
  ' xmlns:t="http://schemas.microsoft.com/exchange/services/2006/types">' +
  '<s:Header><t:RequestServerVersion Version="Exchange2013"/><t:ExchangeImpersonation>' +
  `<t:ConnectingSID><t:PrimarySmtpAddress>${escaped(address)}</t:PrimarySmtpAddress></t:ConnectingSID>` +
  '</t:ExchangeImpersonation></s:Header><s:Body><m:GetFolder>' +
  '<m:FolderShape><t:BaseShape>IdOnly</t:BaseShape></m:FolderShape>' +
  '<m:FolderIds><t:DistinguishedFolderId Id="inbox"/></m:FolderIds></m:GetFolder></s:Body></s:Envelope>'

const escaped = (text: string) =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
