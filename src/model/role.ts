/**
 * Impersonation roles: who may be impersonated, and how far.
 *
 * @see https://docs.aws.amazon.com/workmail/latest/adminguide/managing-impersonation-roles.html
 * @module
 */

import type { GroupId, OrganizationId, UserId } from './identity.ts'

declare const brand: unique symbol

/** 1 to 64 of `a-zA-Z0-9_-`; ours are UUIDs. */
export type RoleId = string & { readonly [brand]: 'RoleId' }
export const roleId = (value: string) => value as RoleId

export type RoleType = 'FULL_ACCESS' | 'READ_ONLY'

/** Returns the type that allows less. */
export const narrowerType = (one: RoleType, other: RoleType): RoleType =>
  one === 'READ_ONLY' ? one : other

export type Effect = 'ALLOW' | 'DENY'

/**
 * Matches a user when both conditions hold; a condition that is absent holds for everyone.
 *
 * A condition names users, groups or both: the first holds for whoever is among the users or in one
 * of the groups, the second for whoever is neither.
 */
export type ImpersonationRule = Readonly<{
  /** Chosen by the caller, unique in its role. */
  id: string
  effect: Effect
  name?: string
  description?: string
  targetUsers?: readonly UserId[]
  notTargetUsers?: readonly UserId[]
  targetGroups?: readonly GroupId[]
  notTargetGroups?: readonly GroupId[]
}>

/** The form in which names of roles are compared; nothing else folds them. */
export const foldRoleName = (name: string) => name.normalize('NFC').toLowerCase()

export const MAILBOXES = ['own', 'permitted', 'any'] as const
export type Mailboxes = (typeof MAILBOXES)[number]

export const SENDERS = ['own', 'permitted', 'server'] as const
export type Senders = (typeof SENDERS)[number]

/** What a role may do inside the requests that its type allows. */
export type RoleGuard = Readonly<{
  /**
   * Which mailboxes a body may name, by address or by id. `own`: that of the impersonated user;
   * `permitted`: those of all users whom the role may impersonate; `any`: whatever the user's own
   * permissions reach.
   */
  mailboxes: Mailboxes
  /** FULL_ACCESS: whether others may be given access: permissions of folders, delegates. */
  delegation: boolean
  /** FULL_ACCESS: whether inbox rules may be made. */
  inboxRules: boolean
  /** Whether the upstream's address book may be asked. */
  directoryLookups: boolean
  /** FULL_ACCESS: whether mail may be sent. */
  sending: boolean
  /**
   * FULL_ACCESS: as which users it may be sent. `own`: as the impersonated user; `permitted`: also as all
   * users that the role can impersonate; `server`: as the upstream allows, if it enforces Send-As.
   */
  senders: Senders
  /** Reads that READ_ONLY leaves out, by name of the operation. */
  extraReads: readonly string[]
}>

/** Of roles that nobody gave another one: WorkMail's, made strict. */
export const DEFAULT_GUARD: RoleGuard = {
  mailboxes: 'own',
  delegation: false,
  inboxRules: false,
  directoryLookups: true,
  sending: true,
  senders: 'own',
  extraReads: [],
}

/** A guard that was kept before it had all of its switches: what is missing is as strict as new. */
export const wholeGuard = (kept: Partial<RoleGuard>): RoleGuard => ({ ...DEFAULT_GUARD, ...kept })

/** A role that is locked refuses everybody at once, with a message of the administrator's. */
export type RoleLock = Readonly<{
  /** At most 256 characters; told to clients. */
  message?: string
  /** Milliseconds since the epoch; absent: until it is unlocked. */
  expiresAt?: number
}>

/** Whether a lock is in force at a time. */
export const isLocked = (lock: RoleLock | undefined, at: number): boolean =>
  lock !== undefined && (lock.expiresAt === undefined || at < lock.expiresAt)

export type ImpersonationRole = Readonly<{
  id: RoleId
  organizationId: OrganizationId
  /** 1 to 64 characters, unique in the organization after NFC and case folding. */
  name: string
  description?: string
  type: RoleType
  rules: readonly ImpersonationRule[]
  guard: RoleGuard
  lock?: RoleLock
  /** The organization's policy version at the role's last change. */
  version: number
  /**
   * The organization's policy version at which the role was created, or its tokens were last revoked.
   * A token that was issued at a lower version is void.
   */
  tokensValidFrom: number
  /** Milliseconds since the epoch. */
  createdAt: number
  modifiedAt: number
}>
