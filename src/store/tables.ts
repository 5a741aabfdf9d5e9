/**
 * The tables as kysely sees them: the schema after the last migration.
 *
 * They use only types that SQLite and PostgreSQL share: text, integers, and JSON and bytes as text.
 * PostgreSQL returns a bigint as a string, so readers of a {@link Bigint} convert it to a number.
 *
 * @module
 */

import type { ColumnType, Insertable, Kysely } from 'kysely'
import type { IdentityReference } from '../model/external-identity.ts'
import type { GroupId, OrganizationId, UserId } from '../model/identity.ts'
import type { AccessKeyId, PrincipalId } from '../model/principal.ts'
import type { Effect, RoleId, RoleType } from '../model/role.ts'
import type { ExtendedProtection } from '../model/sign-in.ts'
import type { NameSpace } from '../model/subject.ts'

/** A row with all columns of its table, so that the compiler finds a writer that forgets one. */
export type WholeRow<Table> = Required<Insertable<Table>>

/** Columns of a table that a change of a row replaces, so that the compiler finds a list without one. */
export type Replaced<Table> = Record<Exclude<keyof Table, 'organization_id' | 'id'>, unknown>

/** A version or a time in milliseconds; below 2^53. */
type Bigint = ColumnType<number | string | bigint, number, number>

/** 0 or 1, as a boolean. */
type Flag = number

/**
 * Values of a store as a whole: `epoch`, the state of the master key, and state that gateways share, such as the sync
 * of each organization's directory.
 */
type MetaTable = { key: string; value: string }

/** Organizations. The first write in an organization creates its row. */
type OrganizationTable = {
  id: OrganizationId
  policy_version: Bigint
  /** 0 if the rules were never changed, so that the organization has the default rule without a row. */
  access_control_changed: Flag
}

/** Subjects that each change invalidated. Only the latest changes are kept. */
type ChangeTable = {
  organization_id: OrganizationId
  version: Bigint
  /** JSON; null for all subjects. */
  subjects: string | null
  changed_at: Bigint
}

/** Gateways with a recent heartbeat. */
type GatewayTable = {
  id: string
  host: string
  version: string
  started_at: Bigint
  seen_at: Bigint
  /** JSON. */
  master_keys: string
}

/** The row of a deleted user stays, so that the person gets the same ID again. */
export type UserTable = {
  organization_id: OrganizationId
  id: UserId
  primary_smtp_address: string
  /** JSON. */
  aliases: string
  principal_name: string | null
  sid: string | null
  display_name: string | null
  enabled: Flag
  deleted: Flag
}

/** The folded names of every user, including deleted ones. They make names unique. */
type UserNameTable = {
  organization_id: OrganizationId
  space: NameSpace
  name: string
  user_id: UserId
  /** Whether the name is a former name: it is reserved for the user, but requests don't find the user by it. */
  former: Flag
}

/** Groups. The row of a deleted group stays with its members, so that rules that exclude its members still do so. */
export type GroupTable = {
  organization_id: OrganizationId
  id: GroupId
  name: string
  folded_name: string
  primary_smtp_address: string | null
  folded_address: string | null
  deleted: Flag
}

/** Members of groups. A member may be deleted, or not exist yet. */
export type GroupMemberTable = {
  organization_id: OrganizationId
  group_id: GroupId
  kind: 'user' | 'group'
  member_id: string
}

export type RoleTable = {
  organization_id: OrganizationId
  id: RoleId
  name: string
  folded_name: string
  description: string | null
  type: RoleType
  /** JSON. */
  rules: string
  /** JSON. */
  guard: string
  /** JSON; null if not locked. */
  lock: string | null
  /** JSON; null if the role has no limits below its type. */
  profile: string | null
  /** JSON; null if no draft is attached. */
  shadow: string | null
  not_before: Bigint | null
  not_after: Bigint | null
  version: Bigint
  tokens_valid_from: Bigint
  created_at: Bigint
  modified_at: Bigint
}

