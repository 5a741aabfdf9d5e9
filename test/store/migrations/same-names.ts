/**
 * Principals with the same names, as versions without unique names allowed them, and their names afterwards.
 */

import { organizationId } from '../../../src/model/identity.ts'
import type { Store } from '../../../src/store/store.ts'

const ORGANIZATION = 'm-0123456789abcdef0123456789abcdef'
const LONG = '\u{1F600}'.repeat(64)

/** ID, name, and when its access keys were made. */
const PRINCIPALS = [
  ['p-1', 'Sync', []],
  ['p-2', 'sync ', [30]],
  ['p-3', 'SYNC', [20, 40]],
  ['p-4', 'sync (2)', []],
  ['p-5', "Ann's", [5]],
  ['p-6', LONG, []],
  ['p-7', LONG, []],
] as const

/** Statements that insert the principals, and two of another organization. */
export const SAME_NAMES = [
  `insert into organizations (id, policy_version) values ('m-0', 0)`,
  ...PRINCIPALS.map(([id, name]) => insertPrincipal(id, ORGANIZATION, name)),
  ...PRINCIPALS.flatMap(([id, , keys]) => keys.map(at => insertKey(id, at))),
  insertPrincipal('q-1', 'm-0', 'Sync'),
].join(';\n')

/** Names by ID, after a migration. The oldest keeps its name, and a number that is there is not given again. */
export const UNIQUE_NAMES = {
  'p-1': 'Sync (4)',
  'p-2': 'sync (3)',
  'p-3': 'SYNC',
  'p-4': 'sync (2)',
  'p-5': "Ann's",
  'p-6': LONG,
  'p-7': `${LONG.slice(0, 120)} (2)`,
  'q-1': 'Sync',
}

/** Returns the names of all principals that were inserted, by ID. */
export async function namesIn(store: Store): Promise<Record<string, string>> {
  const ids = [ORGANIZATION, 'm-0'].map(organizationId)
  const found = (await Promise.all(ids.map(id => store.principals(id)))).flat()
  const inserted = found.filter(({ id }) => Object.hasOwn(UNIQUE_NAMES, id))
  return Object.fromEntries(inserted.map(({ id, name }) => [id, name]).toSorted())
}

function insertPrincipal(id: string, organization: string, name: string): string {
  const values = [id, organization, name].map(value => `'${value.replaceAll("'", "''")}'`)
  return `insert into principals (id, organization_id, name, enabled, policy) values (${values}, 1, '{}')`
}

function insertKey(principal: string, createdAt: number): string {
  return `insert into access_keys (id, principal_id, secret_hash, sealed_secret, enabled, created_at)
    values ('${principal}-${createdAt}', '${principal}', '', '', 1, ${createdAt})`
}
