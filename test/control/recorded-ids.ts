/**
 * Compares what a call changes in the store with its audit records: the IDs, and the policy.
 *
 * @module
 */

import type { ChangeRecord } from '../../src/audit/audit.ts'
import { differencesOf, PolicyFold } from '../../src/audit/policy-fold.ts'
import { DEFAULT_ACCESS_CONTROL_RULE } from '../../src/model/access-control.ts'
import { joinParts } from '../../src/model/change-parts.ts'
import { BACKUP_TABLES } from '../../src/store/backup.ts'
import type { Store, StoredRow } from '../../src/store/store.ts'
import { ORGANIZATION } from '../kit/control-test-server.ts'
import { policyInRows } from '../kit/policy-in-rows.ts'

/** The store of a gateway, and the records of its journal. */
export type Kept = Readonly<{
  store: Store
  audit: () => readonly Readonly<Record<string, unknown>>[]
}>

/** IDs that a call has changed, those of them that its records leave out, and the versions and epochs in its records. */
export type Recorded = Readonly<{
  changed: ReadonlySet<string>
  missing: readonly string[]
  versions: readonly unknown[]
  /** Paths at which the policy that the records lead to differs from that of the store. */
  differences: readonly string[]
}>

/** Tables that no decision depends on. */
const OTHERS: ReadonlySet<string> = new Set([
  'outbox',
  'client_tokens',
  'signing_keys',
  'subscriptions',
  'meta',
])

/** IDs of users, groups, roles, principals, and keys. */
const IDS = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|AKIA[A-Z2-7]{16}/g

/** Key of an access control rule, whose ID is its name. */
const RULE = /^\["access_control_rules",\["[^"]*","([^"]*)"/

/** Makes a call, and compares what it changed with its records. */
export async function compare(
  { store, audit }: Kept,
  call: () => Promise<unknown>,
): Promise<Recorded> {
  const [before, records] = [await rowsOf(store), await recordsOf({ store, audit })]
  const fold = new PolicyFold(await policyInRows(store, ORGANIZATION))
  await call()
  const after = await rowsOf(store)
  const added = (await recordsOf({ store, audit })).filter(record => !records.includes(record))
  const text = added.join()
  const parts = added.map(record => JSON.parse(record) as ChangeRecord)
  for (const change of Map.groupBy(
    parts,
    ({ decisionId, partOf = decisionId }) => partOf,
  ).values()) {
    const [first, ...others] = change.toSorted((a, b) => (a.part ?? 1) - (b.part ?? 1))
    if (first?.verdict === 'allow') fold.apply(joinParts(first, others))
  }
  const named = new Set(text.match(IDS))
  const changed = changedIds(before, after)
  return {
    changed,
    differences: differencesOf(fold.policy(), await policyInRows(store, ORGANIZATION)),
    versions: added.map(record => {
      const { policyVersionBefore, policyVersion, epoch } = JSON.parse(record)
      return { policyVersionBefore, policyVersion, epoch }
    }),
    missing: [...changed].filter(id => !named.has(id) && !text.includes(`"name":"${id}"`)),
  }
}

type Rows = ReadonlyMap<string, string>

/** Returns the rows that decisions depend on, by their keys. */
async function rowsOf(store: Store): Promise<Rows> {
  const rows = new Map<string, string>()
  for (const { table, row } of await allRows(store)) {
    if (OTHERS.has(table)) continue
    const { last_used_at: _, ...stable } = row
    const { key = [] } = BACKUP_TABLES.find(({ name }) => name === table) ?? {}
    rows.set(JSON.stringify([table, key.map(name => row[name])]), JSON.stringify(stable))
  }
  return rows
}

const allRows = (store: Store): Promise<readonly StoredRow[]> =>
  store.backup(async ({ rows }) => {
    const all: StoredRow[] = []
    for await (const row of rows()) all.push(row)
    return all
  })

/** Returns the JSON of all records of changes, including those that are not delivered. */
async function recordsOf({ store, audit }: Kept): Promise<readonly string[]> {
  const waiting = (await allRows(store)).filter(({ table }) => table === 'outbox')
  return [
    ...audit()
      .filter(({ type }) => type === 'change')
      .map(record => JSON.stringify(record)),
    ...waiting.map(({ row }) => String(row['record'])),
  ]
}

/** Returns the IDs in rows that were added or removed. Of a row that was changed, its own and those that differ. */
function changedIds(before: Rows, after: Rows): ReadonlySet<string> {
  const ids = new Set<string>()
  for (const key of new Set([...before.keys(), ...after.keys()])) {
    const [was, is] = [before.get(key) ?? '', after.get(key) ?? '']
    if (was === is) continue
    const [old, fresh] = [new Set(was.match(IDS)), new Set(is.match(IDS))]
    for (const id of [...old, ...fresh]) if (!old.has(id) || !fresh.has(id)) ids.add(id)
    for (const id of key.match(IDS) ?? []) ids.add(id)
    const [, ruleName] = RULE.exec(key) ?? []
    // The first change of the rules only stores the default rule, which held before.
    if (ruleName !== undefined && ruleName !== DEFAULT_ACCESS_CONTROL_RULE.name) ids.add(ruleName)
  }
  return ids
}
