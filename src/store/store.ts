/**
 * The store: the truth about users, roles, principals and keys.
 *
 * Ports are split by who needs them. Every write raises the organization's policy version in the
 * same transaction. Reads return undefined for what does not exist and throw for everything else;
 * a failure of the store itself is a Failure `policy-unavailable`.
 *
 * @module
 */

import type { ConnectingSidKind, OrganizationId, User, UserId } from '../model/identity.ts'
import type { AccessKey, AccessKeyId, Credential, Principal } from '../model/principal.ts'
import type { ImpersonationRole, RoleId } from '../model/role.ts'

/** What the data plane reads of users. */
export interface UserReader {
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

/** How old the knowledge is that a decision uses. */
export interface VersionReader {
  /** Raised by every write in the organization; 0 before the first. */
  policyVersion(organization: OrganizationId): Promise<number>
  /** Another one means that the store was restored: a random id. */
  epoch(): Promise<string>
}

/** Fields of a user as an import gives them; the id is kept, found again or made. */
export type UserDraft = Readonly<{
  id?: UserId
  primarySmtpAddress: string
  aliases: readonly string[]
  principalName?: string
  sid?: string
  displayName?: string
}>

/** What an import does, or would do. */
export type ImportPlan = Readonly<{
  created: readonly User[]
  updated: readonly User[]
  unchanged: number
  /** Users that the import does not name; removed only where that was asked for. */
  missing: readonly User[]
}>

export interface UserStore extends UserReader {
  /** Ordered by primary address. */
  users(organization: OrganizationId): Promise<readonly User[]>
  /**
   * Makes the users of an organization what the drafts say, all or nothing.
   *
   * A draft with an id is that user, or a new one; any other is matched by SID, else primary
   * address, else by any name of a deleted user, so that a person who comes back has the same id.
   * Addresses (primary and aliases together), principal names and SIDs are unique in the
   * organization, tombstones included.
   *
   * @throws ConflictError listing every draft that cannot be taken, by index
   */
  importUsers(
    organization: OrganizationId,
    drafts: readonly UserDraft[],
    options: Readonly<{ dryRun: boolean; deleteMissing: boolean }>,
  ): Promise<ImportPlan>
}

/** Drafts that contradict one another or what the store holds. */
export class ConflictError extends Error {
  override readonly name = 'ConflictError'
  readonly conflicts: readonly Readonly<{ index: number; message: string }>[]

  constructor(conflicts: readonly Readonly<{ index: number; message: string }>[]) {
    super(conflicts.map(({ index, message }) => `${index}: ${message}`).join('\n'))
    this.conflicts = conflicts
  }
}

export type RoleDraft = Omit<ImpersonationRole, 'version' | 'createdAt' | 'modifiedAt'>

export interface RoleStore extends RoleReader {
  /** Ordered by name. */
  roles(organization: OrganizationId): Promise<readonly ImpersonationRole[]>
  /**
   * Creates the role or replaces it whole.
   *
   * @throws ConflictError where another role of the organization has its name
   */
  putRole(role: RoleDraft): Promise<ImpersonationRole>
  /** Deleting an unknown role changes nothing. */
  deleteRole(organization: OrganizationId, id: RoleId): Promise<void>
}

export interface PrincipalStore extends CredentialReader {
  /**
   * Creates the principal or replaces it whole.
   *
   * @throws ConflictError where the id belongs to another organization's principal
   */
  putPrincipal(principal: Principal): Promise<void>
  /** Deletes the principal and its keys. */
  deletePrincipal(organization: OrganizationId, id: Principal['id']): Promise<void>
  /**
   * Creates the key or replaces it whole.
   *
   * @throws ConflictError where the principal has two keys already or does not exist, or where the
   *   key is another principal's
   */
  putKey(key: AccessKey): Promise<void>
  deleteKey(organization: OrganizationId, id: AccessKeyId): Promise<void>
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

export interface Store extends UserStore, RoleStore, PrincipalStore, VersionReader, MasterKeyCheck {
  /** Answers where the store can be read; throws where not. */
  ping(): Promise<void>
  close(): Promise<void>
}
