/**
 * Migration 6: groups and their members.
 *
 * @module
 */

import type { Kysely } from 'kysely'
import type { Migration } from 'kysely/migration'

export const groups: Migration = {
  async up({ schema }: Kysely<unknown>) {
    await schema
      .createTable('groups')
      .addColumn('organization_id', 'text', column =>
        column.notNull().references('organizations.id'),
      )
      .addColumn('id', 'text', column => column.notNull())
      .addColumn('name', 'text', column => column.notNull())
      .addColumn('folded_name', 'text', column => column.notNull())
      .addColumn('primary_smtp_address', 'text')
      .addColumn('folded_address', 'text')
      .addColumn('deleted', 'integer', column => column.notNull())
      .addPrimaryKeyConstraint('groups_primary_key', ['organization_id', 'id'])
      .execute()
    await schema
      .createTable('group_members')
      .addColumn('organization_id', 'text', column => column.notNull())
      .addColumn('group_id', 'text', column => column.notNull())
      .addColumn('kind', 'text', column => column.notNull())
      .addColumn('member_id', 'text', column => column.notNull())
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
  },
}
