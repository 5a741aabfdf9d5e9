/**
 * Access control rules in SQL.
 *
 * An organization that has never changed its rules has no rows. Its default rule is a constant, so no row must
 * exist before the organization is configured.
 *
 * @module
 */

import { isDeepStrictEqual } from 'node:util'
import type { Selectable } from 'kysely'
import { type AccessControlRule, DEFAULT_ACCESS_CONTROL_RULE } from '../model/access-control.ts'
import type { OrganizationId } from '../model/identity.ts'
import { by } from '../model/order.ts'
import { isConditions } from '../model/policy-shapes.ts'
import { readJson } from '../model/read-json.ts'
import { isEffect } from '../model/role-shape.ts'
import { ACCESS_CONTROL } from '../model/subject.ts'
import { readWhole } from './stored-json.ts'
import type { AccessControlRuleTable, Database, WholeRow } from './tables.ts'
import { type Change, changeOrganization, raiseVersion } from './versions.ts'

type Draft = Omit<AccessControlRule, 'createdAt' | 'modifiedAt' | 'unreadable'>

type Conditions = Omit<Draft, 'name' | 'effect' | 'description'>

/** Returns the rules ordered by name, by UTF-16 code units, independent of the database's collation. */
export async function readAccessControlRules(
  db: Database,
  organization: OrganizationId,
): Promise<readonly AccessControlRule[]> {
  if (!(await wasChanged(db, organization))) return [DEFAULT_ACCESS_CONTROL_RULE]
  const rows = await db
    .selectFrom('access_control_rules')
    .selectAll()
    .where('organization_id', '=', organization)
    .execute()
  return rows.sort(by(({ name }) => name)).map(ruleOf)
}

/** Creates the rule or replaces it completely, except its time of creation. */
export async function putAccessControlRule(
  db: Database,
  now: number,
  organization: OrganizationId,
  draft: Draft,
): Promise<void> {
  await changeOrganization(db, organization, async change => {
    const stored = await findRule(change, organization, draft.name)
    if (stored && isDeepStrictEqual(draftOf(stored), draft)) return

    await writeDefaultRule(change, organization)
    const createdAt = stored?.createdAt ?? now
    await writeRule(change, organization, { ...draft, createdAt, modifiedAt: now })
    await raiseVersion(change, organization, [ACCESS_CONTROL], now)
  })
}

export async function deleteAccessControlRule(
  db: Database,
  now: number,
  organization: OrganizationId,
  name: string,
): Promise<void> {
  await changeOrganization(db, organization, async change => {
    if (!(await findRule(change, organization, name))) return

    await writeDefaultRule(change, organization)
    await change
      .deleteFrom('access_control_rules')
      .where('organization_id', '=', organization)
      .where('name', '=', name)
      .execute()
    await raiseVersion(change, organization, [ACCESS_CONTROL], now)
  })
}

/** Whether the rules were ever changed. If so, the organization no longer has the default rule implicitly. */
async function wasChanged(db: Database, organization: OrganizationId): Promise<boolean> {
  const row = await db
    .selectFrom('organizations')
    .select('access_control_changed')
    .where('id', '=', organization)
    .executeTakeFirst()
  return row !== undefined && row.access_control_changed !== 0
}

async function findRule(change: Change, organization: OrganizationId, name: string) {
  const rules = await readAccessControlRules(change, organization)
  return rules.find(rule => rule.name === name)
}

/** Stores the default rule before the first change, because that change can replace or delete it. */
async function writeDefaultRule(change: Change, organization: OrganizationId) {
  if (await wasChanged(change, organization)) return
  await change
    .updateTable('organizations')
    .set({ access_control_changed: 1 })
    .where('id', '=', organization)
    .execute()
  await writeRule(change, organization, DEFAULT_ACCESS_CONTROL_RULE)
}

async function writeRule(change: Change, organization: OrganizationId, rule: AccessControlRule) {
  const { organization_id, name, ...values } = rowOf(organization, rule)
  await change
    .insertInto('access_control_rules')
    .values({ organization_id, name, ...values })
    .onConflict(conflict => conflict.columns(['organization_id', 'name']).doUpdateSet(values))
    .execute()
}

function draftOf({ createdAt, modifiedAt, ...draft }: AccessControlRule): Draft {
  return draft
}

function rowOf(
  organization: OrganizationId,
  {
    name,
    effect,
    description,
    createdAt,
    modifiedAt,
    unreadable: _,
    ...conditions
  }: AccessControlRule,
): WholeRow<AccessControlRuleTable> {
  return {
    organization_id: organization,
    name,
    effect,
    description,
    conditions: JSON.stringify(conditions satisfies Conditions),
    created_at: createdAt,
    modified_at: modifiedAt,
  }
}

/** Returns the rule of a row. A rule that this version doesn't understand denies everything. */
function ruleOf(row: Selectable<AccessControlRuleTable>): AccessControlRule {
  const { name, effect, description } = row
  const conditions = readJson(row.conditions, isConditions)
  const createdAt = readWhole(row.created_at)
  const modifiedAt = readWhole(row.modified_at)
  const isUnderstood = conditions && isEffect(effect)
  if (isUnderstood && createdAt !== undefined && modifiedAt !== undefined)
    return { name, effect, description, ...conditions, createdAt, modifiedAt }
  const times = { createdAt: createdAt ?? 0, modifiedAt: modifiedAt ?? 0 }
  return { name, effect: 'DENY', description, ...times, unreadable: true }
}
