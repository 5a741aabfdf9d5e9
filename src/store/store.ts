/**
 * The store: the authoritative data about users, roles, principals, and keys.
 *
 * Ports are split by caller. Every write raises the organization's policy version in the same transaction. Reads
 * return undefined for things that don't exist. If the store itself fails, calls throw a Failure
 * `policy-unavailable`.
 *
 * @module
 */

import type { AccessControlRule } from '../model/access-control.ts'
import { type ChangeStates, partsOf } from '../model/change-parts.ts'
import type {
  BoundIdentity,
  ExternalIdentity,
  IdentityReference,
} from '../model/external-identity.ts'
import type { Group, MembershipChange, NamedGroup } from '../model/group.ts'
import type { ConnectingSidKind, GroupId, OrganizationId, User, UserId } from '../model/identity.ts'
import type { MaybePromise } from '../model/maybe-promise.ts'
import type { Person } from '../model/person.ts'
import type { IdOf, StoredKind, ValueOf } from '../model/policy-data.ts'
import type {
  AccessKey,
  AccessKeyId,
  Credential,
  Principal,
  PrincipalId,
} from '../model/principal.ts'
import type { ProtectedMembers, Protection } from '../model/protection.ts'
import type { Removal, RemovalConsent } from '../model/removals.ts'
import type { ImpersonationRole, RoleDraft, RoleId, RoleLock, RoleShadow } from '../model/role.ts'
import type { NameSpace, PolicyChange } from '../model/subject.ts'
import type { Subscription } from '../model/subscription.ts'
import type { ListedField } from './terms.ts'

/** Reads of users for the data plane. */
export interface UserReader {
  /** Returns a user, with all groups of the user. */
  user(organization: OrganizationId, id: UserId): Promise<User | undefined>
  /**
   * Returns the user with a name: an address (primary or alias) for the two SMTP kinds, a principal name,
   * or a SID. Names are compared folded.
   */
  userByName(
    organization: OrganizationId,
    kind: ConnectingSidKind,
    name: string,
  ): Promise<User | undefined>
}

export interface RoleReader {
  role(organization: OrganizationId, id: RoleId): Promise<ImpersonationRole | undefined>
  /** Returns the role with a name, compared after NFC and case folding. */
  roleByName(organization: OrganizationId, name: string): Promise<ImpersonationRole | undefined>
}

export interface CredentialReader {
  /** Returns a key with its principal, even if one of them is disabled. Doesn't wait if they are cached. */
  credential(id: AccessKeyId): MaybePromise<Credential | undefined>
}

export interface IdentityReader {
  /**
   * Returns the identity with a reference and its principal, even if that is disabled. Doesn't wait if they are
   * cached.
   */
  identity(reference: IdentityReference): MaybePromise<BoundIdentity | undefined>
}

export interface AccessControlReader {
  /** Returns the rules ordered by name. Before the first change, returns the default rule. */
  accessControlRules(organization: OrganizationId): Promise<readonly AccessControlRule[]>
}

export interface AccessControlStore extends AccessControlReader {
  /** Creates the rule or replaces it completely, except its time of creation. */
  putAccessControlRule(
    organization: OrganizationId,
    rule: Omit<AccessControlRule, 'createdAt' | 'modifiedAt'>,
  ): Promise<void>
  /** Deletes a rule. Does nothing if it doesn't exist. */
  deleteAccessControlRule(organization: OrganizationId, name: string): Promise<void>
}

export interface ProtectionStore {
  /** Returns the protected mailboxes. */
  protection(organization: OrganizationId): Promise<Protection>
  /** Returns all protected users, and the groups through which they are. */
  protectedMembers(organization: OrganizationId): Promise<ProtectedMembers>
  /** Replaces the protected mailboxes. */
  putProtection(organization: OrganizationId, protection: Protection): Promise<void>
}

/** A key that signs tokens, encrypted with a key derived from the master key. */
export type SigningKey = Readonly<{
  /** 8 characters of base64url. */
  id: string
  sealed: Uint8Array
  /** Milliseconds since the epoch. */
  createdAt: number
}>

export interface SigningKeyReader {
  /** Returns the keys, newest first. */
  signingKeys(): Promise<readonly SigningKey[]>
}

export interface SigningKeyStore extends SigningKeyReader {
  /** Adds a key and drops those made before `oldest`. */
  addSigningKey(key: SigningKey, oldest: number): Promise<void>
}

/** Epoch and policy versions, read together. */
export type PolicyVersions = Readonly<{
  /** A random ID, which must change when the store is restored from a backup. */
  epoch: string
  /** The policy version of every organization that was ever changed. */
  versions: ReadonlyMap<OrganizationId, number>
}>

