/**
 * The faults that a client gets, in the exact frame of Exchange.
 *
 * The declaration stands at byte 0 and the code in `detail/ResponseCode`, for clients look there
 * and nowhere else. The words are the same for every reason with the same code.
 *
 * @module
 */

import type { Reason } from '../model/decision.ts'
import { ERRORS_NS, SOAP_NS, TYPES_NS } from '../model/envelope.ts'
import { escapeXml } from './text.ts'

/** Attributes of the ServerVersionInfo header; clients learn the version from it. */
export type ServerVersionInfo = Readonly<{
  majorVersion: number
  minorVersion: number
  majorBuildNumber: number
  minorBuildNumber: number
  version: string
}>

export type FaultFacts = Readonly<{
  reason: Reason
  decisionId: string
  /** Only for reasons that mean "busy". */
  backOffMs?: number
  /** Added to the words of a code, where its reason allows that: what to do about it. */
  hint?: string
  serverVersion?: ServerVersionInfo
}>

const DENIED = 'ErrorImpersonateUserDenied'
const REFUSED = 'ErrorAccessDenied'
const HEADER = 'ErrorInvalidExchangeImpersonationHeaderData'
const SCHEMA = 'ErrorSchemaValidation'
const BUSY = 'ErrorServerBusy'

const CODES = {
  'no-rule-allows': DENIED,
  'rule-denies': DENIED,
  'unknown-user': DENIED,
  'access-control-denies': DENIED,
  'role-locked': DENIED,
  'role-unknown': DENIED,
  'role-not-permitted': DENIED,
  'role-ambiguous': DENIED,
  'role-is-read-only': REFUSED,
  'operation-refused': REFUSED,
  'operation-unknown': REFUSED,
  'push-subscription': REFUSED,
  'foreign-mailbox': REFUSED,
  'grant-refused': REFUSED,
  'sender-refused': REFUSED,
  'header-refused': REFUSED,
  'foreign-subscription': 'ErrorSubscriptionNotFound',
  'impersonation-missing': HEADER,
  'impersonation-ambiguous': HEADER,
  'envelope-malformed': SCHEMA,
  'encoding-refused': SCHEMA,
  'body-too-large': 'ErrorMessageSizeExceeded',
  'policy-unavailable': BUSY,
  'audit-unavailable': BUSY,
  'over-budget': BUSY,
  'upstream-unreachable': BUSY,
  'upstream-refused-credentials': BUSY,
  'upstream-timeout': 'ErrorTimeoutExpired',
  'client-gone': 'ErrorInternalServerError',
  'internal-error': 'ErrorInternalServerError',
} as const satisfies Record<Reason, string>

type ResponseCode = (typeof CODES)[Reason]

const WORDS = {
  ErrorImpersonateUserDenied:
    'The account does not have permission to impersonate the requested user.',
  ErrorAccessDenied: 'Access is denied. Check credentials and try again.',
  ErrorSubscriptionNotFound: 'The specified subscription was not found.',
  ErrorInvalidExchangeImpersonationHeaderData:
    'An ExchangeImpersonation SOAP header must contain a user principal name, user SID, or primary SMTP address.',
  ErrorSchemaValidation: 'The request failed schema validation.',
  ErrorMessageSizeExceeded: 'The message exceeds the maximum supported size.',
  ErrorServerBusy: 'The server cannot service this request right now. Try again later.',
  ErrorTimeoutExpired: 'The request timed out.',
  ErrorInternalServerError: 'An internal server error occurred. The operation failed.',
} as const satisfies Record<ResponseCode, string>

/** The EWS ResponseCode of a reason. */
export const responseCodeOf = (reason: Reason): string => CODES[reason]

/** Writes the fault, as text that begins with its XML declaration. */
export function writeFault(facts: FaultFacts): string {
  const code = CODES[facts.reason]
  const words = escapeXml([WORDS[code], facts.hint].filter(Boolean).join(' '))
  return (
    `<?xml version="1.0" encoding="utf-8"?><s:Envelope xmlns:s="${SOAP_NS}">` +
    header(facts.serverVersion) +
    `<s:Body><s:Fault><faultcode xmlns:a="${TYPES_NS}">a:${code}</faultcode>` +
    `<faultstring xml:lang="en-US">${words}</faultstring><detail>` +
    `<e:ResponseCode xmlns:e="${ERRORS_NS}">${code}</e:ResponseCode>` +
    `<e:Message xmlns:e="${ERRORS_NS}">${words}</e:Message>` +
    `<t:MessageXml xmlns:t="${TYPES_NS}">${values(facts)}</t:MessageXml>` +
    '</detail></s:Fault></s:Body></s:Envelope>'
  )
}

function header(version: ServerVersionInfo | undefined): string {
  if (version === undefined) return ''
  return (
    `<s:Header><h:ServerVersionInfo xmlns:h="${TYPES_NS}" MajorVersion="${version.majorVersion}"` +
    ` MinorVersion="${version.minorVersion}" MajorBuildNumber="${version.majorBuildNumber}"` +
    ` MinorBuildNumber="${version.minorBuildNumber}" Version="${escapeXml(version.version)}"/></s:Header>`
  )
}

function values({ backOffMs, decisionId }: FaultFacts): string {
  const value = (name: string, text: string) =>
    `<t:Value Name="${name}">${escapeXml(text)}</t:Value>`
  const backOff = backOffMs === undefined ? '' : value('BackOffMilliseconds', String(backOffMs))
  return backOff + value('DecisionId', decisionId)
}
