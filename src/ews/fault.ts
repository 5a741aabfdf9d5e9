/**
 * Writes the faults that clients get, in the exact frame of Exchange.
 *
 * The XML declaration is at byte 0, and the code is in `detail/ResponseCode`, because clients look only there. The
 * text is the same for all reasons with the same code.
 *
 * @module
 */

import type { Reason } from '../model/decision.ts'
import { ERRORS_NS, SOAP_NS, TYPES_NS } from '../model/envelope.ts'
import type { FaultAnswer, ResponseCode } from '../model/failure-table.ts'
import type { ServerVersion } from '../model/server-version.ts'
import { escapeXml } from '../xml/text.ts'

export type FaultFacts = Readonly<{
  reason: Reason
  answer: FaultAnswer
  decisionId: string
  /** Message of the failure. The client receives it only if {@link EXPLAINED} contains the reason. */
  message?: string
  serverVersion?: ServerVersion
}>

/** Maximum number of characters of a failure's message that a client gets. */
const MAX_MESSAGE_LENGTH = 256

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

/**
 * Additional text for clients by reason. Reasons that depend on the user have no additional text, so that a client
 * can't find out which users exist. ErrorServerBusy has none either, because a client compares its text.
 */
const MORE: Partial<Record<Reason, string>> = {
  'role-is-read-only': 'The role is read-only.',
  'outside-profile': "The profile of the role doesn't allow the request.",
  'operation-refused': 'The role does not allow this operation.',
  'operation-unknown': 'The operation is not supported.',
  'push-subscription': 'Push subscriptions are not supported. Use pull or streaming subscriptions.',
  'foreign-mailbox':
    'The role does not allow a mailbox that the request names, or the mailbox of an ID cannot be determined.',
  'grant-refused': 'The request grants access to other users, which the role does not allow.',
  'sender-refused':
    'The request sends as another user, which the role does not allow, or its sender cannot be determined.',
}

/** Added to the text if the upstream may have run an operation that changes something. */
const MAY_HAVE_RUN =
  'The server may have carried out the operation. Check the result before you send it again.'

/** Reasons for which the client receives the failure's own message about what is wrong with the request. */
const EXPLAINED: ReadonlySet<Reason> = new Set([
  'role-locked',
  'role-ambiguous',
  'header-refused',
  'impersonation-missing',
  'impersonation-ambiguous',
  'envelope-malformed',
  'encoding-refused',
  'body-too-large',
])

/** Writes the fault, as text that begins with its XML declaration. */
export function writeFault(facts: FaultFacts): string {
  const { code } = facts.answer
  const text = escapeXml(messageOf(facts))
  return (
    `<?xml version="1.0" encoding="utf-8"?><s:Envelope xmlns:s="${SOAP_NS}">` +
    header(facts.serverVersion) +
    `<s:Body><s:Fault><faultcode xmlns:a="${TYPES_NS}">a:${code}</faultcode>` +
    `<faultstring xml:lang="en-US">${text}</faultstring><detail>` +
    `<e:ResponseCode xmlns:e="${ERRORS_NS}">${code}</e:ResponseCode>` +
    `<e:Message xmlns:e="${ERRORS_NS}">${text}</e:Message>` +
    `<t:MessageXml xmlns:t="${TYPES_NS}">${values(facts)}</t:MessageXml>` +
    '</detail></s:Fault></s:Body></s:Envelope>'
  )
}

/** Returns the text of a denial or failure. */
export function messageOf({ reason, message, answer }: FaultFacts): string {
  const more = MORE[reason] ?? (EXPLAINED.has(reason) ? message?.slice(0, MAX_MESSAGE_LENGTH) : '')
  const words = WORDS[answer.code]
  if (answer.mayHaveRun) return `${words} ${MAY_HAVE_RUN}`
  return more ? `${words} ${more}` : words
}

/** Writes the SOAP header with the version of the upstream. Returns an empty text if the version is unknown. */
export function header(version: ServerVersion | undefined): string {
  if (version === undefined) return ''
  return (
    `<s:Header><h:ServerVersionInfo xmlns:h="${TYPES_NS}" MajorVersion="${version.majorVersion}"` +
    ` MinorVersion="${version.minorVersion}" MajorBuildNumber="${version.majorBuildNumber}"` +
    ` MinorBuildNumber="${version.minorBuildNumber}" Version="${escapeXml(version.version)}"/></s:Header>`
  )
}

function values({ answer: { backOffMs }, decisionId }: FaultFacts): string {
  const value = (name: string, text: string) =>
    `<t:Value Name="${name}">${escapeXml(text)}</t:Value>`
  const backOff = backOffMs === undefined ? '' : value('BackOffMilliseconds', String(backOffMs))
  return backOff + value('DecisionId', decisionId)
}