export interface SubscriptionReader {
  /** Returns the subscription of each hash, in the order of `idHashes`, with one query. */
  subscriptions(
    organization: OrganizationId,
    idHashes: readonly string[],
  ): Promise<readonly (Subscription | undefined)[]>
}

/**
 * Subscriptions are not policy data, so writing one doesn't increment the version. The exception is an ID that gets
 * another owner.
 */
export interface SubscriptionStore extends SubscriptionReader {
  /**
   * Records the owner of a subscription that the upstream created. If the upstream issues an ID again, it belongs
   * to the new owner.
   */
  putSubscription(subscription: Subscription): Promise<void>
  /** Extends the lifetime of a subscription in use to at least `expiresAt`. An ended one stays ended. */
  keepSubscription(organization: OrganizationId, idHash: string, expiresAt: number): Promise<void>
  /** Ends a subscription, so that it no longer counts. */
  endSubscription(organization: OrganizationId, idHash: string): Promise<void>
  /** Returns the number of subscriptions of a principal that may still exist in the upstream. */
  countSubscriptions(organization: OrganizationId, principal: PrincipalId): Promise<number>
}

/** Reads of changes for a cache. */
export interface ChangeReader {
  policyVersions(): Promise<PolicyVersions>
  /**
   * Returns the changes after a version, oldest first. Only the latest changes are kept. If the first one doesn't
   * directly follow `version`, earlier ones are missing.
   */
  changesSince(organization: OrganizationId, version: number): Promise<readonly PolicyChange[]>
}

/** Policy data and versions, read in one state of the store. */
export type PolicySnapshot = Readonly<{
  policyVersions: PolicyVersions
  /**
   * Returns the value of each ID, in the order of `ids`, with a few queries for all of them.
   *
   * @param organization - ignored for credentials, which contain their organization
   */
  values<Kind extends StoredKind>(
    organization: OrganizationId,
    kind: Kind,
    ids: readonly IdOf<Kind>[],
  ): Promise<readonly (ValueOf<Kind> | undefined)[]>
  principal(organization: OrganizationId, id: PrincipalId): Promise<Principal | undefined>
}>

export interface SnapshotReader {
  /**
   * Runs reads on one state of the store, which concurrent changes don't affect.
   *
   * @param read - must use only the snapshot and await nothing else, because it holds a connection of the store.
   * Runs again if its connection broke
   */
  snapshot<T>(read: (snapshot: PolicySnapshot) => Promise<T>): Promise<T>
}

/** Policy version in the records of a change. */
export type RecordedVersion = Readonly<{
  policyVersion: number
  /** Version at the beginning of the transaction. Absent outside of one. */
  policyVersionBefore?: number
  /** Epoch of the store. Versions of two epochs can't be compared. */
  epoch: string
}>

export interface VersionReader {
  /** Returns the version, which every write in the organization increments; 0 before the first write. */
  policyVersion(organization: OrganizationId): Promise<number>
  /** Returns the same for the records of a change, in its transaction. */
  recordedVersion(organization: OrganizationId): Promise<RecordedVersion>
  epoch(): Promise<string>
}

export interface EpochStore {
  /**
   * Starts a new epoch after a restore. It invalidates everything that was cached or signed before, and ends all
   * console sessions.
   *
   * @param replacing - the epoch to end. If another one is current, it is kept
   * @returns the current epoch
   */
  newEpoch(replacing?: string): Promise<string>
}

/** A running gateway process. */
export type GatewayInstance = Readonly<{
  /** Random ID of this start. */
  id: string
  host: string
  /** Version of the program. */
  version: string
  /** Milliseconds since the epoch. */
  startedAt: number
  seenAt: number
  /** Check values of the master keys that it has, the one in use first. */
  masterKeys: readonly string[]
}>

export interface GatewayStore {
  /** Records the heartbeat of a gateway, and deletes gateways without a heartbeat for a day. */
  recordHeartbeat(gateway: GatewayInstance): Promise<void>
  /** Removes a gateway that stops. Does nothing if it is unknown. */
  removeGateway(id: string): Promise<void>
  /** Returns the gateways with a heartbeat within a day, latest start first. */
  gateways(): Promise<readonly GatewayInstance[]>
}

/** Fields of a user in an import. The import finds the ID, or creates one. */
export type UserDraft = Readonly<{
  id?: UserId
  /**
   * ID of the user in a directory, used instead of `id`. It identifies an existing user, and becomes the ID of a
   * new one.
   */
  ownId?: UserId
  primarySmtpAddress: string
  aliases: readonly string[]
  principalName?: string
  sid?: string
  displayName?: string
  /** Whether the user is enabled. If absent, it stays unchanged for existing users, and new users are enabled. */
  enabled?: boolean
  /**
   * Fields that the draft has for an existing user, who keeps the others. If absent, all of {@link USER_FIELDS}: a field
   * that the draft lacks is removed.
   */
  replaces?: readonly UserField[]
}>

