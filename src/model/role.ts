/**
 * Impersonation roles, with their rules, guards, and locks.
 *
 * @see https://docs.aws.amazon.com/workmail/latest/adminguide/managing-impersonation-roles.html
 * @module
 */

import type { GroupId, OrganizationId, UserId } from './identity.ts'
import { without } from './members.ts'
import type { RoleProfile } from './profile.ts'
import type { Validity } from './validity.ts'

declare const brand: unique symbol

/** 1 to 64 characters of `a-zA-Z0-9_-`. The gateway creates UUIDs, and imported roles keep their IDs. */
export type RoleId = string & { readonly [brand]: 'RoleId' }
export const roleId = (value: string) => value as RoleId

/** Access of a role. READ_ONLY roles can only use read operations. */
export const ROLE_TYPES = ['FULL_ACCESS', 'READ_ONLY'] as const
export type RoleType = (typeof ROLE_TYPES)[number]

export const RULE_EFFECTS = ['ALLOW', 'DENY'] as const
export type Effect = (typeof RULE_EFFECTS)[number]

/**
 * A rule matches a user if both conditions hold. An absent condition holds for everyone.
 *
 * A condition names users, groups, or both. The first condition holds for users who are listed or in one of the
 * groups. The second holds for users who are neither. Outside its period, a rule matches no one.
 */
export type ImpersonationRule = Validity &
  Readonly<{
    /** Chosen by the caller, unique in its role. */
    id: string
    effect: Effect
    name?: string
    description?: string
    targetUsers?: readonly UserId[]
    notTargetUsers?: readonly UserId[]
    targetGroups?: readonly GroupId[]
    notTargetGroups?: readonly GroupId[]
    /** Whether the rule must have an end, within the limit of the organization. */
    temporary?: true
  }>

/** Returns the form in which names of roles are compared. No other function folds them. */
export const foldRoleName = (name: string) => name.normalize('NFC').toLowerCase()

export const MAILBOXES = ['own', 'permitted', 'any'] as const
export type Mailboxes = (typeof MAILBOXES)[number]

export const SENDERS = ['own', 'permitted', 'server'] as const
export type Senders = (typeof SENDERS)[number]

/** Limits on the content of requests that a role's type allows. */
export type RoleGuard = Readonly<{
  /**
   * Mailboxes that a body can name, by address or by ID. `own`: that of the impersonated user. `permitted`: those of all
   * users that the role can impersonate. `any`: all to which the user has permissions.
   */
  mailboxes: Mailboxes
  /** Whether a FULL_ACCESS role can grant access to other users, through folder permissions or as delegates. */
  delegation: boolean
  /** Whether a FULL_ACCESS role can create inbox rules. */
  inboxRules: boolean
  /** Whether the role can search the address book of the upstream. */
  directoryLookups: boolean
  /** Whether a FULL_ACCESS role can send mail. */
  sending: boolean
  /**
   * Users as which a FULL_ACCESS role can send. `own`: the impersonated user. `permitted`: also all users that the role
   * can impersonate. `server`: all that the upstream allows, if it enforces Send-As.
   */
  senders: Senders
  /** Read operations that READ_ONLY roles don't have, but this role has. */
  extraReads: readonly string[]
}>

/** Members of a guard that are true or false. A role with one of them on is allowed at least as much as with it off. */
export const GUARD_SWITCHES = [
  'delegation',
  'inboxRules',
  'directoryLookups',
  'sending',
] as const satisfies readonly (keyof RoleGuard)[]

/** Guard of new roles. It is strict, because WorkMail roles have no guard. */
export const DEFAULT_GUARD: RoleGuard = {
  mailboxes: 'own',
  delegation: false,
  inboxRules: false,
  directoryLookups: true,
  sending: true,
  senders: 'own',
  extraReads: [],
}

/** Guard that allows the least. A role has it in place of a guard that is not understood. */
export const STRICTEST_GUARD: RoleGuard = {
  ...DEFAULT_GUARD,
  ...Object.fromEntries(GUARD_SWITCHES.map(name => [name, false])),
}

/** Lock of a role. A locked role denies all requests. */
export type RoleLock = Readonly<{
  /** Message of the administrator to clients, at most 256 characters. */
  message?: string
  /** Milliseconds since the epoch. If absent, the role is locked until it is unlocked. */
  expiresAt?: number
  /** Time at which the role was locked, in milliseconds since the epoch. */
  lockedAt?: number
  /** Principal or person that locked it. Both are absent from the lock of a role whose stored lock is not understood. */
  lockedBy?: Readonly<{ id: string; name: string }>
}>

/**
 * Parts of a stored role that can be unreadable. `Versions`: the versions and times of its changes.
 */
export const ROLE_PARTS = [
  'Type',
  'Rules',
  'Guard',
  'Profile',
  'Period',
  'Lock',
  'Shadow',
  'Versions',
] as const
export type RolePart = (typeof ROLE_PARTS)[number]

/**
 * Whether a role denies all requests at a time: its lock has not expired, or this version doesn't understand a part of
 * it.
 */
export const isLocked = (
  { lock, unreadable }: Pick<ImpersonationRole, 'lock' | 'unreadable'>,
  at: number,
): boolean =>
  unreadable !== undefined ||
  (lock !== undefined && (lock.expiresAt === undefined || at < lock.expiresAt))

/** Parts of a role that a draft can replace. */
export type RoleContent = Readonly<{
  type: RoleType
  rules: readonly ImpersonationRule[]
  guard: RoleGuard
  /** Limits below the type. Absent if there are none. */
  profile?: RoleProfile
}>

/** A draft of a role that every request is also evaluated with, without an effect on the request. */
export type RoleShadow = RoleContent &
  Readonly<{
    /** The organization's policy version at the last change of the draft. */
    version: number
    /** Fingerprint of the role's own content when the draft was attached. It shows whether the role was changed since. */
    base: string
    attachedAt: number
    attachedBy: Readonly<{ id: string; name: string }>
  }>

/**
 * An impersonation role. A principal that assumes it can act as the users that its rules allow. Outside its period, it
 * denies all requests.
 */
export type ImpersonationRole = Validity &
  RoleContent &
  Readonly<{
    id: RoleId
    organizationId: OrganizationId
    /** 1 to 64 characters, unique in the organization after NFC and case folding. */
    name: string
    description?: string
    lock?: RoleLock
    /** Absent if no draft is attached. */
    shadow?: RoleShadow
    /**
     * Stored parts that this version doesn't understand. Absent if it understands all. Such a role denies all
     * requests, and has no rules.
     */
    unreadable?: readonly RolePart[]
    /** The organization's policy version at the role's last change. Changes of the shadow don't count. */
    version: number
    /**
     * The organization's policy version at which the role was created, or its tokens were last revoked.
     * Tokens that were issued at a lower version are rejected.
     */
    tokensValidFrom: number
    /** Milliseconds since the epoch. */
    createdAt: number
    modifiedAt: number
  }>

/** Members that the store sets in each change of a role. */
const SET_BY_STORE = ['version', 'tokensValidFrom', 'createdAt', 'modifiedAt'] as const

/** A role in a change. */
export type RoleDraft = Omit<ImpersonationRole, (typeof SET_BY_STORE)[number]>

/** Returns a role for a change, with everything that the change doesn't replace. */
export const roleDraftOf = (role: ImpersonationRole): RoleDraft => without(role, SET_BY_STORE)
