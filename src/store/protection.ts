/**
 * Protected mailboxes in SQL. An organization that has never changed them has no row.
 *
 * @module
 */

import { isDeepStrictEqual } from 'node:util'
import type { OrganizationId } from '../model/identity.ts'
import { isProtection } from '../model/policy-shapes.ts'
import { NO_PROTECTION, type Protection } from '../model/protection.ts'
import { readJson } from '../model/read-json.ts'
import { PROTECTION } from '../model/subject.ts'
import type { Database } from './tables.ts'
import { changeOrganization, raiseVersion } from './versions.ts'

/** Protects all mailboxes. */
const UNREADABLE: Protection = { ...NO_PROTECTION, unreadable: true }

export async function readProtection(
  db: Database,
  organization: OrganizationId,
): Promise<Protection> {
  const row = await db
    .selectFrom('protections')
    .select('content')
    .where('organization_id', '=', organization)
    .executeTakeFirst()
  if (row === undefined) return NO_PROTECTION
  return readJson(row.content, isProtection) ?? UNREADABLE
}

/** Replaces the protected mailboxes of an organization. */
export async function putProtection(
  db: Database,
  now: number,
  organization: OrganizationId,
  protection: Protection,
): Promise<void> {
  await changeOrganization(db, organization, async change => {
    if (isDeepStrictEqual(await readProtection(change, organization), protection)) return
    const content = JSON.stringify(protection)
    await change
      .insertInto('protections')
      .values({ organization_id: organization, content })
      .onConflict(conflict => conflict.column('organization_id').doUpdateSet({ content }))
      .execute()
    await raiseVersion(change, organization, [PROTECTION], now)
  })
}