/** Fields of a user that an import can replace. */
export const USER_FIELDS = [
  'primarySmtpAddress',
  'aliases',
  'principalName',
  'sid',
  'displayName',
] as const
export type UserField = (typeof USER_FIELDS)[number]

/** A folded name that stays reserved for a user who lost it. */
export type FormerName = Readonly<{ space: NameSpace; name: string }>

/** Result of a release: the user who had the name, or the reason why nothing was released. */
export type NameRelease = Readonly<
  | { kind: 'released'; userId: UserId }
  /** An existing user has the name. */
  | { kind: 'in-use'; userId: UserId }
  /** The name is not reserved for any user. */
  | { kind: 'unknown' }
>

export interface NameStore {
  /** Returns the former names of a user, sorted. */
  formerNames(organization: OrganizationId, id: UserId): Promise<readonly FormerName[]>
  /** Returns the users with one of the addresses as a former name; unordered. */
  formerOwners(
    organization: OrganizationId,
    addresses: readonly string[],
  ): Promise<readonly UserId[]>
  /** Releases a former name, so that another user can get it. No other call does that. */
  releaseName(organization: OrganizationId, space: NameSpace, name: string): Promise<NameRelease>
}

/** The result of an import of users, or of a dry run. */
export type ImportPlan = Readonly<{
  created: readonly User[]
  updated: readonly User[]
  unchanged: number
  /** Users that the import doesn't contain. They are deleted only on request. */
  missing: readonly User[]
}>

/** Options of an import of users. */
export type ImportOptions = Readonly<{ dryRun: boolean; deleteMissing: boolean }> & RemovalConsent

/** Returns the removal of the users that an import does not name. */
export const removalIn = ({ updated, unchanged, missing }: ImportPlan): Removal => ({
  removed: missing.length,
  of: updated.length + unchanged + missing.length,
})

/** An import would delete more users than its caller accepts. It has changed nothing. */
export class RemovalStopped extends Error {
  override readonly name = 'RemovalStopped'
  readonly removal: Removal

  constructor(removal: Removal) {
    super(`The import would delete ${removal.removed} of ${removal.of} users`)
    this.removal = removal
  }
}

/** Position after which a search continues: this term of this user. */
export type SearchPlace = Readonly<{
  term: string
  userId: UserId
  /** Whether the position is in the second part of the results: users with the words in another order. */
  scattered: boolean
}>
export type SearchPage = Readonly<{
  after?: SearchPlace
  limit: number
  /** Only enabled or only disabled users; all if absent. */
  enabled?: boolean
}>

/** Users without their groups. `next` is present if there can be more. */
export type Found = Readonly<{ users: readonly User[]; next?: SearchPlace }>

/** The beginning of a field of users, compared folded. */
export type Beginning = Readonly<{ field: ListedField; prefix: string }>

export interface UserSearch {
  /**
   * Returns users if each word of the text is the beginning of an address, the principal name, or a word of
   * the display name. Ignores case and accents. Users with the words in the order of the text come first, sorted by
   * the term that was found. Without text, returns all users by primary address. A page can have fewer than `limit`
   * users although there is a next page.
   */
  searchUsers(organization: OrganizationId, text: string, page: SearchPage): Promise<Found>
  /**
   * Returns the users whose field begins with a prefix, ordered by the field. Users without the field are left
   * out. A page can have fewer than `limit` users, and a next one.
   */
  listUsers(organization: OrganizationId, beginning: Beginning, page: SearchPage): Promise<Found>
}

/** Reads of many users at once, with their groups. */
export interface UserLists {
  /** Returns the user of each ID, in the order of `ids`. */
  usersById(
    organization: OrganizationId,
    ids: readonly UserId[],
  ): Promise<readonly (User | undefined)[]>
  /** Returns the user of each name, in the order of `names`, as {@link UserReader.userByName} does. */
  usersByName(
    organization: OrganizationId,
    kind: ConnectingSidKind,
    names: readonly string[],
  ): Promise<readonly (User | undefined)[]>
}

