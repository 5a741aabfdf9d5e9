/**
 * Steps of a check with the gateway's own account: credentials, the right to impersonate, and the neutral
 * mailbox.
 *
 * @module
 */

import { type EwsResponse, NO_MAILBOX, NOT_IMPERSONATED } from '../ews/response-reader.ts'
import { Failure } from '../model/failure.ts'
import { credentialAdvice, IMPERSONATION_ADVICE, neutralAdvice } from './advice.ts'
import { ask } from './ask.ts'
import { type Endpoint, failed } from './check-connection.ts'
import { checkIds, checkKind, type Shown } from './check-server.ts'
import type { CheckLine, CheckOptions, Upstream } from './upstream.ts'

type Sender = Pick<Upstream, 'send'>
type At = Pick<Endpoint, 'account' | 'server'>

/** Result of opening an inbox: the response code and facts about the server, or a failure. */
type Opened = Shown & Readonly<{ code: string }>
type Opening = Opened | Readonly<{ failure: Failure }>

/**
 * Checks that the account can impersonate an address, or use the neutral mailbox. Without either, it checks only
 * the credentials, with a request as the service account.
 */
export async function checkMailboxes(
  upstream: Sender,
  at: At,
  options: CheckOptions,
): Promise<readonly CheckLine[]> {
  const { impersonate, neutralMailbox, serviceAddress, deadlineMs } = options
  const first = impersonate ?? neutralMailbox ?? serviceAddress
  const opening = await open(upstream, first, deadlineMs)
  if ('failure' in opening) return [credentialsFailed(at, opening.failure)]

  const lines = upToFailed([
    {
      name: 'credentials',
      result: 'ok',
      detail: `the server accepts the account, with authentication.kind ${at.account}`,
    },
    checkKind(at.server, opening),
    checkImpersonation(first, opening.code, { ...options, ...at }),
    checkIds(options.opaqueIds, opening),
  ])
  if (lines.at(-1)?.result === 'failed') return lines
  const isOpen = neutralMailbox === undefined || first === neutralMailbox
  const neutral = isOpen ? opening : await open(upstream, neutralMailbox, deadlineMs)
  return [...lines, checkNeutral(neutralMailbox, neutral, at)]
}

function upToFailed(lines: readonly CheckLine[]): readonly CheckLine[] {
  const at = lines.findIndex(({ result }) => result === 'failed')
  return at === -1 ? lines : lines.slice(0, at + 1)
}

function credentialsFailed({ account, server }: At, failure: Failure): CheckLine {
  const { reason, message, cause } = failure
  const why = cause instanceof Error && cause.message ? `${message} (${cause.message})` : message
  const advice =
    reason === 'upstream-refused-credentials'
      ? credentialAdvice(account, server)
      : 'Check that upstream.url is the URL of Exchange.asmx, and check the logs of the server.'
  return failed('credentials', why, advice)
}

function checkImpersonation(
  address: string,
  code: string,
  options: CheckOptions & Pick<At, 'server'>,
): CheckLine {
  const { impersonate, neutralMailbox, serviceAddress, server } = options
  const name = 'impersonation'
  if (impersonate === undefined && neutralMailbox === undefined) {
    return { name, result: 'skipped', detail: 'no user to impersonate: use --as ADDRESS' }
  }
  if (NOT_IMPERSONATED.includes(code)) {
    return failed(
      name,
      `the account may not impersonate ${address} (${code})`,
      IMPERSONATION_ADVICE[server](serviceAddress, address),
    )
  }
  if (code === 'NoError') return { name, result: 'ok', detail: `may impersonate ${address}` }
  if (NO_MAILBOX.includes(code) && impersonate === undefined) {
    return { name, result: 'skipped', detail: 'cannot be checked without the neutral mailbox' }
  }
  return failed(
    name,
    `${address} cannot be impersonated (${code})`,
    NO_MAILBOX.includes(code)
      ? 'Name an address that has a mailbox on this server.'
      : 'Look up this code in the documentation of the server.',
  )
}

function checkNeutral(address: string | undefined, opening: Opening, { server }: At): CheckLine {
  const name = 'neutral mailbox'
  if (address === undefined) return { name, result: 'skipped', detail: 'none is configured' }
  if ('failure' in opening) {
    return failed(name, opening.failure.message, 'Run the check again.')
  }
  if (opening.code === 'NoError') return { name, result: 'ok', detail: `${address} can be opened` }
  return failed(
    name,
    `${address} cannot be opened (${opening.code})`,
    neutralAdvice(address, server),
  )
}

/** Opens the inbox of an address, impersonating its user. */
async function open(upstream: Sender, address: string, deadlineMs: number): Promise<Opening> {
  const body = Buffer.from(getFolder(address))
  try {
    const question = { operation: 'GetFolder', body, address, deadlineMs } as const
    const { response, status } = await ask(upstream, question)
    const folderId = response.messages[0]?.folderIds[0]
    const isFaultWith200 = response.fault !== undefined && status === 200
    return { code: codeOf(response), folderId, isFaultWith200 }
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    return { failure: error }
  }
}

const codeOf = ({ fault, messages: [message] }: EwsResponse): string =>
  fault?.code ?? message?.code ?? 'a response without a code'

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
