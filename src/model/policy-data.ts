/**
 * Data that a decision depends on, and the port through which it reads this data without waiting.
 *
 * @module
 */

import type { AccessControlRule } from './access-control.ts'
import type { BoundIdentity, IdentityReference } from './external-identity.ts'
import type { ConnectingSid, User, UserId } from './identity.ts'
import type { AccessKeyId, Credential } from './principal.ts'
import type { Protection } from './protection.ts'
import type { ImpersonationRole, RoleId } from './role.ts'
import type { ContentQuery, ContentResult } from './stored-content.ts'
import type { StoredItemQuery, StoredItemResult } from './stored-item.ts'
import type { Subscription } from './subscription.ts'

/** Data that the store holds, by kind: `[ID, value]`. */
type StoredData = {
  'access-control': ['rules', readonly AccessControlRule[]]
  credential: [AccessKeyId, Credential]
  identity: [IdentityReference, BoundIdentity]
  /** A user by any of the names that a ConnectingSID can have. */
  name: [ConnectingSid, User]
  protection: ['list', Protection]
  role: [RoleId, ImpersonationRole]
  'role-name': [string, ImpersonationRole]
  /** The ID is the hash of the upstream's ID, as in {@link Subscription}. */
  subscription: [string, Subscription]
  user: [UserId, User]
}

/** Data that is not in the store and that each gateway gets by itself, by kind: `[ID, value]`. */
type HeldData = {
  /** Classes of folders and items, according to the upstream. */
  'content-classes': [ContentQuery, ContentResult]
  /** Short value that identifies the store's epoch, as in tokens. */
  epoch: ['current', string]
  /** Owners of mailbox GUIDs, in their order, according to the upstream. An unknown owner is undefined. */
  'mailbox-owners': [MailboxOwnersQuery, readonly (UserId | undefined)[]]
  /** Whether the upstream assigns a mailbox of the user to another user, too. */
  'shared-mailbox': [User, boolean]
  /**
   * Classes of folders and items that responses to clients have shown. Only drafts are evaluated on them. They are never
   * loaded.
   */
  'shown-classes': [ContentQuery, ContentResult]
  /** Whether a key with this ID signs tokens. */
  'signing-key': [string, true]
  'stored-items': [StoredItemQuery, readonly StoredItemResult[]]
}

/** Mailbox GUIDs whose owners a decision needs. */
export type MailboxOwnersQuery = Readonly<{
  guids: readonly string[]
  /** Users whose mailboxes are requested from the upstream. */
  users: readonly User[]
}>

type Data = StoredData & HeldData

/** Kind of data in the store. */
export type StoredKind = keyof StoredData
/** Kind of data that is not in the store. */
export type HeldKind = keyof HeldData
export type DataKind = keyof Data
export type IdOf<Kind extends DataKind> = Data[Kind][0]
export type ValueOf<Kind extends DataKind> = Data[Kind][1]

/** A value that is known: `undefined` means that there is none. */
export type Entry<T> = Readonly<{
  value: T | undefined
  /**
   * The organization's policy version at which the value was read; 0 if the value doesn't depend on the policy. The
   * value is still valid at the version of the {@link Freshness}.
   */
  from: number
}>

/** How current the data is. */
export type Freshness = Readonly<{
  /** The organization's policy version: every change up to it is known. */
  version: number
  /** Time at which the store was known to have this version, in milliseconds since the epoch. */
  at: number
}>

/** Data of one organization, which can be read without waiting. */
export interface PolicyData {
  /** Returns undefined if the store was not polled recently enough. */
  freshness(): Freshness | undefined
  /**
   * Returns undefined if the value must be loaded first. An entry with the value undefined means that there is
   * none.
   */
  find<Kind extends DataKind>(kind: Kind, id: IdOf<Kind>): Entry<ValueOf<Kind>> | undefined
}

/** A subject that a decision needs and that must be loaded first. */
export type MissingSubject =
  | { [Kind in DataKind]: Readonly<{ kind: Kind; id: IdOf<Kind> }> }[DataKind]
  /** All changes up to this version. */
  | Readonly<{ kind: 'freshness'; version: number }>

/** Policy data that can load what is missing. */
export interface PolicySource extends PolicyData {
  /**
   * Loads subjects. They stay in this source until a change invalidates them.
   *
   * @throws Failure `policy-unavailable`, or the failure of a request to the upstream
   */
  load(missing: readonly MissingSubject[]): Promise<void>
}

/** A subject that is not in the store. */
export type HeldSubject = Extract<MissingSubject, { kind: HeldKind }>

/** Source of the data that is not in the store. */
export interface HeldSource {
  /** Returns undefined if the value must be loaded first. */
  find<Kind extends HeldKind>(kind: Kind, id: IdOf<Kind>): Entry<ValueOf<Kind>> | undefined
  /**
   * Returns the entry of each subject, in their order.
   *
   * @throws Failure if the store or the upstream is unavailable
   */
  load(subjects: readonly HeldSubject[]): Promise<readonly Entry<unknown>[]>
}