export interface UserStore extends UserReader, UserLists, UserSearch, NameStore {
  /** Returns all users, ordered by primary address. */
  users(organization: OrganizationId): Promise<readonly User[]>
  /**
   * Returns a page of users, ordered by ID; all of them, or only enabled or disabled ones.
   *
   * @param page - with `groups`, memberships in other groups can be missing
   */
  usersPage(
    organization: OrganizationId,
    page: Page<UserId> & Readonly<{ enabled?: boolean; groups?: readonly GroupId[] }>,
  ): Promise<readonly User[]>
  /**
   * Creates or updates a user. A draft is matched as in an import.
   *
   * @throws ConflictError
   */
  putUser(organization: OrganizationId, draft: UserDraft): Promise<User>
  /** Deletes a user, and leaves a tombstone with every name. Does nothing if the user doesn't exist. */
  deleteUser(organization: OrganizationId, id: UserId): Promise<void>
  /**
   * Imports users, all or nothing.
   *
   * A draft with an ID is that user, or a new one. Other drafts are matched by SID, otherwise by primary address,
   * otherwise by any name of a deleted user, so that a person who returns gets the same ID. Addresses (primary and
   * aliases together), principal names, and SIDs are unique in the organization. A name stays reserved for the user
   * who had it, even after the user was deleted or renamed, or is renamed by the same import. Only {@link
   * NameStore.releaseName} releases it.
   *
   * @throws ConflictError with every draft that can't be imported, by index
   * @throws RemovalStopped if it would delete more users than the options accept, unless it is a dry run
   */
  importUsers(
    organization: OrganizationId,
    drafts: readonly UserDraft[],
    options: ImportOptions,
  ): Promise<ImportPlan>
}

/** Fields of a group in a change. The change finds the ID, or creates one. */
export type GroupDraft = Omit<Group, 'id' | 'unreadable'> &
  Readonly<{
    id?: GroupId
    /** ID of the group in a directory, with the same effect as {@link UserDraft.ownId}. */
    ownId?: GroupId
  }>

/** A possible member of a group. */
export type GroupMember =
  | Readonly<{ kind: 'user'; id: UserId }>
  | Readonly<{ kind: 'group'; id: GroupId }>

/** Numbers of direct members of a group. */
export type MemberCounts = Readonly<{ users: number; groups: number }>

/** A user in a group. `user` is absent if the store never had a user with the ID. */
export type UserInGroup = Readonly<{ id: UserId; user?: User; deleted: boolean }>

/** A page of users in a group, and the number of all. `next` is present if there are more. */
export type MemberPage = Readonly<{
  members: readonly UserInGroup[]
  total: number
  next?: SearchPlace
}>

/** The result of an import of groups, or of a dry run. */
export type GroupPlan = Readonly<{
  created: readonly Group[]
  updated: readonly Group[]
  unchanged: number
  /** Groups that the import doesn't contain. They are deleted only on request. */
  missing: readonly Group[]
  /** Members that join and leave each created or updated group, and each missing group if it is deleted. */
  members: readonly MembershipChange[]
}>

/** A group after a change, and the members that joined and left. */
export type PutGroup = Readonly<{ group: Group; members: MembershipChange }>

/** Whether an import of users or groups changes anything. */
export const writesAnything = (
  { created, updated, missing }: ImportPlan | GroupPlan,
  deleteMissing: boolean,
): boolean => created.length + updated.length + (deleteMissing ? missing.length : 0) > 0

/**
 * Groups and their members. A group can name a member that doesn't exist yet. A deleted user who is created again
 * is a member of the same groups as before, and rules that name the user apply again.
 */
export interface GroupStore {
  group(organization: OrganizationId, id: GroupId): Promise<Group | undefined>
  /** Returns all groups, ordered by name. */
  groups(organization: OrganizationId): Promise<readonly NamedGroup[]>
  /** Returns the groups with these IDs; unordered. */
  groupsById(organization: OrganizationId, ids: readonly GroupId[]): Promise<readonly NamedGroup[]>
  /**
   * Returns the groups with this name or address. There can be two, because it can be the name of one and the
   * address of another.
   */
  groupsNamed(organization: OrganizationId, name: string): Promise<readonly NamedGroup[]>
  /** Returns the groups with this direct member, ordered by name. */
  groupsWith(organization: OrganizationId, member: GroupMember): Promise<readonly NamedGroup[]>
  /**
   * Returns the direct members that are users, ordered by primary address. With text, only those that
   * {@link UserSearch.searchUsers} finds by it.
   */
  groupUsers(
    organization: OrganizationId,
    group: GroupId,
    text: string,
    page: SearchPage,
  ): Promise<MemberPage>
  /** Returns the groups that this version doesn't understand, also deleted ones; unordered. */
  unreadableGroups(organization: OrganizationId): Promise<readonly GroupId[]>
  /** Returns the numbers of direct members of each group that has some. */
  countMembers(
    organization: OrganizationId,
    groups: readonly GroupId[],
  ): Promise<ReadonlyMap<GroupId, MemberCounts>>
  /**
   * Creates a group, or replaces it completely. A draft is matched as in an import.
   *
   * @throws ConflictError
   */
  putGroup(organization: OrganizationId, draft: GroupDraft): Promise<PutGroup>
  /**
   * Deletes a group, and leaves a tombstone with its name, address, and last members. It becomes a former group of
   * these members. Does nothing if the group doesn't exist.
   *
   * @returns the members that left; undefined if the group doesn't exist
   */
  deleteGroup(organization: OrganizationId, id: GroupId): Promise<MembershipChange | undefined>
  /**
   * Imports groups, all or nothing.
   *
   * A draft with an ID is that group, or a new one. Other drafts are matched by name, otherwise by address,
   * including those of deleted groups. Names are unique in the organization, and so are addresses among groups,
   * including tombstones. Import users first, because an import of groups creates no users.
   *
   * @throws ConflictError with every draft that can't be imported, by index
   */
  importGroups(
    organization: OrganizationId,
    drafts: readonly GroupDraft[],
    options: Readonly<{ dryRun: boolean; deleteMissing: boolean }>,
  ): Promise<GroupPlan>
}

