/**
 * Migration 2: data of the control plane. Locks, access control rules, client tokens, signing keys, and the
 * last use of keys.
 *
 * @module
 */

import type { Kysely } from 'kysely'
import type { Migration } from 'kysely/migration'

export const control: Migration = {
  async up(db: Kysely<unknown>) {
    await extendTables(db)
    await createAccessControlRules(db)
    await createClientTokens(db)
    await createSigningKeys(db)
  },
}

async function extendTables({ schema }: Kysely<unknown>) {
  await schema
    .alterTable('organizations')
    .addColumn('access_control_changed', 'integer', column => column.notNull().defaultTo(0))
    .execute()
  await schema.alterTable('roles').addColumn('lock', 'text').execute()
  await schema.alterTable('access_keys').addColumn('last_used_at', 'bigint').execute()
}

async function createAccessControlRules({ schema }: Kysely<unknown>) {
  await schema
    .createTable('access_control_rules')
    .addColumn('organization_id', 'text', column => column.notNull().references('organizations.id'))
    .addColumn('name', 'text', column => column.notNull())
    .addColumn('effect', 'text', column => column.notNull())
    .addColumn('description', 'text', column => column.notNull())
    .addColumn('conditions', 'text', column => column.notNull())
    .addColumn('created_at', 'bigint', column => column.notNull())
    .addColumn('modified_at', 'bigint', column => column.notNull())
    .addPrimaryKeyConstraint('access_control_rules_primary_key', ['organization_id', 'name'])
    .execute()
}

/** Has no foreign key to the roles, because a client token stays after its role was deleted. */
async function createClientTokens({ schema }: Kysely<unknown>) {
  await schema
    .createTable('client_tokens')
    .addColumn('organization_id', 'text', column => column.notNull().references('organizations.id'))
    .addColumn('client_token', 'text', column => column.notNull())
    .addColumn('fingerprint', 'text', column => column.notNull())
    .addColumn('role_id', 'text', column => column.notNull())
    .addColumn('expires_at', 'bigint', column => column.notNull())
    .addPrimaryKeyConstraint('client_tokens_primary_key', ['organization_id', 'client_token'])
    .execute()
  await schema
    .createIndex('client_tokens_by_expiry')
    .on('client_tokens')
    .columns(['organization_id', 'expires_at'])
    .execute()
}

async function createSigningKeys({ schema }: Kysely<unknown>) {
  await schema
    .createTable('signing_keys')
    .addColumn('id', 'text', column => column.primaryKey())
    .addColumn('sealed', 'text', column => column.notNull())
    .addColumn('created_at', 'bigint', column => column.notNull())
    .execute()
}
