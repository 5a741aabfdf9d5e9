/**
 * Migration 1: all tables of the first version.
 *
 * Never edit a released migration, because existing databases have already run it.
 *
 * @module
 */

import { type ColumnDefinitionBuilder, type Kysely, PostgresAdapter, sql } from 'kysely'
import type { Migration } from 'kysely/migration'

export const tables: Migration = {
  async up(db: Kysely<unknown>) {
    await createMeta(db)
    await createUsers(db)
    await createUserTerms(db)
    await createGroups(db)
    await createRoles(db)
    await createAccessControl(db)
    await createPrincipals(db)
    await createSubscriptions(db)
    await createSessions(db)
    await createPropagation(db)
    await createAudit(db)
  },
}

const needed = (column: ColumnDefinitionBuilder) => column.notNull()
const key = (column: ColumnDefinitionBuilder) => column.primaryKey()
const organization = (column: ColumnDefinitionBuilder) =>
  column.notNull().references('organizations.id')

async function createMeta({ schema }: Kysely<unknown>) {
  await schema
    .createTable('meta')
    .addColumn('key', 'text', key)
    .addColumn('value', 'text', needed)
    .execute()
  await schema
    .createTable('organizations')
    .addColumn('id', 'text', key)
    .addColumn('policy_version', 'bigint', needed)
    .addColumn('access_control_changed', 'integer', needed)
    .execute()
  await schema
    .createTable('signing_keys')
    .addColumn('id', 'text', key)
    .addColumn('sealed', 'text', needed)
    .addColumn('created_at', 'bigint', needed)
    .execute()
}

async function createUsers(db: Kysely<unknown>) {
  const { schema } = db
  await schema
    .createTable('users')
    .addColumn('organization_id', 'text', organization)
    .addColumn('id', 'text', needed)
    .addColumn('primary_smtp_address', 'text', needed)
    .addColumn('aliases', 'text', needed)
    .addColumn('principal_name', 'text')
    .addColumn('sid', 'text')
    .addColumn('display_name', 'text')
    .addColumn('enabled', 'integer', needed)
    .addColumn('deleted', 'integer', needed)
    .addPrimaryKeyConstraint('users_primary_key', ['organization_id', 'id'])
    .execute()
  await sql`create index users_disabled on users (organization_id, id)
    where enabled = 0 and deleted = 0`.execute(db)
  await schema
    .createTable('user_names')
    .addColumn('organization_id', 'text', needed)
    .addColumn('space', 'text', needed)
    .addColumn('name', 'text', needed)
    .addColumn('user_id', 'text', needed)
    .addColumn('former', 'integer', needed)
    .addPrimaryKeyConstraint('user_names_primary_key', ['organization_id', 'space', 'name'])
    .addForeignKeyConstraint('user_names_user', ['organization_id', 'user_id'], 'users', [
      'organization_id',
      'id',
    ])
    .execute()
  // Creates an index of former names only, because an import reads all of them, and they are few.
  await sql`create index user_names_former on user_names (organization_id, user_id)
    where former = 1`.execute(db)
}

async function createUserTerms(db: Kysely<unknown>) {
  // Uses a collation by code points in PostgreSQL, so that all terms with a prefix form a range in the index.
  const isPostgres = db.getExecutor().adapter instanceof PostgresAdapter
  const table = db.schema
    .createTable('user_terms')
    .addColumn('organization_id', 'text', needed)
    .addColumn('term', isPostgres ? sql`text collate "C"` : 'text', needed)
    .addColumn('user_id', 'text', needed)
    .addPrimaryKeyConstraint('user_terms_primary_key', ['organization_id', 'term', 'user_id'])
  await (isPostgres ? table : table.modifyEnd(sql`without rowid`)).execute()
}