/** Problem with a draft: its index, and its name that belongs to another user. */
export type Conflict = Readonly<{
  index: number
  message: string
  name?: Readonly<{ space: NameSpace; written: string }>
  /** Whether another existing user has the name now. */
  isInUse?: boolean
}>

/** Drafts contradict one another, or the content of the store. */
export class ConflictError extends Error {
  override readonly name = 'ConflictError'
  readonly conflicts: readonly Conflict[]

  constructor(conflicts: readonly Conflict[]) {
    super(conflicts.map(({ index, message }) => `${index}: ${message}`).join('\n'))
    this.conflicts = conflicts
  }
}

/** Returns the error of a change with a single draft. */
export const conflict = (message: string) => new ConflictError([{ index: 0, message }])

/**
 * A change would overwrite parts of an object that this version of the gateway doesn't understand.
 */
export class UnreadableError extends Error {
  override readonly name = 'UnreadableError'
}

/** A shadow in a change. The change sets its version. */
export type ShadowDraft = Omit<RoleShadow, 'version'>

/** A page of a list that is ordered by ID, after the item `after`. */
export type Page<Id> = Readonly<{ after?: Id; limit: number }>

/** Identifies a request that clients can repeat, but that is carried out only once. */
export type IdempotencyKey = Readonly<{
  clientToken: string
  /** Fingerprint of the request's input. The same token with other input is rejected. */
  fingerprint: string
  /** Milliseconds since the epoch. */
  expiresAt: number
  /**
   * Maximum number of roles in the organization. It doesn't apply to a repeated request whose token has created a
   * role before.
   */
  atMost: number
}>

/** The organization has the maximum number of roles. */
export class LimitReached extends Error {
  override readonly name = 'LimitReached'
}

/** A client token was used before with other input. */
export class ClientTokenReused extends Error {
  override readonly name = 'ClientTokenReused'
}

export interface RoleStore extends RoleReader {
  /** Returns all roles, ordered by name. */
  roles(organization: OrganizationId): Promise<readonly ImpersonationRole[]>
  /** Returns a page of roles ordered by ID, so that concurrent writes don't skip or repeat other roles. */
  rolesPage(organization: OrganizationId, page: Page<RoleId>): Promise<readonly ImpersonationRole[]>
  countRoles(organization: OrganizationId): Promise<number>
  /**
   * Creates the role, or replaces it completely, except for its lock, which only {@link lockRole} changes, and its
   * shadow, which only {@link putShadow} changes. A role with unreadable parts loses them, its shadow, and its tokens.
   *
   * @throws ConflictError if another role of the organization has its name
   * @throws UnreadableError if the draft was made from a role with unreadable parts
   */
  putRole(role: RoleDraft): Promise<ImpersonationRole>
  /**
   * Creates a role once. The same client token returns the role that it created before, even if that was changed or
   * deleted since.
   *
   * @throws ConflictError if another role of the organization has its name, or if its ID is taken
   * @throws ClientTokenReused
   * @throws LimitReached if the token has created no role and there are already `atMost` roles
   */
  createRole(role: RoleDraft, key: IdempotencyKey): Promise<RoleId>
  /**
   * Locks a role, or unlocks it if `lock` is undefined. An expired lock stays stored, but decisions ignore it.
   *
   * @throws UnreadableError if the role has unreadable parts
   * @returns the new state of the role, or undefined if it doesn't exist
   */
  lockRole(
    organization: OrganizationId,
    id: RoleId,
    lock: RoleLock | undefined,
  ): Promise<ImpersonationRole | undefined>
  /**
   * Attaches a draft to a role, or removes it if `shadow` is undefined. A draft with the same content keeps its version,
   * and the version of the role doesn't change.
   *
   * @throws UnreadableError if the role has unreadable parts
   * @returns the new state of the role, or undefined if it doesn't exist
   */
  putShadow(
    organization: OrganizationId,
    id: RoleId,
    shadow: ShadowDraft | undefined,
  ): Promise<ImpersonationRole | undefined>
  /**
   * Invalidates every token that was issued for the role so far. The role's new version becomes its
   * `tokensValidFrom`. Each call increments the version, because tokens can have been issued since the last call.
   *
   * @throws UnreadableError if the role has unreadable parts
   * @returns the new state of the role, or undefined if it doesn't exist
   */
  revokeTokens(organization: OrganizationId, id: RoleId): Promise<ImpersonationRole | undefined>
  /** Deletes a role. Does nothing if it doesn't exist. */
  deleteRole(organization: OrganizationId, id: RoleId): Promise<void>
}

