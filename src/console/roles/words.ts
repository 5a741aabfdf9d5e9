/**
 * Texts for values of the API, such as role types, reasons, and checks.
 *
 * @module
 */

import type { CheckName, Effect, RoleType, Rule } from '../api/roles.ts'

export const TYPES: Readonly<Record<RoleType | 'NONE', string>> = {
  FULL_ACCESS: 'Full access',
  READ_ONLY: 'Read-only',
  NONE: 'No access',
}

export const TYPE_MEANING: Readonly<Record<RoleType, string>> = {
  FULL_ACCESS: 'Tools can read, change, delete, and send items as the user.',
  READ_ONLY: "Tools can read and export items, but can't change anything in a mailbox.",
}

export const EFFECTS: Readonly<Record<Effect, string>> = { ALLOW: 'Allow', DENY: 'Deny' }

export const TAKES_EFFECT =
  'Tests use the change immediately. Gateways normally apply it within a second, and at most after five minutes.'

/** Returns the name of a rule, or its ID if it has no name. */
export const nameOfRule = ({ Name, ImpersonationRuleId }: Rule) => Name ?? ImpersonationRuleId

/** Kind of the users that a rule matches. */
export type Condition = 'all' | 'selected' | 'others' | 'both'

export function conditionOf(rule: Rule): Condition {
  const isOnly = rule.TargetUsers !== undefined || rule.TargetGroups !== undefined
  const isNot = rule.NotTargetUsers !== undefined || rule.NotTargetGroups !== undefined
  if (isOnly && isNot) return 'both'
  if (isOnly) return 'selected'
  return isNot ? 'others' : 'all'
}

export const isAllowAll = (rule: Rule): boolean =>
  rule.Effect === 'ALLOW' && conditionOf(rule) === 'all'

/** Why a request was denied, rejected, or failed. */
export const REASONS: Readonly<Record<string, string>> = {
  'no-rule-allows': 'No Allow rule of the role matches this user',
  'rule-denies': 'A Deny rule of the role matches this user',
  'unknown-user': 'The user is unknown, disabled, or an account that the gateway itself uses',
  'mailbox-protected': 'The mailbox is protected, and the role has no exception',
  'access-control-denies': 'The access control rules deny this request',
  'role-locked': 'The role is locked',
  'role-expired': 'The role is not valid at this time',
  'principal-expired': 'The principal is not valid at this time',
  'role-unknown': "The role doesn't exist",
  'role-not-permitted': "The policy of the principal doesn't allow it to assume this role",
  'role-ambiguous':
    'The request names no role, and the policy of the principal does not name exactly one',
  'role-is-read-only': 'The role is read-only, and this operation changes data',
  'operation-refused':
    'The guard of the role does not permit this operation, or roles of its type cannot use it',
  'operation-unknown': 'The operation is not supported',
  'outside-profile': 'The profile of the role does not allow this operation, folder, or item',
  'push-subscription': 'Push subscriptions are not supported',
  'foreign-mailbox':
    'The request names a mailbox that is not among the accessible mailboxes in the guard of the role',
  'grant-refused':
    'The request grants access to other users, and the guard of the role does not permit this action',
  'sender-refused':
    'The request sends as a user that the guard of the role does not permit, or the sender cannot be determined',
  'header-refused': 'The request has a SOAP header that is not allowed',
  'foreign-subscription':
    'The subscription is unknown, belongs to another tool, or includes a mailbox that the role cannot access',
  'impersonation-missing': 'The request names no user to impersonate, but this operation needs one',
  'impersonation-ambiguous': 'The impersonation header names more than one user, or is invalid',
  'impersonation-conflict':
    'The impersonation header and the address in the user name (address|access-key-id) name different users, or one of them is unknown',
  'envelope-malformed': 'The request is not a valid SOAP envelope with one operation',
  'encoding-refused': 'The request is not plain UTF-8 of the type text/xml',
  'body-too-large': 'The request is too large',
  'policy-unavailable': 'The gateway could not read current policy data',
  'audit-unavailable': 'The gateway could not write the audit record',
  'over-budget': 'The tool sent too many requests, or the gateway is overloaded',
  'upstream-unreachable': 'The server did not respond, or its response was not EWS',
  'upstream-refused-credentials': "The server rejected the gateway's account",
  'upstream-timeout': 'The server did not respond in time',
  'credentials-refused': 'The access key or the token is wrong, disabled, or expired',
  'client-gone': 'The client closed the connection before the request was complete',
  'internal-error': 'An unexpected error occurred in the gateway',
}

/** Returns a sentence with the reason, and its code for the documentation and filters. */
export const reasonInWords = (reason: string | undefined): string => {
  if (reason === undefined) return ''
  const text = REASONS[reason]
  return text === undefined ? reason : `${text} (${reason}).`
}

/** Verdicts of a test. */
export const VERDICTS = {
  ALLOW: 'Allowed',
  DENY: 'Denied',
  UNKNOWN: 'Depends on the server',
} as const

/** Results of checks, shown after the name of the check. */
export const CHECK_RESULTS = {
  PASS: 'passed',
  REFUSE: 'denied',
  NOT_MADE: 'not evaluated',
  UNKNOWN: 'depends on the server',
} as const

/** Names of checks, in noun form. */
export const CHECKS: Readonly<Record<CheckName, string>> = {
  PrincipalTime: 'Validity of the principal',
  CallerPolicy: 'Policy of the principal',
  Lock: 'Lock of the role',
  RoleTime: 'Validity of the role',
  AccessControl: 'Access control rules',
  Operation: 'Operation',
  RoleType: 'Role type',
  Profile: 'Profile',
  Target: 'User named by the request',
  Impersonation: 'Rules of the role',
  Protection: 'Protected mailboxes',
  SharedMailbox: 'Owner of the mailbox',
  Body: 'Guard of the role, which limits mailboxes and actions',
  FolderClasses: 'Folders and items of the profile',
}

/** Suggested operations. Users can enter any other operation. */
export const OPERATIONS = [
  'GetItem',
  'FindItem',
  'GetFolder',
  'FindFolder',
  'SyncFolderItems',
  'SyncFolderHierarchy',
  'GetAttachment',
  'ExportItems',
  'CreateItem',
  'UpdateItem',
  'SendItem',
  'MoveItem',
  'DeleteItem',
  'UploadItems',
  'CreateFolder',
  'DeleteFolder',
  'Subscribe',
  'GetUserAvailability',
  'ResolveNames',
  'UpdateInboxRules',
  'AddDelegate',
]
