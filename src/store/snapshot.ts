/**
 * Snapshots in SQL: policy data and versions, read in one transaction.
 *
 * @module
 */

import type { ConnectingSid, OrganizationId, User } from '../model/identity.ts'
import type { IdOf, StoredKind, ValueOf } from '../model/policy-data.ts'
import { NAME_SPACES } from '../model/subject.ts'
import { readAccessControlRules } from './access-control.ts'
import { readIdentity } from './identities.ts'
import { readCredential } from './keys.ts'
import { readPrincipal } from './principals.ts'
import { readProtection } from './protection.ts'
import { readRole, readRoleByName } from './roles.ts'
import type { PolicySnapshot } from './store.ts'
import { readSubscriptions } from './subscriptions.ts'
import type { Database } from './tables.ts'
import { readUsersById, readUsersByName } from './user-batches.ts'
import { readPolicyVersions } from './versions.ts'

/**
 * Returns a transaction in which all reads see the state at the first read. PostgreSQL needs an isolation level for
 * that, and SQLite does it by default.
 */
export const ofOneState = (db: Database) =>
  db.transaction().setIsolationLevel('repeatable read').setAccessMode('read only')

/** Runs reads that all see the state at the first read. */
export const readSnapshot = <T>(
  db: Database,
  read: (snapshot: PolicySnapshot) => Promise<T>,
): Promise<T> =>
  ofOneState(db).execute(async transaction =>
    read({
      policyVersions: await readPolicyVersions(transaction),
      values: (organization, kind, ids) => VALUES[kind](transaction, organization, ids),
      principal: (organization, id) => readPrincipal(transaction, organization, id),
    }),
  )

/** Returns the value of each ID, in their order. */
type ReadValues<Kind extends StoredKind> = (
  db: Database,
  organization: OrganizationId,
  ids: readonly IdOf<Kind>[],
) => Promise<readonly (ValueOf<Kind> | undefined)[]>

const each = async <Id, T>(ids: readonly Id[], read: (id: Id) => Promise<T>) => {
  const values: T[] = []
  for (const id of ids) values.push(await read(id))
  return values
}

const VALUES: Readonly<{ [Kind in StoredKind]: ReadValues<Kind> }> = {
  'access-control': (db, organization, ids) =>
    each(ids, () => readAccessControlRules(db, organization)),
  credential: (db, _, ids) => each(ids, id => readCredential(db, id)),
  identity: (db, _, ids) => each(ids, id => readIdentity(db, id)),
  name: readNamedUsers,
  protection: (db, organization, ids) => each(ids, () => readProtection(db, organization)),
  role: (db, organization, ids) => each(ids, id => readRole(db, organization, id)),
  'role-name': (db, organization, ids) => each(ids, id => readRoleByName(db, organization, id)),
  subscription: readSubscriptions,
  user: readUsersById,
}

/** Returns the user of each name. Reads all names of a name space with one query. */
async function readNamedUsers(
  db: Database,
  organization: OrganizationId,
  sids: readonly ConnectingSid[],
): Promise<readonly (User | undefined)[]> {
  const users = new Map<ConnectingSid, User | undefined>()
  for (const [space, some] of Map.groupBy(sids, ({ kind }) => NAME_SPACES[kind])) {
    const names = some.map(({ value }) => value)
    const found = await readUsersByName(db, organization, space, names)
    for (const [n, sid] of some.entries()) users.set(sid, found[n])
  }
  return sids.map(sid => users.get(sid))
}
