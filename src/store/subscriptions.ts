/**
 * Subscriptions of the upstream, in SQL.
 *
 * @module
 */

import type { Selectable } from 'kysely'
import type { OrganizationId } from '../model/identity.ts'
import { subscriptionSubject } from '../model/subject.ts'
import type { Subscription } from '../model/subscription.ts'
import { chunks } from './chunks.ts'
import type { Database, SubscriptionTable } from './tables.ts'
import { type Change, changeOrganization, raiseVersion } from './versions.ts'

export async function readSubscriptions(
  db: Database,
  organization: OrganizationId,
  idHashes: readonly string[],
): Promise<readonly (Subscription | undefined)[]> {
  const byHash = new Map<string, Subscription>()
  for (const some of chunks([...new Set(idHashes)])) {
    const rows = await db
      .selectFrom('subscriptions')
      .selectAll()
      .where('organization_id', '=', organization)
      .where('id_hash', 'in', some)
      .execute()
    for (const row of rows) byHash.set(row.id_hash, subscriptionOf(row))
  }
  return idHashes.map(idHash => byHash.get(idHash))
}

const subscriptionOf = (row: Selectable<SubscriptionTable>): Subscription => ({
  organizationId: row.organization_id,
  idHash: row.id_hash,
  userId: row.user_id,
  roleId: row.role_id,
  principalId: row.principal_id,
  expiresAt: Number(row.expires_at),
})

/**
 * The upstream has said whose it is: an id that it gives away again belongs to the last one, which
 * is a change of the policy. Drops what has expired.
 */
export async function putSubscription(
  db: Database,
  now: number,
  subscription: Subscription,
): Promise<void> {
  const { organizationId, idHash } = subscription
  await changeOrganization(db, organizationId, async change => {
    const [stored] = await readSubscriptions(change, organizationId, [idHash])
    await writeSubscription(change, subscription)
    if (stored) await raiseVersion(change, organizationId, [subscriptionSubject(idHash)], now)
    await change.deleteFrom('subscriptions').where('expires_at', '<', now).execute()
  })
}

async function writeSubscription(
  change: Change,
  { organizationId, idHash, userId, roleId, principalId, expiresAt }: Subscription,
) {
  const values = {
    user_id: userId,
    role_id: roleId,
    principal_id: principalId,
    expires_at: expiresAt,
  }
  await change
    .insertInto('subscriptions')
    .values({ organization_id: organizationId, id_hash: idHash, ...values })
    .onConflict(conflict => conflict.columns(['organization_id', 'id_hash']).doUpdateSet(values))
    .execute()
}

/** It is in use; a shorter life than it has changes nothing. */
export async function keepSubscription(
  db: Database,
  organization: OrganizationId,
  idHash: string,
  expiresAt: number,
): Promise<void> {
  await db
    .updateTable('subscriptions')
    .set({ expires_at: expiresAt })
    .where('organization_id', '=', organization)
    .where('id_hash', '=', idHash)
    .where('expires_at', '<', expiresAt)
    .execute()
}
