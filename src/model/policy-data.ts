/**
 * Data that a decision depends on, and the port through which it reads this data without waiting.
 *
 * @module
 */

import type { AccessControlRule } from './access-control.ts'
import type { ConnectingSid, User, UserId } from './identity.ts'
import type { AccessKeyId, Credential } from './principal.ts'
import type { ImpersonationRole, RoleId } from './role.ts'
import type { StoredItemQuery, StoredItemResult } from './stored-item.ts'
import type { Subscription } from './subscription.ts'

/** Data that the store holds, by kind: `[ID, value]`. */
type StoredData = {
  'access-control': ['rules', readonly AccessControlRule[]]
  credential: [AccessKeyId, Credential]
  /** A user by any of the names that a ConnectingSID can have. */
  name: [ConnectingSid, User]
  role: [RoleId, ImpersonationRole]
  'role-name': [string, ImpersonationRole]
  /** The ID is the hash of the upstream's ID, as in {@link Subscription}. */
  subscription: [string, Subscription]
  user: [UserId, User]
}

/** Data that a gateway holds for itself, by kind: `[ID, value]`. */
type HeldData = {
  /** Mark of the store's epoch, as tokens contain it. */
  epoch: ['current', string]
  /** Owners of mailbox GUIDs, in their order, as far as the upstream tells. */
  'mailbox-owners': [MailboxOwnersQuery, readonly (UserId | undefined)[]]
  /** Whether the upstream gives a mailbox of the user to another user, too. */
  'shared-mailbox': [User, boolean]
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
/** Kind of data that a gateway holds. */
export type HeldKind = keyof HeldData
export type DataKind = keyof Data
export type IdOf<Kind extends DataKind> = Data[Kind][0]
export type ValueOf<Kind extends DataKind> = Data[Kind][1]

/** A value that is known: `undefined` means that there is none. */
export type Entry<T> = Readonly<{
  value: T | undefined
  /**
   * The organization's policy version at which the value was read; 0 if no change of the policy changes
   * it. No change up to the version of the {@link Freshness} has changed it since.
   */
  from: number
}>

/** How current the data is. */
export type Freshness = Readonly<{
  /** The organization's policy version: every change up to it is known. */
  version: number
  /** When the store had this version, in milliseconds since the epoch. */
  at: number
}>

/** Data of one organization. Looking something up changes nothing and never waits. */
export interface PolicyData {
  /** Returns undefined if the store has not been seen recently enough. */
  freshness(): Freshness | undefined
  /** Returns undefined if it is not known now whether there is a value. */
  find<Kind extends DataKind>(kind: Kind, id: IdOf<Kind>): Entry<ValueOf<Kind>> | undefined
}

/** A subject that a decision needs and that is not known now. */
export type MissingSubject =
  | { [Kind in DataKind]: Readonly<{ kind: Kind; id: IdOf<Kind> }> }[DataKind]
  /** Every change up to this version. */
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

/** A subject that a gateway holds for itself. */
export type HeldSubject = Extract<MissingSubject, { kind: HeldKind }>

/** The data that a gateway holds for itself. */
export interface HeldSource {
  /** Returns undefined if it is not known now whether there is a value. */
  find<Kind extends HeldKind>(kind: Kind, id: IdOf<Kind>): Entry<ValueOf<Kind>> | undefined
  /**
   * Returns the entry of each subject, in their order.
   *
   * @throws Failure, if the store or the upstream can't tell
   */
  load(subjects: readonly HeldSubject[]): Promise<readonly Entry<unknown>[]>
}
