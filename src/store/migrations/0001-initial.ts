/**
 * Migration 1: organizations, users, roles, principals, and their keys.
 *
 * Never edit a released migration, because existing databases have already run it.
 *
 * @module
 */

import type { Kysely } from 'kysely'
import type { Migration } from 'kysely/migration'

export const initial: Migration = {
  async up(db: Kysely<unknown>) {
    await createMeta(db)
    await createUsers(db)
    await createRoles(db)
    await createPrincipals(db)
  },
}

async function createMeta({ schema }: Kysely<unknown>) {
  await schema
    .createTable('meta')
    .addColumn('key', 'text', column => column.primaryKey())
    .addColumn('value', 'text', column => column.notNull())
    .execute()
  await schema
    .createTable('organizations')
    .addColumn('id', 'text', column => column.primaryKey())
    .addColumn('policy_version', 'bigint', column => column.notNull())
    .execute()
}

async function createUsers({ schema }: Kysely<unknown>) {
  await schema
    .createTable('users')
    .addColumn('organization_id', 'text', column => column.notNull().references('organizations.id'))
    .addColumn('id', 'text', column => column.notNull())
    .addColumn('primary_smtp_address', 'text', column => column.notNull())
    .addColumn('aliases', 'text', column => column.notNull())
    .addColumn('principal_name', 'text')
    .addColumn('sid', 'text')
    .addColumn('display_name', 'text')
    .addColumn('enabled', 'integer', column => column.notNull())
    .addColumn('deleted', 'integer', column => column.notNull())
    .addPrimaryKeyConstraint('users_primary_key', ['organization_id', 'id'])
    .execute()
  await schema
    .createTable('user_names')
    .addColumn('organization_id', 'text', column => column.notNull())
    .addColumn('space', 'text', column => column.notNull())
    .addColumn('name', 'text', column => column.notNull())
    .addColumn('user_id', 'text', column => column.notNull())
    .addPrimaryKeyConstraint('user_names_primary_key', ['organization_id', 'space', 'name'])
    .addForeignKeyConstraint('user_names_user', ['organization_id', 'user_id'], 'users', [
      'organization_id',
      'id',
    ])
    .execute()
}

async function createRoles({ schema }: Kysely<unknown>) {
  await schema
    .createTable('roles')
    .addColumn('organization_id', 'text', column => column.notNull().references('organizations.id'))
    .addColumn('id', 'text', column => column.notNull())
    .addColumn('name', 'text', column => column.notNull())
    .addColumn('folded_name', 'text', column => column.notNull())
    .addColumn('description', 'text')
    .addColumn('type', 'text', column => column.notNull())
    .addColumn('rules', 'text', column => column.notNull())
    .addColumn('guard', 'text', column => column.notNull())
    .addColumn('version', 'bigint', column => column.notNull())
    .addColumn('created_at', 'bigint', column => column.notNull())
    .addColumn('modified_at', 'bigint', column => column.notNull())
    .addPrimaryKeyConstraint('roles_primary_key', ['organization_id', 'id'])
    .addUniqueConstraint('roles_name', ['organization_id', 'folded_name'])
    .execute()
}

async function createPrincipals({ schema }: Kysely<unknown>) {
  await schema
    .createTable('principals')
    .addColumn('id', 'text', column => column.primaryKey())
    .addColumn('organization_id', 'text', column => column.notNull().references('organizations.id'))
    .addColumn('name', 'text', column => column.notNull())
    .addColumn('enabled', 'integer', column => column.notNull())
    .addColumn('policy', 'text', column => column.notNull())
    .execute()
  await schema
    .createTable('access_keys')
    .addColumn('id', 'text', column => column.primaryKey())
    .addColumn('principal_id', 'text', column => column.notNull().references('principals.id'))
    .addColumn('secret_hash', 'text', column => column.notNull())
    .addColumn('sealed_secret', 'text', column => column.notNull())
    .addColumn('enabled', 'integer', column => column.notNull())
    .addColumn('expires_at', 'bigint')
    .addColumn('created_at', 'bigint', column => column.notNull())
    .execute()
  await schema
    .createIndex('access_keys_by_principal')
    .on('access_keys')
    .column('principal_id')
    .execute()
}