export type AccessControlRuleTable = {
  organization_id: OrganizationId
  name: string
  effect: Effect
  description: string
  /** JSON. */
  conditions: string
  created_at: Bigint
  modified_at: Bigint
}

/** Protected mailboxes of an organization. */
type ProtectionTable = {
  organization_id: OrganizationId
  /** JSON. */
  content: string
}

/** Client tokens of requests that must not be carried out a second time. */
type ClientTokenTable = {
  organization_id: OrganizationId
  client_token: string
  fingerprint: string
  role_id: RoleId
  expires_at: Bigint
}

export type PrincipalTable = {
  id: PrincipalId
  organization_id: OrganizationId
  name: string
  folded_name: string
  enabled: Flag
  /** JSON. */
  policy: string
  not_before: Bigint | null
  not_after: Bigint | null
}

export type AccessKeyTable = {
  id: AccessKeyId
  principal_id: PrincipalId
  /** Base64. */
  secret_hash: string
  /** Base64. */
  sealed_secret: string
  enabled: Flag
  not_before: Bigint | null
  expires_at: Bigint | null
  created_at: Bigint
  last_used_at: Bigint | null
  extended_protection: ExtendedProtection
}

/** External identities of principals: one row for each reference. */
export type IdentityTable = {
  reference: IdentityReference
  organization_id: OrganizationId
  principal_id: PrincipalId
  /** Place among the identities of the principal. */
  place: number
  /** JSON. */
  identity: string
}

type SigningKeyTable = {
  id: string
  /** Base64. */
  sealed: string
  created_at: Bigint
}

/** Owners of the upstream's subscriptions. */
export type SubscriptionTable = {
  organization_id: OrganizationId
  id_hash: string
  user_id: UserId
  role_id: RoleId
  principal_id: PrincipalId
  expires_at: Bigint
  /** JSON; null if not determined. */
  others: string | null
  /** JSON; null if not limited. */
  folder_classes: string | null
  life_ms: Bigint
  /** Time in milliseconds until which the subscription counts as live; 0 if it has ended. */
  live_until: Bigint
}

/** Folded search terms of users who are not deleted. */
type UserTermTable = {
  organization_id: OrganizationId
  term: string
  user_id: UserId
}

/** Sessions of the console. */
type ConsoleSessionTable = {
  id_hash: string
  /** Identifies the key or the person, whose sessions are limited together. */
  holder_name: string
  /** JSON. */
  holder: string
  created_at: Bigint
  seen_at: Bigint
  /** Time at which the issuer last confirmed a session of a person; 0 for one of a key. */
  checked_at: Bigint
  /** Base64. Null for a session of a key. */
  sealed_tokens: string | null
  /** Time until which a gateway has claimed the next check at the issuer; 0 if none has. */
  checking_until: Bigint
}

/** Audit records of changes that are not in an audit journal yet. */
type OutboxTable = {
  /** The decision ID of the record. */
  id: string
  /** Time when a gateway last claimed the record to write it, in milliseconds; 0 if none did. */
  claimed_at: Bigint
  /** JSON. */
  record: string
}

/** The latest checkpoint of each process's audit journal. */
type AuditCheckpointTable = {
  writer: string
  segment: Bigint
  sequence: Bigint
  /** JSON. */
  checkpoint: string
  host: string
  journal: string
  expires_at: Bigint
}

export type Tables = {
  meta: MetaTable
  organizations: OrganizationTable
  changes: ChangeTable
  gateways: GatewayTable
  users: UserTable
  user_names: UserNameTable
  user_terms: UserTermTable
  groups: GroupTable
  group_members: GroupMemberTable
  roles: RoleTable
  access_control_rules: AccessControlRuleTable
  protections: ProtectionTable
  client_tokens: ClientTokenTable
  principals: PrincipalTable
  access_keys: AccessKeyTable
  identities: IdentityTable
  signing_keys: SigningKeyTable
  subscriptions: SubscriptionTable
  console_sessions: ConsoleSessionTable
  outbox: OutboxTable
  audit_checkpoints: AuditCheckpointTable
}

/** The database, or a transaction in it. */
export type Database = Kysely<Tables>
