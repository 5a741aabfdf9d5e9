/**
 * The tables as kysely sees them: the shape after the last migration.
 *
 * Only what SQLite and PostgreSQL share: text, integers, JSON and bytes as text. A PostgreSQL
 * bigint arrives as a string, so whoever reads a {@link Bigint} turns it into a number.
 *
 * @module
 */

import type { ColumnType, Kysely } from 'kysely'
import type { GroupId, OrganizationId, UserId } from '../model/identity.ts'
import type { AccessKeyId, PrincipalId } from '../model/principal.ts'
import type { Effect, RoleId, RoleType } from '../model/role.ts'
import type { NameSpace } from '../model/subject.ts'

/** A version or a time in milliseconds; below 2^53. */
type Bigint = ColumnType<number | string | bigint, number, number>

/** 0 or 1. */
type Flag = number

/**
 * What is known of one store as a whole, `epoch` and `masterKeyCheck`, and how the synchronisation of
 * each organization's directory stands.
 */
type MetaTable = { key: string; value: string }

/** A row is made by the first write in the organization. */
type OrganizationTable = {
  id: OrganizationId
  policy_version: Bigint
  /** 0 while the access control rules are the default rule alone, which has no row then. */
  access_control_changed: ColumnType<Flag, Flag | undefined, Flag>
}

/** What each change made void, for so many changes as are kept. */
type ChangeTable = {
  organization_id: OrganizationId
  version: Bigint
  /** JSON; null: all. */
  subjects: string | null
  changed_at: Bigint
}

/** Gateways that were seen lately. */
type GatewayTable = {
  id: string
  host: string
  version: string
  started_at: Bigint
  seen_at: Bigint
}

/** A deleted user stays, so that the person finds the same id again. */
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

/** The folded names of every user, deleted ones included: what makes them unique. */
type UserNameTable = {
  organization_id: OrganizationId
  space: NameSpace
  name: string
  user_id: UserId
  /** Whether the name only stays with the user: no request finds the user by it. */
  former: Flag
}

/** A deleted group stays, with its members, so that rules that name it do not let more people in. */
export type GroupTable = {
  organization_id: OrganizationId
  id: GroupId
  name: string
  folded_name: string
  primary_smtp_address: string | null
  folded_address: string | null
  deleted: Flag
}

/** Who is in a group; a member may be one that nobody knows yet, or any more. */
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
  /** JSON; null: not locked. */
  lock: string | null
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

/** Requests that were done and are not to be done again. */
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
  /** Null if a gateway without unique names created the principal. */
  folded_name: string | null
  enabled: Flag
  /** JSON. */
  policy: string
}

export type AccessKeyTable = {
  id: AccessKeyId
  principal_id: PrincipalId
  /** Base64. */
  secret_hash: string
  /** Base64. */
  sealed_secret: string
  enabled: Flag
  expires_at: Bigint | null
  created_at: Bigint
  last_used_at: Bigint | null
}

type SigningKeyTable = {
  id: string
  /** Base64. */
  sealed: string
  created_at: Bigint
}

/** Whose the upstream's subscriptions are. */
export type SubscriptionTable = {
  organization_id: OrganizationId
  id_hash: string
  user_id: UserId
  role_id: RoleId
  principal_id: PrincipalId
  expires_at: Bigint
  /** JSON; null: not determined. */
  others: string | null
  life_ms: Bigint
  /** 0: it was ended. */
  live_until: Bigint
}

/** By what people look for users, folded; of those only who are not deleted. */
type UserTermTable = {
  organization_id: OrganizationId
  term: string
  user_id: UserId
}

/** Who is signed in at the console. */
type ConsoleSessionTable = {
  id_hash: string
  access_key_id: AccessKeyId
  policy_hash: string
  created_at: Bigint
  seen_at: Bigint
}

/** Audit records of changes, until they are in an audit journal. */
type OutboxTable = {
  /** The decision ID of the record. */
  id: string
  /** 0: not claimed. */
  claimed_at: Bigint
  /** JSON. */
  record: string
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
  client_tokens: ClientTokenTable
  principals: PrincipalTable
  access_keys: AccessKeyTable
  signing_keys: SigningKeyTable
  subscriptions: SubscriptionTable
  console_sessions: ConsoleSessionTable
  outbox: OutboxTable
}

/** The database, or a transaction in it. */
export type Database = Kysely<Tables>
