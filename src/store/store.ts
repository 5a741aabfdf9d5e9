/**
 * The store: the truth about users, roles, principals and keys.
 *
 * Ports are split by who needs them. Every write raises the organization's policy version in the
 * same transaction. Reads return undefined for what does not exist and throw for everything else;
 * a failure of the store itself is a Failure `policy-unavailable`.
 *
 * @module
 */

import type { AccessControlRule } from '../model/access-control.ts'
import type { Group, NamedGroup } from '../model/group.ts'
import type { ConnectingSidKind, GroupId, OrganizationId, User, UserId } from '../model/identity.ts'
import type { IdOf, StoredKind, ValueOf } from '../model/policy-data.ts'
import type {
  AccessKey,
  AccessKeyId,
  Credential,
  Principal,
  PrincipalId,
} from '../model/principal.ts'
import type { ImpersonationRole, RoleId, RoleLock } from '../model/role.ts'
import type { NameSpace, PolicyChange } from '../model/subject.ts'
import type { Subscription } from '../model/subscription.ts'

/** What the data plane reads of users. */
export interface UserReader {
  /** Whoever is read has every group that the user is in, as has everyone whom {@link UserStore} reads but by a search. */
  user(organization: OrganizationId, id: UserId): Promise<User | undefined>
  /**
   * The user to whom a name belongs: an address (primary or alias) for the two SMTP kinds, a
   * principal name, or a SID. Names are compared folded.
   */
  userByName(
    organization: OrganizationId,
    kind: ConnectingSidKind,
    name: string,
  ): Promise<User | undefined>
}

export interface RoleReader {
  role(organization: OrganizationId, id: RoleId): Promise<ImpersonationRole | undefined>
  /** By name, compared after NFC and case folding. */
  roleByName(organization: OrganizationId, name: string): Promise<ImpersonationRole | undefined>
}

export interface CredentialReader {
  /** A key with its principal, whether enabled or not. */
  credential(id: AccessKeyId): Promise<Credential | undefined>
}

export interface AccessControlReader {
  /** Ordered by name. The default rule alone, until the first change. */
  accessControlRules(organization: OrganizationId): Promise<readonly AccessControlRule[]>
}

export interface AccessControlStore extends AccessControlReader {
  /**
   * Creates the rule or replaces it whole; keeps when it was created.
   */
  putAccessControlRule(
    organization: OrganizationId,
    rule: Omit<AccessControlRule, 'createdAt' | 'modifiedAt'>,
  ): Promise<void>
  /** Deleting an unknown rule changes nothing. */
  deleteAccessControlRule(organization: OrganizationId, name: string): Promise<void>
}

/** A key that signs tokens, sealed under the master key. */
export type SigningKey = Readonly<{
  /** 8 characters of base64url. */
  id: string
  sealed: Uint8Array
  /** Milliseconds since the epoch. */
  createdAt: number
}>

export interface SigningKeyReader {
  /** Newest first. */
  signingKeys(): Promise<readonly SigningKey[]>
}

export interface SigningKeyStore extends SigningKeyReader {
  /** Adds a key and drops those made before `oldest`. */
  addSigningKey(key: SigningKey, oldest: number): Promise<void>
}

