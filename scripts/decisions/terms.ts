/**
 * Terms of the naive model: an organization in plain data, and a question about it.
 *
 * Rules, lists, and policies name users, groups, and roles by their IDs.
 *
 * @module
 */

export type Person = Readonly<{
  id: string
  primarySmtpAddress: string
  aliases: readonly string[]
  principalName?: string
  sid?: string
  /** Absent: true. */
  enabled?: boolean
  /** The directory no longer has this user. Rules and groups can still name the ID. */
  deleted?: true
}>

/** Members are direct ones. Those of a deleted group are its last members. */
export type Group = Readonly<{
  id: string
  name: string
  users: readonly string[]
  groups: readonly string[]
  deleted?: true
}>

/** Times in RFC 3339. */
export type Period = Readonly<{ begins?: string; ends?: string }>

export type Rule = Period &
  Readonly<{
    id: string
    effect: 'ALLOW' | 'DENY'
    targetUsers?: readonly string[]
    notTargetUsers?: readonly string[]
    targetGroups?: readonly string[]
    notTargetGroups?: readonly string[]
  }>

export type Guard = Readonly<{
  mailboxes: 'own' | 'permitted' | 'any'
  delegation: boolean
  inboxRules: boolean
  directoryLookups: boolean
  sending: boolean
  senders: 'own' | 'permitted' | 'server'
  extraReads: readonly string[]
}>

/** `expires` is in RFC 3339. */
export type Lock = Readonly<{ message?: string; expires?: string }>

export type Role = Period &
  Readonly<{
    id: string
    name: string
    type: 'FULL_ACCESS' | 'READ_ONLY'
    rules: readonly Rule[]
    guard: Guard
    lock?: Lock
  }>

export type AccessRule = Readonly<{
  name: string
  effect: 'ALLOW' | 'DENY'
  ipRanges?: readonly string[]
  notIpRanges?: readonly string[]
  actions?: readonly string[]
  notActions?: readonly string[]
  userIds?: readonly string[]
  notUserIds?: readonly string[]
  impersonationRoleIds?: readonly string[]
  notImpersonationRoleIds?: readonly string[]
}>

/** Values by operator and key, as in an IAM policy document. */
export type Condition = Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>

export type Statement = Readonly<{
  Effect: 'Allow' | 'Deny'
  Action: readonly string[]
  Resource: readonly string[]
  Condition?: Condition
}>

export type Principal = Period & Readonly<{ id: string; statements: readonly Statement[] }>

export type World = Readonly<{
  organizationId: string
  serviceAddresses: readonly string[]
  neutralMailbox?: string
  acceptedDomains?: readonly string[]
  users: readonly Person[]
  groups: readonly Group[]
  roles: readonly Role[]
  accessControl: readonly AccessRule[]
  /** Users and groups that no role reaches. Absent: no one. */
  protection?: Readonly<{
    users: readonly string[]
    groups: readonly string[]
    /** `notAfter` in milliseconds since the epoch. */
    exceptions: readonly Readonly<{ role: string; notAfter: number }>[]
  }>
  principals: readonly Principal[]
}>

/** The child of ConnectingSID. Null: the request has no ExchangeImpersonation. */
export type Target = Readonly<{ kind: string; value: string }> | null

/** The part of a body that its guard evaluates. `stored` sends an item as the upstream has it. */
export type Body = Readonly<
  | { kind: 'availability'; mailbox: string }
  | { kind: 'folder'; mailbox: string }
  | { kind: 'grant' }
  | { kind: 'push' }
  | { kind: 'save'; sender: string }
  | { kind: 'send'; sender: string }
  | { kind: 'stored'; sender: string }
>

/** One request, as far as a decision depends on it. */
export type Question = Readonly<{
  /** ID of the principal whose key the user name has. */
  caller: string
  /** The role that the user name has, by ID or by name. */
  role?: string
  /** The mailbox that the user name has. */
  mailbox?: string
  target: Target
  /** Local name of the operation element. */
  operation: string
  from: string
  /** Whether the client speaks TLS. */
  secure: boolean
  /** Absent: the operation element is empty. */
  body?: Body
}>

export type Answer = Readonly<{
  verdict: 'allow' | 'deny'
  reason?: string
  /** Rules that produced the result, in their order. */
  matchedRules: readonly string[]
  /** Groups by which these rules matched, in any order. */
  matchedGroups: readonly string[]
  /** Address that an allowed request is forwarded as. */
  actAs?: string
}>

export const refused = (
  reason: string,
  matchedRules: readonly string[] = [],
  matchedGroups: readonly string[] = [],
): Answer => ({ verdict: 'deny', reason, matchedRules, matchedGroups })