async function createGroups({ schema }: Kysely<unknown>) {
  await schema
    .createTable('groups')
    .addColumn('organization_id', 'text', organization)
    .addColumn('id', 'text', needed)
    .addColumn('name', 'text', needed)
    .addColumn('folded_name', 'text', needed)
    .addColumn('primary_smtp_address', 'text')
    .addColumn('folded_address', 'text')
    .addColumn('deleted', 'integer', needed)
    .addPrimaryKeyConstraint('groups_primary_key', ['organization_id', 'id'])
    .execute()
  await schema
    .createTable('group_members')
    .addColumn('organization_id', 'text', needed)
    .addColumn('group_id', 'text', needed)
    .addColumn('kind', 'text', needed)
    .addColumn('member_id', 'text', needed)
    .addPrimaryKeyConstraint('group_members_primary_key', [
      'organization_id',
      'group_id',
      'kind',
      'member_id',
    ])
    .addForeignKeyConstraint('group_members_group', ['organization_id', 'group_id'], 'groups', [
      'organization_id',
      'id',
    ])
    .execute()
  await schema
    .createIndex('group_members_by_member')
    .on('group_members')
    .columns(['organization_id', 'kind', 'member_id', 'group_id'])
    .execute()
}

/** Client tokens have no foreign key to the roles, because a client token stays after its role was deleted. */
async function createRoles({ schema }: Kysely<unknown>) {
  await schema
    .createTable('roles')
    .addColumn('organization_id', 'text', organization)
    .addColumn('id', 'text', needed)
    .addColumn('name', 'text', needed)
    .addColumn('folded_name', 'text', needed)
    .addColumn('description', 'text')
    .addColumn('type', 'text', needed)
    .addColumn('rules', 'text', needed)
    .addColumn('guard', 'text', needed)
    .addColumn('lock', 'text')
    .addColumn('profile', 'text')
    .addColumn('shadow', 'text')
    .addColumn('not_before', 'bigint')
    .addColumn('not_after', 'bigint')
    .addColumn('version', 'bigint', needed)
    .addColumn('tokens_valid_from', 'bigint', needed)
    .addColumn('created_at', 'bigint', needed)
    .addColumn('modified_at', 'bigint', needed)
    .addPrimaryKeyConstraint('roles_primary_key', ['organization_id', 'id'])
    .addUniqueConstraint('roles_name', ['organization_id', 'folded_name'])
    .execute()
  await schema
    .createTable('client_tokens')
    .addColumn('organization_id', 'text', organization)
    .addColumn('client_token', 'text', needed)
    .addColumn('fingerprint', 'text', needed)
    .addColumn('role_id', 'text', needed)
    .addColumn('expires_at', 'bigint', needed)
    .addPrimaryKeyConstraint('client_tokens_primary_key', ['organization_id', 'client_token'])
    .execute()
  await schema
    .createIndex('client_tokens_by_expiry')
    .on('client_tokens')
    .columns(['organization_id', 'expires_at'])
    .execute()
}

async function createAccessControl({ schema }: Kysely<unknown>) {
  await schema
    .createTable('access_control_rules')
    .addColumn('organization_id', 'text', organization)
    .addColumn('name', 'text', needed)
    .addColumn('effect', 'text', needed)
    .addColumn('description', 'text', needed)
    .addColumn('conditions', 'text', needed)
    .addColumn('created_at', 'bigint', needed)
    .addColumn('modified_at', 'bigint', needed)
    .addPrimaryKeyConstraint('access_control_rules_primary_key', ['organization_id', 'name'])
    .execute()
  await schema
    .createTable('protections')
    .addColumn('organization_id', 'text', key)
    .addColumn('content', 'text', needed)
    .execute()
}

async function createPrincipals({ schema }: Kysely<unknown>) {
  await schema
    .createTable('principals')
    .addColumn('id', 'text', key)
    .addColumn('organization_id', 'text', organization)
    .addColumn('name', 'text', needed)
    .addColumn('folded_name', 'text', needed)
    .addColumn('enabled', 'integer', needed)
    .addColumn('policy', 'text', needed)
    .addColumn('not_before', 'bigint')
    .addColumn('not_after', 'bigint')
    .execute()
  await schema
    .createIndex('principals_by_name')
    .unique()
    .on('principals')
    .columns(['organization_id', 'folded_name'])
    .execute()
  await schema
    .createTable('access_keys')
    .addColumn('id', 'text', key)
    .addColumn('principal_id', 'text', column => column.notNull().references('principals.id'))
    .addColumn('secret_hash', 'text', needed)
    .addColumn('sealed_secret', 'text', needed)
    .addColumn('enabled', 'integer', needed)
    .addColumn('not_before', 'bigint')
    .addColumn('expires_at', 'bigint')
    .addColumn('created_at', 'bigint', needed)
    .addColumn('last_used_at', 'bigint')
    .addColumn('extended_protection', 'text', needed)
    .execute()
  await schema
    .createIndex('access_keys_by_principal')
    .on('access_keys')
    .column('principal_id')
    .execute()
  await schema
    .createTable('identities')
    .addColumn('reference', 'text', key)
    .addColumn('organization_id', 'text', organization)
    .addColumn('principal_id', 'text', needed)
    .addColumn('place', 'integer', needed)
    .addColumn('identity', 'text', needed)
    .execute()
  await schema
    .createIndex('identities_by_principal')
    .on('identities')
    .columns(['principal_id', 'place'])
    .execute()
}

