/**
 * Users, groups, and organizations, and how their names are compared.
 *
 * @module
 */

import type { ServerKind } from './server-kind.ts'

declare const brand: unique symbol

/** `m-` and 32 hexadecimal digits. */
export type OrganizationId = string & { readonly [brand]: 'OrganizationId' }
export const organizationId = (value: string) => value as OrganizationId

/** Permanent ID of a user, from the directory or the store. Never an address, because addresses are reassigned. */
export type UserId = string & { readonly [brand]: 'UserId' }
export const userId = (value: string) => value as UserId

/** Permanent ID of a group, from the directory or the store. Like the ID of a user, it is never reassigned. */
export type GroupId = string & { readonly [brand]: 'GroupId' }
export const groupId = (value: string) => value as GroupId

/** Groups that a user is in, directly or through nested groups. */
export type Memberships = Readonly<{
  groups: readonly GroupId[]
  /** Deleted groups that contained the user, and groups that contain the user only through a deleted group. */
  formerGroups: readonly GroupId[]
  /**
   * Groups that this version doesn't understand, and that the user could be in. Absent if there are none. In conditions
   * that name groups, the user then counts in the way that denies.
   */
  unreadable?: readonly GroupId[]
}>

/** A user with a mailbox. Addresses keep the spelling in which they were written. */
export type User = Readonly<{
  id: UserId
  primarySmtpAddress: string
  aliases: readonly string[]
  principalName?: string
  sid?: string
  displayName?: string
  /** A disabled user cannot be impersonated. */
  enabled: boolean
  /**
   * Memberships in groups. The store returns them with the user, but doesn't write them. Absent if the user is in
   * no group.
   */
  memberOf?: Memberships
  /** Present if this version doesn't understand the stored user, who is then disabled. */
  unreadable?: true
}>

/** Properties of a user that rules compare. */
export type Person = Pick<User, 'id' | 'memberOf'>

/** Returns a user without memberships, in the form that is written to the store and the audit. */
export function withoutMemberships({ memberOf: _, ...user }: User): User {
  return user
}

/** Names of the elements that a ConnectingSID can have. */
export const CONNECTING_SID_KINDS = [
  'PrincipalName',
  'SID',
  'PrimarySmtpAddress',
  'SmtpAddress',
] as const

export type ConnectingSidKind = (typeof CONNECTING_SID_KINDS)[number]

/** Content of an ExchangeImpersonation header, exactly as sent. */
export type ConnectingSid = Readonly<{ kind: ConnectingSidKind; value: string }>

/** Returns a ConnectingSID that names a user by an address, which can be the primary one or an alias. */
export const byAddress = (address: string): ConnectingSid => ({
  kind: 'SmtpAddress',
  value: address,
})

/** Properties of an organization that decisions depend on. */
export type Organization = Readonly<{
  id: OrganizationId
  alias: string
  /** All addresses of the gateway's own account. No role can impersonate it. */
  serviceAddresses: readonly string[]
  /** Address of an empty mailbox, for operations that use no mailbox. */
  neutralMailbox?: string
  /** Which IDs to allow that don't tell which mailbox they belong to. If absent, none. */
  opaqueIds?: OpaqueIds
  /**
   * Domains of the mailboxes of the upstream, in lower case and Punycode. If absent, an address of any domain can
   * be one of its mailboxes.
   */
  acceptedDomains?: readonly string[]
  /** Whether the upstream itself checks the sender of a stored item. If absent, it does not. */
  enforcesSendAs?: boolean
  /** Kind of the upstream. If absent, nothing is known about its behavior. */
  kind?: ServerKind
  /** Maximum size of a request body. If absent, the gateway's own limit. */
  bodyBytes?: number
  /** If absent, {@link DEFAULT_MAX_DAYS}. */
  maxDays?: MaxDays
}>

/**
 * `states`: only synchronization states and watermarks, on a server that opens no other mailbox because of these, and whose
 * IDs all tell their mailbox.
 */
export type OpaqueIds = 'allow' | 'refuse' | 'states'

/** Maximum duration, in days. */
export type MaxDays = Readonly<{
  /** From the creation of an access key to its end. */
  accessKeys: number
  /** From the begin of a temporary rule, or from the change that creates it, to its end. */
  temporaryRules: number
}>

export const DEFAULT_MAX_DAYS: MaxDays = { accessKeys: 366, temporaryRules: 31 }

/**
 * Returns the form in which addresses, principal names, and SIDs are compared. Only ASCII letters are compared without
 * case. No other function folds these names.
 */
export function foldName(name: string): string {
  return name.replace(/[A-Z]+/g, letters => letters.toLowerCase())
}

/**
 * Whether a text can be the address of a mailbox: visible ASCII around one `@`, without quotes, brackets, or empty labels.
 * Rejects everything that two parsers could read differently.
 */
export function isAddress(text: string): boolean {
  return text.length <= 256 && ADDRESS.test(text) && isVisible(text)
}

/**
 * Whether a text can be the ID of a user: a lowercase UUID, as the store creates, or S-1-1-…, as WorkMail also has.
 */
export const isUserId = (text: string): boolean =>
  /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(text) || /^S-1-1(-\d{1,10}){1,15}$/.test(text)

/** Whether a text can be the ID of a group. IDs of groups and users have the same forms. */
export const isGroupId = (text: string): boolean => isUserId(text)

/** Whether a text has the form of a Windows SID. */
export const isSid = (text: string): boolean => /^S-1-\d{1,15}(-\d{1,10}){1,15}$/.test(text)

/** Whether a text can be a principal name. It is sent in a header, so it has no spaces or control characters. */
export const isPrincipalName = (text: string): boolean => /^[^\s\p{C}]{1,256}$/u.test(text)

const ADDRESS = /^[^\s"(),:;<>@[\\\]]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*$/

const isVisible = (text: string) => /^[!-~]+$/.test(text)
