/**
 * Migration 3: propagation of changes. Subjects that each change invalidated, and running gateways. Guards of existing
 * roles get all switches, the new ones with the strict value.
 *
 * @module
 */

import type { Kysely } from 'kysely'
import type { Migration } from 'kysely/migration'

/** Switches that guards did not have, as they applied to all roles. */
const NEW_SWITCHES = {
  mailboxes: 'own',
  delegation: false,
  inboxRules: false,
  sending: true,
  senders: 'own',
}

export const propagation: Migration = {
  async up(db: Kysely<unknown>) {
    await completeGuards(db as Kysely<Tables>)
    const { schema } = db
    await schema
      .createTable('changes')
      .addColumn('organization_id', 'text', column =>
        column.notNull().references('organizations.id'),
      )
      .addColumn('version', 'bigint', column => column.notNull())
      .addColumn('subjects', 'text')
      .addColumn('changed_at', 'bigint', column => column.notNull())
      .addPrimaryKeyConstraint('changes_primary_key', ['organization_id', 'version'])
      .execute()
    await schema
      .createTable('gateways')
      .addColumn('id', 'text', column => column.primaryKey())
      .addColumn('host', 'text', column => column.notNull())
      .addColumn('version', 'text', column => column.notNull())
      .addColumn('started_at', 'bigint', column => column.notNull())
      .addColumn('seen_at', 'bigint', column => column.notNull())
      .execute()
  },
}

type Tables = { roles: { organization_id: string; id: string; guard: string } }

async function completeGuards(db: Kysely<Tables>): Promise<void> {
  const roles = await db.selectFrom('roles').select(['organization_id', 'id', 'guard']).execute()
  for (const { organization_id, id, guard } of roles)
    await db
      .updateTable('roles')
      .set({ guard: JSON.stringify({ ...NEW_SWITCHES, ...JSON.parse(guard) }) })
      .where('organization_id', '=', organization_id)
      .where('id', '=', id)
      .execute()
}