export interface PrincipalStore extends CredentialReader, IdentityReader {
  identity(reference: IdentityReference): Promise<BoundIdentity | undefined>
  /** Returns the identities that a principal is bound to, in the order in which they were put. */
  identitiesOf(
    organization: OrganizationId,
    id: Principal['id'],
  ): Promise<readonly ExternalIdentity[]>
  /** Returns all identities of an organization, unordered. */
  identities(organization: OrganizationId): Promise<readonly BoundIdentity[]>
  /**
   * Binds a principal to these identities, and no others.
   *
   * @throws ConflictError if another principal is bound to one of them, of any organization, or if the principal
   * doesn't exist
   */
  putIdentities(
    organization: OrganizationId,
    id: Principal['id'],
    identities: readonly ExternalIdentity[],
  ): Promise<void>
  credential(id: AccessKeyId): Promise<Credential | undefined>
  /** Returns all principals, ordered by name. */
  principals(organization: OrganizationId): Promise<readonly Principal[]>
  principal(organization: OrganizationId, id: Principal['id']): Promise<Principal | undefined>
  /** Returns the keys, oldest first. */
  keysOf(organization: OrganizationId, id: Principal['id']): Promise<readonly AccessKey[]>
  /** Returns the keys of all principals, oldest first. */
  keys(organization: OrganizationId): Promise<readonly AccessKey[]>
  /**
   * Records that a key was used, unless that was recorded within the minute before. Doesn't increment the version,
   * because no decision depends on it.
   */
  keyUsed(id: AccessKeyId, at: number): Promise<void>
  /**
   * Creates the principal, or replaces it completely.
   *
   * @throws ConflictError if the ID belongs to another organization's principal, or another principal of the
   * organization has the name. Names are compared without case and outer blanks
   */
  putPrincipal(principal: Principal): Promise<void>
  /**
   * Creates a principal and its first key: both or none.
   *
   * @throws ConflictError if the key is another principal's, or another principal has the name
   */
  addTool(principal: Principal, key: AccessKey): Promise<void>
  /** Deletes the principal, its keys, and its bindings. Does nothing if it does not exist. */
  deletePrincipal(organization: OrganizationId, id: Principal['id']): Promise<void>
  /**
   * Creates the key, or replaces it completely, except the time of its last use.
   *
   * @throws ConflictError if the principal already has two keys or doesn't exist, or if the key is another
   * principal's
   */
  putKey(key: AccessKey): Promise<void>
  deleteKey(organization: OrganizationId, id: AccessKeyId): Promise<void>
}

/**
 * Key of a shared state: the synchronization of an organization's directory, the rejections of an upstream's
 * credentials, by their fingerprint, or the passwords that were tried for a directory account, by its SID.
 */
export type FleetStateKey =
  | `directory:${OrganizationId}`
  | `credentials:${string}`
  | `account:${OrganizationId}:${string}`

/** State that gateways share. It is not policy data, so writing it doesn't increment the version. */
export interface FleetStateStore {
  /** Returns undefined before the first put. */
  fleetState(key: FleetStateKey): Promise<string | undefined>
  /** Replaces the state if it is still `before`. @returns whether the state was replaced */
  putFleetState(key: FleetStateKey, state: string, before: string | undefined): Promise<boolean>
}

/** Key that started a session. The session has at most its permissions. */
export type KeyHolder = Readonly<{
  kind: 'key'
  accessKeyId: AccessKeyId
  /** Hash of the principal's policy when the session started. */
  policyHash: string
}>

/** Person who signed in at an OpenID Connect issuer. */
export type PersonHolder = Readonly<{
  kind: 'person'
  person: Person
  /** Hashes of the configured grants that matched. The session ends if one is no longer configured. */
  grants: readonly string[]
}>

export type SessionHolder = KeyHolder | PersonHolder

type SessionOf<Holder> = Readonly<{
  /** Hash of the random session ID, which only the browser has. */
  idHash: string
  holder: Holder
  /** Milliseconds since the epoch. */
  createdAt: number
  seenAt: number
}>

export type KeySession = SessionOf<KeyHolder>

export type PersonSession = SessionOf<PersonHolder> &
  Readonly<{
    /** Tokens of the issuer, encrypted with a key derived from the master key. */
    sealedTokens: Uint8Array
    /** When the issuer last confirmed the session. */
    checkedAt: number
  }>

