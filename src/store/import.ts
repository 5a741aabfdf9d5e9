/**
 * Imports users, in SQL.
 *
 * @module
 */

import type { OrganizationId } from '../model/identity.ts'
import { isStopped } from '../model/removals.ts'
import { type Plan, planImport, subjectsOf } from './plan.ts'
import {
  type ImportOptions,
  type ImportPlan,
  RemovalStopped,
  removalIn,
  type UserDraft,
  writesAnything,
} from './store.ts'
import type { Database } from './tables.ts'
import { markDeleted, writePlan } from './user-rows.ts'
import { readStoredUsers } from './users.ts'
import { type Change, changeOrganization, policyVersion, raiseVersion } from './versions.ts'

/** Number of attempts to plan an import without the lock. A concurrent write makes such a plan invalid. */
const FREE_ATTEMPTS = 3

/** Returns the result that an import would have, without importing. */
export async function dryRunImport(
  db: Database,
  organization: OrganizationId,
  drafts: readonly UserDraft[],
): Promise<ImportPlan> {
  return resultOf(planImport(await readStoredUsers(db, organization), drafts))
}

/**
 * Imports users, all or nothing. Comparing a large directory takes long, and most imports change little. So the
 * import is planned before the lock is taken, and the plan is used only if nothing was written since.
 *
 * @param readers - database connection whose reads don't wait for writers
 */
export async function importUsers(
  db: Database,
  now: number,
  readers: Database,
  organization: OrganizationId,
  drafts: readonly UserDraft[],
  options: ImportOptions,
): Promise<ImportPlan> {
  const { deleteMissing } = options
  for (let attempt = 0; attempt < FREE_ATTEMPTS; attempt += 1) {
    // Reads the version before the users, so that a write between the two reads is detected.
    const version = await policyVersion(readers, organization)
    const plan = planImport(await readStoredUsers(readers, organization), drafts)
    if (!writesAnything(plan, deleteMissing)) return resultOf(plan)
    requireConsent(plan, options)

    const done = await changeOrganization(db, organization, async change => {
      if ((await policyVersion(change, organization)) !== version) return false
      await carryOut(change, now, organization, plan, deleteMissing)
      return true
    })
    if (done) return resultOf(plan)
  }

  return await changeOrganization(db, organization, async change => {
    const plan = planImport(await readStoredUsers(change, organization), drafts)
    requireConsent(plan, options)
    if (writesAnything(plan, deleteMissing))
      await carryOut(change, now, organization, plan, deleteMissing)
    return resultOf(plan)
  })
}

/** @throws RemovalStopped */
function requireConsent(plan: Plan, options: ImportOptions): void {
  const removal = removalIn(plan)
  if (options.deleteMissing && isStopped(removal, options)) throw new RemovalStopped(removal)
}

async function carryOut(
  change: Change,
  now: number,
  organization: OrganizationId,
  plan: Plan,
  deleteMissing: boolean,
) {
  if (deleteMissing) await markDeleted(change, organization, plan.missing)
  await writePlan(change, organization, plan)
  const deleted = deleteMissing ? plan.missing : []
  await raiseVersion(change, organization, subjectsOf(plan, deleted), now)
}

const resultOf = ({ lost, taken, regained, overwritten, ...result }: Plan): ImportPlan => result
