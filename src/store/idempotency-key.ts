/**
 * Client tokens in SQL, so that a repeated request is carried out once.
 *
 * @module
 */

import type { OrganizationId } from '../model/identity.ts'
import type { RoleId } from '../model/role.ts'
import { ClientTokenReused, type IdempotencyKey } from './store.ts'
import type { Change } from './versions.ts'

/**
 * Creates a role and returns its ID. If the client token has created a role already, only returns the ID of that role.
 * An expired token is ignored and deleted.
 *
 * @param create - creates the role in the same change
 * @throws ClientTokenReused
 */
export async function createIdempotently(
  change: Change,
  now: number,
  organization: OrganizationId,
  key: IdempotencyKey,
  create: () => Promise<RoleId>,
): Promise<RoleId> {
  await forgetExpired(change, now, organization)
  const made = await change
    .selectFrom('client_tokens')
    .select(['fingerprint', 'role_id'])
    .where('organization_id', '=', organization)
    .where('client_token', '=', key.clientToken)
    .executeTakeFirst()
  if (made?.fingerprint === key.fingerprint) return made.role_id
  if (made) throw new ClientTokenReused('The client token was used with other input before')

  const id = await create()
  await change
    .insertInto('client_tokens')
    .values({
      organization_id: organization,
      client_token: key.clientToken,
      fingerprint: key.fingerprint,
      role_id: id,
      expires_at: key.expiresAt,
    })
    .execute()
  return id
}

async function forgetExpired(change: Change, now: number, organization: OrganizationId) {
  await change
    .deleteFrom('client_tokens')
    .where('organization_id', '=', organization)
    .where('expires_at', '<=', now)
    .execute()
}