/** A session of a signed-in console user. */
export type ConsoleSession = KeySession | PersonSession

/** Whether a person began a session. */
export const isOfPerson = (session: ConsoleSession): session is PersonSession =>
  session.holder.kind === 'person'

/** Result of a check at the issuer. */
export type PersonCheck = Pick<PersonSession, 'checkedAt' | 'sealedTokens'>

/**
 * Times after which a session must have been active and created to be valid, in milliseconds since the epoch, and
 * the maximum number of sessions of a key or of a person.
 */
export type SessionBounds = Readonly<{ seenAfter: number; createdAfter: number; most: number }>

/**
 * Sessions of the console. Writing one doesn't increment the version, because the permissions of a session are
 * those of its principal.
 */
export interface ConsoleSessionStore {
  consoleSession(idHash: string): Promise<ConsoleSession | undefined>
  /**
   * Adds a session. Deletes all sessions that have ended, and the oldest ones of the key or person above the maximum.
   */
  addConsoleSession(session: ConsoleSession, bounds: SessionBounds): Promise<void>
  /** Records activity in the session. Does nothing if it doesn't exist, or was active later. */
  consoleSessionSeen(idHash: string, at: number): Promise<void>
  /**
   * Claims the next check at the issuer until a time, because an issuer may accept a refresh token only once.
   *
   * @returns whether it was claimed; false if another gateway has claimed or made it, or if the session has ended
   */
  claimPersonCheck(session: PersonSession, at: number, until: number): Promise<boolean>
  /** Ends the claim, and records the result unless the check failed. */
  releasePersonCheck(idHash: string, done?: PersonCheck): Promise<void>
  /** Ends a session. Does nothing if it doesn't exist. */
  endConsoleSession(idHash: string): Promise<void>
}

/** Numbers of objects in an organization. */
export type Counts = Readonly<{ roles: number; users: number; principals: number }>

export interface CountReader {
  counts(organization: OrganizationId): Promise<Counts>
  countUsers(organization: OrganizationId): Promise<number>
}

/** The audit record of a change, until an audit journal has it. */
export type OutboxRecord = Readonly<{
  /** ID of the decision: a UUIDv7, so IDs sort by time. */
  id: string
  /** The audit record as JSON. */
  record: string
}>

/** Returns the records of a change for the outbox. A change that names many IDs has several. */
export const outboxRecords = <Record extends ChangeStates>(
  record: Record,
): readonly OutboxRecord[] =>
  partsOf(record).map(part => ({ id: part.decisionId, record: JSON.stringify(part) }))

/** Result of a change, and its audit records. */
export type Recorded<T> = Readonly<{
  result: T
  records: readonly OutboxRecord[]
  /** Whether the caller claims the records, because it will deliver them. By default, true. */
  claimed?: boolean
}>

/** Changes and their audit records. A record is added to the outbox in the transaction of its change. */
export interface OutboxStore {
  /**
   * Runs changes of an organization in one transaction, one such transaction at a time, and adds their records to
   * the outbox. If a change throws, all of them are rolled back.
   *
   * @param organization - undefined if the change doesn't concern one organization
   * @param work - makes the changes. It must use only the store that it receives
   * @throws everything that `work` throws
   */
  change<T>(
    organization: OrganizationId | undefined,
    work: (store: Store) => Promise<Recorded<T>>,
  ): Promise<T>
  /**
   * Claims records that were not claimed in the last `forMs`, ordered by ID. If there are many, claims only some of
   * them.
   */
  claimOutbox(forMs: number): Promise<readonly OutboxRecord[]>
  /** Removes records that an audit journal has. */
  acknowledgeOutbox(ids: readonly string[]): Promise<void>
}

/** Snapshots of the policy for the audit. The policy at a later time is rebuilt from one and the changes since. */
export interface PolicyRecordStore {
  /**
   * Adds a snapshot of an organization's policy to the outbox, unless one was made after a time, in milliseconds since the
   * epoch.
   *
   * @returns the records of the snapshot, which the caller has claimed; none if there is one already
   */
  recordPolicy(organization: OrganizationId, since: number): Promise<readonly OutboxRecord[]>
  /** Adds snapshots of all policies to the outbox, in a transaction that begins another epoch. A gateway delivers them. */
  recordPolicies(): Promise<void>
}

/** The latest checkpoint of a process's audit journal. */
export type StoredCheckpoint = Readonly<{
  /** Name of the process in the journal. */
  writer: string
  /** Place of the checkpoint in the journal: the segment, and its line. */
  segment: number
  sequence: number
  /** The signed checkpoint as JSON. */
  checkpoint: string
  /** Host and folder of the journal. */
  host: string
  journal: string
  /** Time in milliseconds since the epoch at which the retention of the journal ends for the checkpoint. */
  expiresAt: number
}>

