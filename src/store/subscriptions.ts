/**
 * Subscriptions of the upstream, in SQL.
 *
 * @module
 */

import { type Selectable, sql } from 'kysely'
import type { OrganizationId } from '../model/identity.ts'
import { isFolderClasses, isOwners } from '../model/policy-shapes.ts'
import type { PrincipalId } from '../model/principal.ts'
import { subscriptionSubject } from '../model/subject.ts'
import type { Subscription } from '../model/subscription.ts'
import { chunks } from './chunks.ts'
import { readOptionalJson, readWhole } from './stored-json.ts'
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

/** Returns the subscription of a row. One that this version doesn't understand has expired. */
function subscriptionOf(row: Selectable<SubscriptionTable>): Subscription {
  const others = readOptionalJson(row.others, isOwners)
  const folderClasses = readOptionalJson(row.folder_classes, isFolderClasses)
  const lifeMs = readWhole(row.life_ms)
  const expiresAt = readWhole(row.expires_at)
  const subscription = {
    organizationId: row.organization_id,
    idHash: row.id_hash,
    userId: row.user_id,
    roleId: row.role_id,
    principalId: row.principal_id,
    ...(others && { others }),
    ...(folderClasses && { folderClasses }),
    lifeMs: lifeMs ?? 0,
  }
  const isUnderstood = others !== undefined && folderClasses !== undefined && lifeMs !== undefined
  return isUnderstood && expiresAt !== undefined
    ? { ...subscription, expiresAt }
    : { ...subscription, expiresAt: 0, unreadable: true }
}

/**
 * Records the owner of a subscription. If the upstream issues an ID again, it belongs to the new owner. That is a
 * change of the policy. Deletes expired rows.
 */
export async function putSubscription(
  db: Database,
  now: number,
  subscription: Subscription,
): Promise<void> {
  const { organizationId, idHash } = subscription
  await changeOrganization(db, organizationId, async change => {
    const [stored] = await readSubscriptions(change, organizationId, [idHash])
    await writeSubscription(change, now, subscription)
    if (stored) await raiseVersion(change, organizationId, [subscriptionSubject(idHash)], now)
    await change.deleteFrom('subscriptions').where('expires_at', '<', now).execute()
  })
}

async function writeSubscription(
  change: Change,
  now: number,
  { organizationId, idHash, userId, others, lifeMs, expiresAt, ...subscription }: Subscription,
) {
  const values = {
    user_id: userId,
    role_id: subscription.roleId,
    principal_id: subscription.principalId,
    expires_at: expiresAt,
    others: others === undefined ? null : JSON.stringify(others),
    folder_classes:
      subscription.folderClasses === undefined ? null : JSON.stringify(subscription.folderClasses),
    life_ms: lifeMs,
    live_until: now + lifeMs,
  }
  await change
    .insertInto('subscriptions')
    .values({ organization_id: organizationId, id_hash: idHash, ...values })
    .onConflict(conflict => conflict.columns(['organization_id', 'id_hash']).doUpdateSet(values))
    .execute()
}

/**
 * Extends the lifetime of a subscription in use, and never shortens it. A subscription that has ended stays
 * ended.
 */
export async function keepSubscription(
  db: Database,
  now: number,
  organization: OrganizationId,
  idHash: string,
  expiresAt: number,
): Promise<void> {
  await db
    .updateTable('subscriptions')
    .set({
      expires_at: expiresAt,
      live_until: sql<number>`case when live_until > 0 then life_ms + ${now} else 0 end`,
    })
    .where('organization_id', '=', organization)
    .where('id_hash', '=', idHash)
    .where('expires_at', '<', expiresAt)
    .execute()
}

/**
 * Ends a subscription, so that it no longer counts as live. Its row stays, to detect that the upstream issues the
 * ID again.
 */
export async function endSubscription(
  db: Database,
  organization: OrganizationId,
  idHash: string,
): Promise<void> {
  await db
    .updateTable('subscriptions')
    .set({ live_until: 0 })
    .where('organization_id', '=', organization)
    .where('id_hash', '=', idHash)
    .execute()
}

/** Returns the number of live subscriptions. Reads only an index, which contains few other rows. */
export async function countSubscriptions(
  db: Database,
  now: number,
  organization: OrganizationId,
  principal: PrincipalId,
): Promise<number> {
  const { count } = await db
    .selectFrom('subscriptions')
    .select(({ fn }) => fn.countAll<number | string>().as('count'))
    .where('organization_id', '=', organization)
    .where('principal_id', '=', principal)
    .where('live_until', '>', now)
    .executeTakeFirstOrThrow()
  return Number(count)
}
