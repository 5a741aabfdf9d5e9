/**
 * Changes of one user, in SQL, without reading the others.
 *
 * @module
 */

import type { OrganizationId, User, UserId } from '../model/identity.ts'
import { planUser, subjectsOf, subjectsOfUser } from './plan.ts'
import type { UserDraft } from './store.ts'
import type { Database } from './tables.ts'
import { markDeleted, writePlan } from './user-rows.ts'
import { readUser, readUsersMatching } from './users.ts'
import { changeOrganization, raiseVersion } from './versions.ts'

/**
 * Creates or updates the user of one draft. Reads only users with its ID or one of its names.
 *
 * @throws ConflictError
 */
export async function putUser(
  db: Database,
  now: number,
  organization: OrganizationId,
  draft: UserDraft,
): Promise<User> {
  return await changeOrganization(db, organization, async change => {
    const known = await readUsersMatching(change, organization, draft)
    const { user, plan } = planUser(known, draft)
    if (plan.unchanged === 1) return user

    await writePlan(change, organization, plan)
    await raiseVersion(change, organization, subjectsOf(plan, []), now)
    return user
  })
}

/** Marks a user as deleted. Keeps the row and the names, so that the person can get the same ID again. */
export async function deleteUser(
  db: Database,
  now: number,
  organization: OrganizationId,
  id: UserId,
): Promise<void> {
  await changeOrganization(db, organization, async change => {
    const user = await readUser(change, organization, id)
    if (user === undefined) return
    await markDeleted(change, organization, [user])
    await raiseVersion(change, organization, subjectsOfUser(user), now)
  })
}