export interface CheckpointStore {
  /**
   * Keeps a checkpoint in place of an earlier one of the same process. Does nothing if there is a later one. Deletes
   * checkpoints that have expired.
   */
  keepCheckpoint(checkpoint: StoredCheckpoint): Promise<void>
  /** Returns the latest checkpoint of each process, ordered by writer. */
  checkpoints(): Promise<readonly StoredCheckpoint[]>
}

/** A value of a row, in the form that all databases share. */
export type StoredValue = string | number | null

/** A row of a table in a backup. */
export type StoredRow = Readonly<{
  table: string
  row: Readonly<Record<string, StoredValue>>
}>

/** Content of a store for a backup: one state of the store. */
export type StoreContent = Readonly<{
  /** Name of the last migration. */
  schema: string
  organizations: readonly OrganizationId[]
  masterKey: MasterKeyState
  /** Returns all rows, parents before their children. */
  rows: () => AsyncIterable<StoredRow>
}>

export type RestoreOptions = Readonly<{
  /** Whether to replace the content of a store that is not empty. */
  replaces: boolean
  /** Returns the audit records of the restore. */
  recordsOf: (epochs: Readonly<{ before: string; after: string }>) => readonly OutboxRecord[]
}>

/** The store is not empty, so nothing was restored. */
export class StoreNotEmpty extends Error {
  override readonly name = 'StoreNotEmpty'

  constructor() {
    super('The store is not empty')
  }
}

export interface BackupStore {
  /**
   * Reads the content for a backup. Changes continue, and don't affect it.
   *
   * @param read - must use only the content, because it holds a connection of the store
   */
  backup<T>(read: (content: StoreContent) => Promise<T>): Promise<T>
  /**
   * Replaces the content with that of a backup, all or nothing, and starts a new epoch, with snapshots of all policies in the
   * outbox. Keeps audit records that are not in an audit journal yet.
   *
   * @param rows - returns all rows of a store of the same schema
   * @returns the new epoch
   * @throws StoreNotEmpty
   */
  restore(rows: () => AsyncIterable<StoredRow>, options: RestoreOptions): Promise<string>
}

/** Master keys of the store. */
export type MasterKeyState = Readonly<{
  /** Check value of the key that protects new data; undefined in an empty store. */
  check: string | undefined
  /** Check value of the former key during its rotation. */
  former?: string
  /** MAC keys of access key IDs that were created with former keys, encrypted with the key of `check`. */
  formerKeyIds?: Uint8Array
}>

/** A page of access keys whose secrets were encrypted again. */
export type ResealedPage = Readonly<{
  /** Number of secrets that had another encryption. */
  resealed: number
  /** The last key of the page; undefined if there are no more keys. */
  last: AccessKeyId | undefined
}>

/** Rotation of the master key. */
export interface MasterKeyStore {
  /** Replaces the state. Use it in a transaction that has read the state. */
  putMasterKeyState(state: MasterKeyState): Promise<void>
  /**
   * Encrypts the secrets of some access keys again, in one transaction. It is no change of the policy.
   *
   * @param after - continues after this key
   * @param reseal - returns the new encryption, or undefined to keep the present one
   */
  resealSecrets(
    organization: OrganizationId,
    after: AccessKeyId | undefined,
    reseal: (sealed: Uint8Array, id: AccessKeyId) => Uint8Array | undefined,
  ): Promise<ResealedPage>
  /** Removes all signing keys, so that no token is valid any more. */
  removeSigningKeys(): Promise<void>
}

/** The check value of the master key, so that a gateway with another key doesn't start. */
export interface MasterKeyCheck {
  /** Whether the store has no data of organizations, and nothing that depends on a master key. */
  isEmpty(): Promise<boolean>
  masterKeyState(): Promise<MasterKeyState>
  /**
   * Writes the value if there is none. If two gateways with different keys start concurrently, only one succeeds.
   * @throws ConflictError if another value exists
   */
  setMasterKeyCheck(value: string): Promise<void>
}

export interface Store
  extends UserStore,
    GroupStore,
    RoleStore,
    AccessControlStore,
    ProtectionStore,
    PrincipalStore,
    SigningKeyStore,
    SubscriptionStore,
    VersionReader,
    ChangeReader,
    SnapshotReader,
    EpochStore,
    GatewayStore,
    FleetStateStore,
    ConsoleSessionStore,
    CountReader,
    OutboxStore,
    PolicyRecordStore,
    CheckpointStore,
    BackupStore,
    MasterKeyStore,
    MasterKeyCheck {
  /** Resolves if the store can be read, and otherwise rejects. */
  ping(): Promise<void>
  close(): Promise<void>
}
