/**
 * What the API's words are called on the page.
 *
 * @module
 */

import type { Effect, RoleType, Rule } from '../api/roles.ts'

export const TYPES: Readonly<Record<RoleType | 'NONE', string>> = {
  FULL_ACCESS: 'Full access',
  READ_ONLY: 'Read only',
  NONE: 'No access',
}

export const TYPE_MEANING: Readonly<Record<RoleType, string>> = {
  FULL_ACCESS: 'Read, change, delete and send, as the user could.',
  READ_ONLY: 'Look, copy and export. Nothing in a mailbox changes.',
}

export const EFFECTS: Readonly<Record<Effect, string>> = { ALLOW: 'Allow', DENY: 'Deny' }

export const TAKES_EFFECT =
  'The test answers from it already. Every gateway follows within a second, as a rule, and after five minutes at the latest.'

/** What a rule is called where it has no name. */
export const nameOfRule = ({ Name, ImpersonationRuleId }: Rule) => Name ?? ImpersonationRuleId

/** Whom a rule matches. */
export type Condition = 'everybody' | 'selected' | 'others' | 'both'

export function conditionOf(rule: Rule): Condition {
  const isOnly = rule.TargetUsers !== undefined || rule.TargetGroups !== undefined
  const isNot = rule.NotTargetUsers !== undefined || rule.NotTargetGroups !== undefined
  if (isOnly && isNot) return 'both'
  if (isOnly) return 'selected'
  return isNot ? 'others' : 'everybody'
}

export const isAllowAll = (rule: Rule): boolean =>
  rule.Effect === 'ALLOW' && conditionOf(rule) === 'everybody'

/** Why a request is refused, in a sentence. */
export const REASONS: Readonly<Record<string, string>> = {
  'no-rule-allows': 'No ALLOW rule of the role matches this user.',
  'rule-denies': 'A DENY rule of the role matches this user, and DENY wins.',
  'unknown-user': 'Nobody whom this role could impersonate is known by this name.',
  'access-control-denies': 'The access control rules do not let this request in.',
  'role-locked': 'The role is locked.',
  'role-unknown': 'There is no such role.',
  'role-not-permitted': 'The policy of the principal does not let it assume this role.',
  'role-ambiguous': 'The request does not say in which of several roles it acts.',
  'role-is-read-only': 'The role may only read, and this operation changes something.',
  'operation-refused': 'No role may call this operation.',
  'operation-unknown': 'EWS has no operation by this name.',
  'impersonation-missing': 'The request names nobody, and this operation needs somebody.',
  'impersonation-conflict': 'The request and the user name of the client name different users.',
  'foreign-subscription':
    'The request names a subscription that this tool cannot use in this role.',
  'foreign-mailbox': 'The request names a mailbox that the guard of the role keeps out.',
  'grant-refused': 'The request gives others access, which the guard of the role refuses.',
  'sender-refused': 'The request sends as somebody else, or the guard refuses sending.',
  'push-subscription': 'Push subscriptions are refused to every role.',
  'upstream-unreachable': 'The server did not answer.',
  'upstream-timeout': 'The server did not answer in time.',
  'over-budget': 'The tool had too many requests or subscriptions at once.',
  'policy-unavailable': 'The gateway did not know the rules freshly enough.',
  'client-gone': 'The tool hung up.',
  'credentials-refused': 'Key and secret, or the token, are wrong or over.',
}

export const reasonInWords = (reason: string | undefined): string =>
  reason === undefined ? '' : (REASONS[reason] ?? reason)

/** The verdict of a test. */
export const VERDICTS = { ...EFFECTS, UNKNOWN: 'Only the server can tell' } as const

/** Text that follows the name of a check. */
export const OUTCOMES = {
  PASS: '',
  REFUSE: ': denied',
  NOT_MADE: ': not evaluated',
  UNKNOWN: ': only the server can tell',
} as const

export const CHECKS: Readonly<Record<string, string>> = {
  CallerPolicy: 'The policy of the principal lets it assume the role',
  Lock: 'The role is not locked',
  AccessControl: 'Access control rules let the request in',
  Operation: 'The operation is one of EWS',
  RoleType: 'The type of the role covers the operation',
  Target: 'The request names the user it needs, and no second user',
  Impersonation: 'The rules of the role allow this user',
  SharedMailbox: 'The mailbox of the user has no other user',
  Body: 'The body passes the guard of the role',
}

/** What tools call most; any other can be typed. */
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
