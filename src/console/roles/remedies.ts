/**
 * Advice to the administrator when a request of a new tool is denied.
 *
 * @module
 */

import { EXTRA_READS } from './extra-reads.ts'

const RULES = 'Edit the rules of the role, or impersonate a user that they allow.'
const ACTIONS =
  'Turn off this function in the tool. If the role should permit it, edit the role, and change the permitted actions under Guard.'
const EXTRA_READ =
  'If the tool needs this, edit the role, and add the operation to the additional read operations under Guard.'
const READ =
  'Turn off this function in the tool, if it works without it. Only a role with full access can use this operation, although it only reads.'
const UPSTREAM = 'On the Overview page, check the status of the Exchange server.'

const REMEDIES: Readonly<Record<string, string>> = {
  'credentials-refused':
    'Copy the user name and the password again. If you lost the password, create another access key.',
  'impersonation-missing':
    'Turn on impersonation in the tool. If the tool has no such setting, add the mailbox to the user name: address|access-key-id or address;access-key-id.',
  'impersonation-ambiguous':
    'Configure the tool to name the user with one identifier, such as the address.',
  'impersonation-conflict':
    'Configure the tool to name the same user in the impersonation header and in the address of its user name (address|access-key-id), or in only one of them.',
  'unknown-user':
    'Check the address. If the user is missing, create or import the user. If the user is disabled, enable the user.',
  'no-rule-allows': RULES,
  'rule-denies': RULES,
  'access-control-denies': 'On the Access control page, test the rules with this source address.',
  'mailbox-protected':
    'If a role must reach the mailbox, add an exception with an end, or remove the user from the protected mailboxes.',
  'role-locked': 'Unlock the role.',
  'role-expired': 'Edit the role, and change Valid from or Valid until.',
  'principal-expired': 'Edit the principal, and change Valid from or Valid until.',
  'role-is-read-only': 'If the tool must change data, use a role with full access.',
  'operation-refused': ACTIONS,
  'outside-profile':
    'If the tool needs this, choose another profile for the role, or change its operations.',
  'grant-refused': ACTIONS,
  'sender-refused':
    'Configure the tool to send as the impersonated user. Or edit the role, and change the permitted senders under Guard.',
  'foreign-mailbox':
    'Configure the tool to impersonate the owner of the mailbox. Or edit the role, and change the accessible mailboxes under Guard. If the upstream assigns the mailbox to several users, correct this on the upstream.',
  'envelope-malformed': 'Check that the tool sends EWS requests to the EWS URL.',
  'upstream-unreachable': UPSTREAM,
  'upstream-timeout': UPSTREAM,
  'upstream-refused-credentials': UPSTREAM,
}

/** Reads that read-only roles never have. */
export const FULL_ACCESS_READS: readonly string[] = [
  'EndSearchSession',
  'ExecuteSearch',
  'FindAvailableMeetingTimes',
  'FindMeetingTimeCandidates',
  'FindTags',
  'GetLastPrivateCatalogUpdate',
  'GetPasswordExpirationDate',
  'GetPhoneCallInformation',
  'GetPrivateCatalogAddIns',
  'GetSearchSuggestions',
  'GetSharingFolder',
  'GetSpecificUserConfiguration',
  'StartSearchSession',
]

/** Returns what ends a denial, and allows no more than that. */
export function remedyOf(reason: string | undefined, operation?: string): string {
  if (reason === undefined) return ''
  if (reason === 'operation-refused' && operation !== undefined) {
    if (EXTRA_READS.some(({ value }) => value === operation)) return EXTRA_READ
    if (FULL_ACCESS_READS.includes(operation)) return READ
  }
  return REMEDIES[reason] ?? 'For details, open the record of this request on the Audit page.'
}
