/**
 * Who is who: users, organizations and how their names are compared.
 *
 * @module
 */

declare const brand: unique symbol

/** `m-` and 32 hexadecimal digits. */
export type OrganizationId = string & { readonly [brand]: 'OrganizationId' }
export const organizationId = (value: string) => value as OrganizationId

/** A directory's own id of a user, never an address: addresses change hands, ids do not. */
export type UserId = string & { readonly [brand]: 'UserId' }
export const userId = (value: string) => value as UserId

/** A directory's own id of a group, which belongs to it for ever, as a user's does. */
export type GroupId = string & { readonly [brand]: 'GroupId' }
export const groupId = (value: string) => value as GroupId

/** The groups that somebody is in, whether as a member or through groups that are members. */
export type Memberships = Readonly<{
  groups: readonly GroupId[]
  /** Groups that were deleted, or that are reached only through one that was. */
  formerGroups: readonly GroupId[]
}>

/** Somebody whose mailbox can be reached. Addresses are kept as they were written. */
export type User = Readonly<{
  id: UserId
  primarySmtpAddress: string
  aliases: readonly string[]
  principalName?: string
  sid?: string
  displayName?: string
  /** A disabled user cannot be impersonated. */
  enabled: boolean
  /** As the store reads it; absent: in no group. Nothing that is written of a user. */
  memberOf?: Memberships
}>

/** What a rule knows somebody by. */
export type Person = Pick<User, 'id' | 'memberOf'>

/** What is written of a user. */
export function withoutMemberships({ memberOf: _, ...user }: User): User {
  return user
}

export const CONNECTING_SID_KINDS = [
  'PrincipalName',
  'SID',
  'PrimarySmtpAddress',
  'SmtpAddress',
] as const

export type ConnectingSidKind = (typeof CONNECTING_SID_KINDS)[number]

/** What an ExchangeImpersonation header says, exactly as it was sent. */
export type ConnectingSid = Readonly<{ kind: ConnectingSidKind; value: string }>

/** A name by which whoever has an address is found, be it the primary one or an alias. */
export const byAddress = (address: string): ConnectingSid => ({
  kind: 'SmtpAddress',
  value: address,
})

/** What an organization's configuration says about its mailboxes. */
export type Organization = Readonly<{
  id: OrganizationId
  alias: string
  /** Every address of the gateway's own account: nobody may impersonate it. */
  serviceAddresses: readonly string[]
  /** An empty mailbox, for operations that touch none. */
  neutralMailbox?: string
  /** What becomes of ids that do not say whose mailbox they point into; absent: they are refused. */
  opaqueIds?: 'allow' | 'refuse'
  /**
   * Domains of the mailboxes of the upstream, in lower case and Punycode. Absent: an address of any domain
   * can be one of its mailboxes.
   */
  acceptedDomains?: readonly string[]
  /** Whether the upstream itself checks the sender of a stored item; absent: it does not. */
  enforcesSendAs?: boolean
  /** Maximum size of a request body; absent: the gateway's own limit. */
  bodyBytes?: number
}>

/**
 * The form in which addresses, principal names and SIDs are compared: ASCII letters without
 * case, all else exactly. This is the only place that folds.
 */
export function foldName(name: string): string {
  return name.replace(/[A-Z]+/g, letters => letters.toLowerCase())
}

/**
 * Whether text can be the address of a mailbox: visible ASCII around one `@`, without quotes,
 * brackets, empty labels or anything else that two readers could understand differently.
 */
export function isAddress(text: string): boolean {
  return text.length <= 256 && ADDRESS.test(text) && isVisible(text)
}

/**
 * Whether text can be the id of a user: a UUID in lower case, which the store's own are, or what
 * WorkMail has besides, of the form S-1-1-….
 */
export const isUserId = (text: string): boolean =>
  /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(text) || /^S-1-1(-\d{1,10}){1,15}$/.test(text)

/** Groups and users have ids of the same forms. */
export const isGroupId = (text: string): boolean => isUserId(text)

export const isSid = (text: string): boolean => /^S-1-\d{1,15}(-\d{1,10}){1,15}$/.test(text)

/** Sent in a header of one line, so neither blanks nor controls; the rest is the domain's business. */
export const isPrincipalName = (text: string): boolean => /^[^\s\p{C}]{1,256}$/u.test(text)

const ADDRESS = /^[^\s"(),:;<>@[\\\]]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*$/

const isVisible = (text: string) => /^[!-~]+$/.test(text)