async function createSubscriptions({ schema }: Kysely<unknown>) {
  await schema
    .createTable('subscriptions')
    .addColumn('organization_id', 'text', needed)
    .addColumn('id_hash', 'text', needed)
    .addColumn('user_id', 'text', needed)
    .addColumn('role_id', 'text', needed)
    .addColumn('principal_id', 'text', needed)
    .addColumn('expires_at', 'bigint', needed)
    .addColumn('others', 'text')
    .addColumn('folder_classes', 'text')
    .addColumn('life_ms', 'bigint', needed)
    .addColumn('live_until', 'bigint', needed)
    .addPrimaryKeyConstraint('subscriptions_primary_key', ['organization_id', 'id_hash'])
    .execute()
  await schema
    .createIndex('subscriptions_by_expiry')
    .on('subscriptions')
    .column('expires_at')
    .execute()
  await schema
    .createIndex('subscriptions_by_principal')
    .on('subscriptions')
    .columns(['organization_id', 'principal_id', 'live_until'])
    .execute()
}

async function createSessions({ schema }: Kysely<unknown>) {
  await schema
    .createTable('console_sessions')
    .addColumn('id_hash', 'text', key)
    .addColumn('holder_name', 'text', needed)
    .addColumn('holder', 'text', needed)
    .addColumn('created_at', 'bigint', needed)
    .addColumn('seen_at', 'bigint', needed)
    .addColumn('checked_at', 'bigint', needed)
    .addColumn('sealed_tokens', 'text')
    .addColumn('checking_until', 'bigint', needed)
    .execute()
  await schema
    .createIndex('console_sessions_by_holder')
    .on('console_sessions')
    .columns(['holder_name', 'created_at'])
    .execute()
}

async function createPropagation({ schema }: Kysely<unknown>) {
  await schema
    .createTable('changes')
    .addColumn('organization_id', 'text', organization)
    .addColumn('version', 'bigint', needed)
    .addColumn('subjects', 'text')
    .addColumn('changed_at', 'bigint', needed)
    .addPrimaryKeyConstraint('changes_primary_key', ['organization_id', 'version'])
    .execute()
  await schema
    .createTable('gateways')
    .addColumn('id', 'text', key)
    .addColumn('host', 'text', needed)
    .addColumn('version', 'text', needed)
    .addColumn('started_at', 'bigint', needed)
    .addColumn('seen_at', 'bigint', needed)
    .addColumn('master_keys', 'text', needed)
    .execute()
}

async function createAudit({ schema }: Kysely<unknown>) {
  await schema
    .createTable('outbox')
    .addColumn('id', 'text', key)
    .addColumn('claimed_at', 'bigint', needed)
    .addColumn('record', 'text', needed)
    .execute()
  await schema
    .createTable('audit_checkpoints')
    .addColumn('writer', 'text', key)
    .addColumn('segment', 'bigint', needed)
    .addColumn('sequence', 'bigint', needed)
    .addColumn('checkpoint', 'text', needed)
    .addColumn('host', 'text', needed)
    .addColumn('journal', 'text', needed)
    .addColumn('expires_at', 'bigint', needed)
    .execute()
  await schema
    .createIndex('audit_checkpoints_by_end')
    .on('audit_checkpoints')
    .column('expires_at')
    .execute()
}