/** Epoch and policy versions, read together. */
export type PolicyVersions = Readonly<{
  /** Another one means that the store was restored: a random id. */
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

/** Raises no version but where an id gets another owner: else nothing that is known becomes void. */
export interface SubscriptionStore extends SubscriptionReader {
  /** The upstream has said whose it is: an id that it gives away again belongs to the last one. */
  putSubscription(subscription: Subscription): Promise<void>
  /** It is in use: it lives until then at least. */
  keepSubscription(organization: OrganizationId, idHash: string, expiresAt: number): Promise<void>
  /** It was ended: it doesn't count any more. */
  endSubscription(organization: OrganizationId, idHash: string): Promise<void>
  /** Returns how many subscriptions of a principal can be alive at the upstream. */
  countSubscriptions(organization: OrganizationId, principal: PrincipalId): Promise<number>
}

/** What a cache needs to know of changes that others made. */
export interface ChangeReader {
  policyVersions(): Promise<PolicyVersions>
  /**
   * The changes after a version, oldest first. Only the latest are kept: where the first of them is
   * not the next after `version`, others are missing.
   */
  changesSince(organization: OrganizationId, version: number): Promise<readonly PolicyChange[]>
}

/** Policy data and versions as they were at one moment. */
export type PolicySnapshot = Readonly<{
  policyVersions: PolicyVersions
  /**
   * Returns the value of each ID, in the order of `ids`, with a few queries for all of them.
   *
   * @param organization - ignored for a credential, whose value has its organization
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
   * Reads one state of the store, which no change can alter in between.
   *
   * @param read - uses the snapshot and nothing else of the store, because both can share a connection,
   *   and awaits nothing else. Runs again if the connection was at fault.
   */
  snapshot<T>(read: (snapshot: PolicySnapshot) => Promise<T>): Promise<T>
}

export interface VersionReader {
  /** Raised by every write in the organization; 0 before the first. */
  policyVersion(organization: OrganizationId): Promise<number>
  epoch(): Promise<string>
}

export interface EpochStore {
  /**
   * Begins another epoch, after a restore: everything that was cached or signed before is void, and
   * whoever was signed in at the console is not any more.
   *
   * @param replacing - the epoch that is known to be void; where another is in force already, that
   *   stays
   * @returns the epoch that is in force now
   */
  newEpoch(replacing?: string): Promise<string>
}

/** A process that serves. */
export type GatewayInstance = Readonly<{
  /** Made anew at every start. */
  id: string
  host: string
  /** Of the program. */
  version: string
  /** Milliseconds since the epoch. */
  startedAt: number
  seenAt: number
}>

export interface GatewayStore {
  /** Notes that a gateway lives, and forgets those that have not been seen for a day. */
  recordHeartbeat(gateway: GatewayInstance): Promise<void>
  /** Removes a gateway that stops. Does nothing if it is not there. */
  removeGateway(id: string): Promise<void>
  /** Seen within a day and not removed; the latest start first. */
  gateways(): Promise<readonly GatewayInstance[]>
}

/** Fields of a user as an import gives them; the id is kept, found again or made. */
export type UserDraft = Readonly<{
  id?: UserId
  /**
   * The id under which another directory knows the user, in place of `id`: that user's where there
   * is one, and that of a user who is made.
   */
  ownId?: UserId
  primarySmtpAddress: string
  aliases: readonly string[]
  principalName?: string
  sid?: string
  displayName?: string
  /** Absent: as it was; a new user is enabled. */
  enabled?: boolean
  /** Fields that stay as they are if the user is present. The draft has none of them. */
  keeps?: readonly KeptField[]
}>

/** A field of a user that an import can leave as it is. */
export type KeptField = 'aliases' | 'principalName' | 'sid' | 'displayName'

/** A name that stays with a user who lost it, folded. */
export type FormerName = Readonly<{ space: NameSpace; name: string }>

/** Result of a release: the user who had the name, or why there was nothing to release. */
export type NameRelease = Readonly<
  | { kind: 'released'; userId: UserId }
  /** A user who is not deleted has the name. */
  | { kind: 'in-use'; userId: UserId }
  /** The name stays with no user. */
  | { kind: 'unknown' }
>

export interface NameStore {
  /** The names that stay with a user, though requests no longer find the user by them; sorted. */
  formerNames(organization: OrganizationId, id: UserId): Promise<readonly FormerName[]>
  /** Returns the users that have one of the addresses as a former name; unordered. */
  formerOwners(
    organization: OrganizationId,
    addresses: readonly string[],
  ): Promise<readonly UserId[]>
  /** Frees a former name, so that another user can have it. Nothing else does. */
  releaseName(organization: OrganizationId, space: NameSpace, name: string): Promise<NameRelease>
}

/** What an import does, or would do. */
export type ImportPlan = Readonly<{
  created: readonly User[]
  updated: readonly User[]
  unchanged: number
  /** Users that the import does not name; removed only where that was asked for. */
  missing: readonly User[]
}>

/** Where a search goes on: after this term of this user. */
export type SearchPlace = Readonly<{
  term: string
  userId: UserId
  /** Among those who have the words otherwise than they were typed, who come last. */
  scattered: boolean
}>
export type SearchPage = Readonly<{ after?: SearchPlace; limit: number }>

/** Users without their groups; `next` where there may be more. */
export type Found = Readonly<{ users: readonly User[]; next?: SearchPlace }>

export interface UserSearch {
  /**
   * Users of whom each word of the text begins an address, the principal name or a word of the
   * display name: first who has them as they were typed, each in the order of what was found;
   * without text everybody, by primary address. Compared without case and accents. A page may have fewer than `limit`, and a next.
   */
  searchUsers(organization: OrganizationId, text: string, page: SearchPage): Promise<Found>
}

export interface UserStore extends UserReader, UserSearch, NameStore {
  /** Ordered by primary address. */
  users(organization: OrganizationId): Promise<readonly User[]>
  /** Ordered by id. */
  usersPage(organization: OrganizationId, page: Page<UserId>): Promise<readonly User[]>
  /**
   * Creates a user or changes one; a draft is matched as an import matches it.
   *
   * @throws ConflictError
   */
  putUser(organization: OrganizationId, draft: UserDraft): Promise<User>
  /** Leaves a tombstone with every name. Deleting an unknown user changes nothing. */
  deleteUser(organization: OrganizationId, id: UserId): Promise<void>
  /**
   * Makes the users of an organization what the drafts say, all or nothing.
   *
   * A draft with an id is that user, or a new one; any other is matched by SID, else primary
   * address, else by any name of a deleted user, so that a person who comes back has the same id.
   * Addresses (primary and aliases together), principal names and SIDs are unique in the
   * organization. A name stays with the user who had it, whether the user was deleted or lost the
   * name by a change, also by a change of the same import: only {@link NameStore.releaseName} frees it.
   *
   * @throws ConflictError listing every draft that cannot be taken, by index
   */
  importUsers(
    organization: OrganizationId,
    drafts: readonly UserDraft[],
    options: Readonly<{ dryRun: boolean; deleteMissing: boolean }>,
  ): Promise<ImportPlan>
}

/** A group as whoever writes it gives it; the id is kept, found again or made. */
export type GroupDraft = Omit<Group, 'id'> &
  Readonly<{
    id?: GroupId
    /** As {@link UserDraft.ownId}. */
    ownId?: GroupId
  }>

/** Who may be in a group. */
export type GroupMember =
  | Readonly<{ kind: 'user'; id: UserId }>
  | Readonly<{ kind: 'group'; id: GroupId }>

/** What an import of groups does, or would do. */
export type GroupPlan = Readonly<{
  created: readonly Group[]
  updated: readonly Group[]
  unchanged: number
  /** Groups that the import does not name; removed only where that was asked for. */
  missing: readonly Group[]
}>

/**
 * Groups, and who is in them. A member that nobody knows counts from when it is known; a user who was
 * deleted and comes back is in the groups of before, as rules that name the user apply again.
 */
export interface GroupStore {
  group(organization: OrganizationId, id: GroupId): Promise<Group | undefined>
  /** Ordered by name. */
  groups(organization: OrganizationId): Promise<readonly NamedGroup[]>
  /** Those that have it as their name or address: none, one, or two. */
  groupsNamed(organization: OrganizationId, name: string): Promise<readonly NamedGroup[]>
  /** Those that have it as a direct member, ordered by name. */
  groupsWith(organization: OrganizationId, member: GroupMember): Promise<readonly NamedGroup[]>
  /**
   * Creates a group or changes one, whole; a draft is matched as an import matches it.
   *
   * @throws ConflictError
   */
  putGroup(organization: OrganizationId, draft: GroupDraft): Promise<Group>
  /**
   * Leaves a tombstone with the name, the address and the last members, who are of its
   * `formerGroups` from then on. Deleting an unknown group changes nothing.
   */
  deleteGroup(organization: OrganizationId, id: GroupId): Promise<void>
  /**
   * Makes the groups of an organization what the drafts say, all or nothing.
   *
   * A draft with an id is that group, or a new one; any other is matched by name, else by address,
   * of deleted ones too. Names are unique in the organization, as are addresses among groups,
   * tombstones included. Users come first: where a member is new, the import of users makes it.
   *
   * @throws ConflictError listing every draft that cannot be taken, by index
   */
  importGroups(
    organization: OrganizationId,
    drafts: readonly GroupDraft[],
    options: Readonly<{ dryRun: boolean; deleteMissing: boolean }>,
  ): Promise<GroupPlan>
}

/** What is wrong with a draft, by its index, and which of its names is somebody else's. */
export type Conflict = Readonly<{
  index: number
  message: string
  name?: Readonly<{ space: NameSpace; written: string }>
  /** Whether another user who is not deleted has the name now. */
  isInUse?: boolean
}>

/** Drafts that contradict one another or what the store holds. */
export class ConflictError extends Error {
  override readonly name = 'ConflictError'
  readonly conflicts: readonly Conflict[]

  constructor(conflicts: readonly Conflict[]) {
    super(conflicts.map(({ index, message }) => `${index}: ${message}`).join('\n'))
    this.conflicts = conflicts
  }
}

export type RoleDraft = Omit<
  ImpersonationRole,
  'version' | 'tokensValidFrom' | 'createdAt' | 'modifiedAt'
>

/** A page of a list that is ordered by id: what comes after `after`. */
export type Page<Id> = Readonly<{ after?: Id; limit: number }>

/** Identifies a request that can be sent more than once and is carried out once. */
export type IdempotencyKey = Readonly<{
  clientToken: string
  /** Of the request's input: the same token with other input is a mistake. */
  fingerprint: string
  /** Milliseconds since the epoch. */
  expiresAt: number
  /** How many there may be in the organization; a token that made one is answered all the same. */
  atMost: number
}>

/** There are as many already as there may be. */
export class LimitReached extends Error {
  override readonly name = 'LimitReached'
}

/** A client token that was used with other input. */
export class ClientTokenReused extends Error {
  override readonly name = 'ClientTokenReused'
}

export interface RoleStore extends RoleReader {
  /** Ordered by name. */
  roles(organization: OrganizationId): Promise<readonly ImpersonationRole[]>
  /** Ordered by id, so that a page stays where it was whatever is written meanwhile. */
  rolesPage(organization: OrganizationId, page: Page<RoleId>): Promise<readonly ImpersonationRole[]>
  countRoles(organization: OrganizationId): Promise<number>
  /**
   * Creates the role or replaces it whole, but for its lock, which stays where the draft has none:
   * only {@link lockRole} unlocks.
   *
   * @throws ConflictError where another role of the organization has its name
   */
  putRole(role: RoleDraft): Promise<ImpersonationRole>
  /**
   * Creates a role once: the same client token gives the role that it made before, even where that
   * has been changed or deleted since.
   *
   * @throws ConflictError where another role of the organization has its name, or where its id is
   *   taken
   * @throws ClientTokenReused
   * @throws LimitReached where the token has made none and there are `atMost` already
   */
  createRole(role: RoleDraft, key: IdempotencyKey): Promise<RoleId>
  /**
   * Locks a role, or unlocks it where there is no lock. A lock that has expired is still one: whoever
   * decides compares the time.
   *
   * @returns the role as it is now, or undefined where there is none
   */
  lockRole(
    organization: OrganizationId,
    id: RoleId,
    lock: RoleLock | undefined,
  ): Promise<ImpersonationRole | undefined>
  /**
   * Voids every token that was issued for the role so far: the role's new version becomes its
   * `tokensValidFrom`. Each call is a change, because tokens may have been issued since the last one.
   *
   * @returns the role as it is now, or undefined if it doesn't exist
   */
  revokeTokens(organization: OrganizationId, id: RoleId): Promise<ImpersonationRole | undefined>
  /** Deleting an unknown role changes nothing. */
  deleteRole(organization: OrganizationId, id: RoleId): Promise<void>
}

export interface PrincipalStore extends CredentialReader {
  /** Ordered by name. */
  principals(organization: OrganizationId): Promise<readonly Principal[]>
  principal(organization: OrganizationId, id: Principal['id']): Promise<Principal | undefined>
  /** Oldest first. */
  keysOf(organization: OrganizationId, id: Principal['id']): Promise<readonly AccessKey[]>
  /**
   * Notes that a key was used, unless that was noted within the minute before. Raises no version,
   * for it decides nothing.
   */
  keyUsed(id: AccessKeyId, at: number): Promise<void>
  /**
   * Creates the principal or replaces it whole.
   *
   * @throws ConflictError if the ID belongs to another organization's principal, or another principal of the
   *   organization has the name, compared without case and outer blanks
   */
  putPrincipal(principal: Principal): Promise<void>
  /**
   * Creates a principal and its first key: both or none.
   *
   * @throws ConflictError if the key is another principal's, or another principal has the name
   */
  addTool(principal: Principal, key: AccessKey): Promise<void>
  /** Deletes the principal and its keys. */
  deletePrincipal(organization: OrganizationId, id: Principal['id']): Promise<void>
  /**
   * Creates the key or replaces it whole, but for when it was last used.
   *
   * @throws ConflictError where the principal has two keys already or does not exist, or where the
   *   key is another principal's; when a key was last used is no change
   */
  putKey(key: AccessKey): Promise<void>
  deleteKey(organization: OrganizationId, id: AccessKeyId): Promise<void>
}

/** The sync of an organization's directory, or credentials for an upstream by their fingerprint. */
export type FleetStateKey = `directory:${OrganizationId}` | `credentials:${string}`

/** State that gateways share. It is not policy data, so it raises no version. */
export interface FleetStateStore {
  /** Returns undefined before the first put. */
  fleetState(key: FleetStateKey): Promise<string | undefined>
  /**
   * Replaces the state if it is still `before`.
   *
   * @returns whether it was
   */
  putFleetState(key: FleetStateKey, state: string, before: string | undefined): Promise<boolean>
}

/** Somebody who is signed in at the console. */
export type ConsoleSession = Readonly<{
  /** Of the random id that the browser holds. */
  idHash: string
  /** The key that the session was begun with, and is worth no more than. */
  accessKeyId: AccessKeyId
  /** Of the principal's policy as it was then. */
  policyHash: string
  /** Milliseconds since the epoch. */
  createdAt: number
  seenAt: number
}>

/** Which sessions are over, in milliseconds since the epoch, and how many a key can have. */
export type SessionBounds = Readonly<{ seenAfter: number; createdAfter: number; perKey: number }>

/** Raises no version, for what a session may do is its principal's affair. */
export interface ConsoleSessionStore {
  consoleSession(idHash: string): Promise<ConsoleSession | undefined>
  /** Forgets all sessions that are over by then, and of the key's all but the latest. */
  addConsoleSession(session: ConsoleSession, bounds: SessionBounds): Promise<void>
  /** Somebody does something in it. */
  consoleSessionSeen(idHash: string, at: number): Promise<void>
  /** Ending an unknown session changes nothing. */
  endConsoleSession(idHash: string): Promise<void>
}

/** How many of everything an organization has. */
export type Counts = Readonly<{ roles: number; users: number; principals: number }>

export interface CountReader {
  counts(organization: OrganizationId): Promise<Counts>
}

/** The audit record of a change, until an audit journal has it. */
export type OutboxRecord = Readonly<{
  /** ID of the decision: a UUIDv7, so IDs sort by time. */
  id: string
  /** JSON. */
  record: string
}>

/** Result of a change, and its audit records. */
export type Recorded<T> = Readonly<{
  result: T
  records: readonly OutboxRecord[]
  /** Whether the caller delivers them, and so claims them; true by default. */
  claimed?: boolean
}>

/** Changes and their audit records. A record is added to the outbox in the transaction of its change. */
export interface OutboxStore {
  /**
   * Runs changes of an organization in one transaction, one such transaction at a time, and adds
   * their records to the outbox. An error undoes all of them.
   *
   * @param organization - undefined: of no organization in particular
   * @param work - gets the store of the transaction, and must not use another one
   * @throws whatever `work` throws
   */
  change<T>(
    organization: OrganizationId | undefined,
    work: (store: Store) => Promise<Recorded<T>>,
  ): Promise<T>
  /**
   * Claims records that were not claimed in the last `forMs`, ordered by ID; only some of them if there are
   * many.
   */
  claimOutbox(forMs: number): Promise<readonly OutboxRecord[]>
  /** Removes records that an audit journal has. */
  acknowledgeOutbox(ids: readonly string[]): Promise<void>
}

/** The check value of the master key, so that a gateway with another one refuses to start. */
export interface MasterKeyCheck {
  /** Whether anything at all has been written. */
  isEmpty(): Promise<boolean>
  masterKeyCheck(): Promise<string | undefined>
  /**
   * Written once: of two gateways that start at the same moment, one wins.
   *
   * @throws ConflictError where another value stands already
   */
  setMasterKeyCheck(value: string): Promise<void>
}

export interface Store
  extends UserStore,
    GroupStore,
    RoleStore,
    AccessControlStore,
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
    MasterKeyCheck {
  /** Answers where the store can be read; throws where not. */
  ping(): Promise<void>
  close(): Promise<void>
}
