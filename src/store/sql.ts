/**
 * The store on SQL: one implementation for every dialect of kysely.
 *
 * This module alone converts errors of the database to Failures. The errors of conflicts are those of the port, and
 * programming errors stay unchanged.
 *
 * @module
 */

import { Failure } from '../model/failure.ts'
import type { OnMigrated } from '../model/migrated.ts'
import { NAME_SPACES } from '../model/subject.ts'
import {
  deleteAccessControlRule,
  putAccessControlRule,
  readAccessControlRules,
} from './access-control.ts'
import { readBackup } from './backup.ts'
import { keepCheckpoint, readCheckpoints } from './checkpoints.ts'
import {
  addConsoleSession,
  consoleSessionSeen,
  endConsoleSession,
  readConsoleSession,
} from './console-sessions.ts'
import { countUsers, readCounts } from './counts.ts'
import { formerNamesOf, readFormerOwners, releaseName } from './former-names.ts'
import { readGateways, recordHeartbeat, removeGateway } from './gateways.ts'
import { deleteGroup, dryRunGroups, importGroups, putGroup } from './group-changes.ts'
import { countMembers, readGroupsIn, readGroupUsers } from './group-members.ts'
import { readGroup, readGroups, readGroupsById, readGroupsNamed, readGroupsWith } from './groups.ts'
import { putIdentities, readIdentities, readIdentitiesOf, readIdentity } from './identities.ts'
import { dryRunImport, importUsers } from './import.ts'
import { deleteKey, keyUsed, putKey, readCredential, readKeys, resealSecrets } from './keys.ts'
import {
  isEmpty,
  makeEpoch,
  newEpoch,
  putFleetState,
  readEpoch,
  readFleetState,
  readMasterKeyState,
  writeMasterKeyCheck,
  writeMasterKeyState,
} from './meta.ts'
import { isStore, migrate, migrateTo, verifyMigrated } from './migrations/migrate.ts'
import { acknowledgeOutbox, addToOutbox, claimOutbox } from './outbox.ts'
import {
  addPersonSession,
  claimPersonCheck,
  endPersonSession,
  personSessionSeen,
  readPersonSession,
  releasePersonCheck,
} from './person-sessions.ts'
import { deletePrincipal, putPrincipal, readPrincipal, readPrincipals } from './principals.ts'
import { putProtection, readProtection } from './protection.ts'
import { insertRows, type LockTables, restoreBackup } from './restore.ts'
import {
  createRole,
  deleteRole,
  lockRole,
  putRole,
  putShadow,
  revokeTokens,
} from './role-changes.ts'
import { countRoles, readRole, readRoleByName, readRoles, readRolesPage } from './roles.ts'
import { addSigningKey, readSigningKeys, removeSigningKeys } from './signing-keys.ts'
import { readSnapshot } from './snapshot.ts'
import {
  ClientTokenReused,
  ConflictError,
  LimitReached,
  RemovalStopped,
  type Store,
  type StoredRow,
  StoreNotEmpty,
} from './store.ts'
import {
  countSubscriptions,
  endSubscription,
  keepSubscription,
  putSubscription,
  readSubscriptions,
} from './subscriptions.ts'
import type { Database } from './tables.ts'
import { addTool } from './tools.ts'
import { readUsersById, readUsersByName } from './user-batches.ts'
import { deleteUser, putUser } from './user-changes.ts'
import { listUsers, searchUsers } from './user-search.ts'
import { readUser, readUserByName, readUsers, readUsersPage } from './users.ts'
import {
  changeOrganization,
  changeStore,
  policyVersion,
  readChangesSince,
  readPolicyVersions,
} from './versions.ts'

/** Additional connections and functions of a dialect. */
export type SqlOptions = Readonly<{
  /** Connection for reads: another one if reads would otherwise wait for writers. Closed with the store. */
  readers: Database
  /** Another connection to the database for long lists, so that they don't delay decisions. */
  lists?: Database
  /** Another connection to the database for migrations, with a longer timeout. */
  migrating?: Database
  /** Runs a read, and repeats it if its connection broke. */
  retryRead?: <T>(work: () => Promise<T>) => Promise<T>
  /**
   * Runs a change, and repeats it if it conflicts with others. That is safe, because every change begins with the
   * statement that can conflict.
   */
  retryChange: <T>(work: () => Promise<T>) => Promise<T>
  /** Locks tables against writes, if a transaction doesn't lock the whole database. */
  lockTables?: LockTables
  /** Receives the migrations of a database that existed before. */
  onMigrated?: OnMigrated | undefined
}>

/**
 * Migrates the database and opens it.
 *
 * @param now - returns the time in milliseconds
 * @throws Failure if the database can't be used
 */
export async function openSql(
  db: Database,
  now: () => number,
  options: SqlOptions,
): Promise<Store> {
  return await guarded(async () => {
    await migrate(options.migrating ?? db, options.onMigrated)
    await makeEpoch(db)
    return storeOf(db, now, options)
  })
}

/** Options for a store that must exist. */
export type Existing = Readonly<{
  /** Whether to migrate a store of an earlier version. If not, opening it fails, unless the next option is set. */
  migrates: boolean
  /** Whether to open a store of an earlier version without a migration. Only a backup can be made of it. */
  acceptsEarlier?: boolean
}>

/**
 * Opens a store, or returns undefined if the database has none.
 *
 * @throws Failure if the database cannot be used
 */
export async function openExistingSql(
  db: Database,
  now: () => number,
  options: SqlOptions,
  { migrates, acceptsEarlier = false }: Existing,
): Promise<Store | undefined> {
  return await guarded(async () => {
    if (!(await isStore(db))) return undefined
    if (migrates) await migrate(options.migrating ?? db)
    else if (!acceptsEarlier) await verifyMigrated(db)
    return storeOf(db, now, options)
  })
}

/**
 * Opens an empty database with the rows of a backup, migrated to the schema of this version.
 *
 * @param schema - last migration of the store of the backup
 * @throws Failure if rows don't fit the tables
 */
export async function openStagedSql(
  db: Database,
  options: SqlOptions,
  schema: string,
  rows: AsyncIterable<StoredRow>,
): Promise<Store> {
  return await guarded(async () => {
    await migrateTo(db, schema)
    await insertRows(db, rows)
    await migrate(db)
    await makeEpoch(db)
    return storeOf(db, Date.now, options)
  })
}

/** Runs a call of the database. Converts its errors to a Failure `policy-unavailable`. */
async function guarded<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (PROMISED.some(type => error instanceof type)) throw error
    const reason = error instanceof Error ? error.message : String(error)
    throw new Failure('policy-unavailable', `The store cannot be used: ${reason}`, {
      cause: error,
      kind: 'store',
    })
  }
}

/**
 * Wraps a value that the function of a change threw, so that the transaction is rolled back. `change()` then throws
 * the value itself.
 */
class Undone extends Error {
  override readonly name = 'Undone'
}

const PROMISED = [
  ConflictError,
  ClientTokenReused,
  LimitReached,
  RemovalStopped,
  StoreNotEmpty,
  Undone,
  Failure,
  TypeError,
  ReferenceError,
]

function storeOf(db: Database, now: () => number, options: SqlOptions): Store {
  const { readers, lists = readers, retryRead, retryChange, lockTables = async () => {} } = options
  const read = methodsOn(readers, retryRead)
  const list = methodsOn(lists, retryRead)
  const write = methodsOn(db, retryChange)
  const writeNow = <A extends unknown[], R>(
    work: (db: Database, now: number, ...given: A) => Promise<R>,
  ) => write((db, ...given: A) => work(db, now(), ...given))
  const readNow = <A extends unknown[], R>(
    work: (db: Database, now: number, ...given: A) => Promise<R>,
  ) => read((db, ...given: A) => work(db, now(), ...given))
  const tryImport = list(dryRunImport)
  const doImport = writeNow(importUsers)
  const tryGroups = list(dryRunGroups)
  const doImportGroups = writeNow(importGroups)

  return {
    user: read(readUser),
    userByName: read(readUserByName),
    usersById: read(readUsersById),
    usersByName: read((db, organization, kind, names) =>
      readUsersByName(db, organization, NAME_SPACES[kind], names),
    ),
    users: list(readUsers),
    usersPage: read(readUsersPage),
    searchUsers: list(searchUsers),
    listUsers: list(listUsers),
    putUser: writeNow(putUser),
    deleteUser: writeNow(deleteUser),
    formerNames: read(formerNamesOf),
    formerOwners: read(readFormerOwners),
    releaseName: writeNow(releaseName),
    importUsers: (organization, drafts, options) =>
      options.dryRun
        ? tryImport(organization, drafts)
        : doImport(lists, organization, drafts, options),

    group: read(readGroup),
    groups: list(readGroups),
    groupsById: read(readGroupsById),
    groupsNamed: read(readGroupsNamed),
    groupsWith: read(readGroupsWith),
    groupUsers: list(readGroupUsers),
    groupsIn: read(readGroupsIn),
    countMembers: list(countMembers),
    putGroup: writeNow(putGroup),
    deleteGroup: writeNow(deleteGroup),
    importGroups: (organization, drafts, { dryRun, deleteMissing }) =>
      dryRun
        ? tryGroups(organization, drafts)
        : doImportGroups(lists, organization, drafts, deleteMissing),

    role: read(readRole),
    roleByName: read(readRoleByName),
    roles: list(readRoles),
    rolesPage: read(readRolesPage),
    countRoles: read(countRoles),
    putRole: writeNow(putRole),
    createRole: writeNow(createRole),
    lockRole: writeNow(lockRole),
    putShadow: writeNow(putShadow),
    revokeTokens: writeNow(revokeTokens),
    deleteRole: writeNow(deleteRole),

    accessControlRules: read(readAccessControlRules),
    putAccessControlRule: writeNow(putAccessControlRule),
    deleteAccessControlRule: writeNow(deleteAccessControlRule),

    protection: read(readProtection),
    putProtection: writeNow(putProtection),

    principals: read(readPrincipals),
    principal: read(readPrincipal),
    putPrincipal: writeNow(putPrincipal),
    addTool: writeNow(addTool),
    deletePrincipal: writeNow(deletePrincipal),
    credential: read(readCredential),
    keysOf: read(readKeys),
    identity: read(readIdentity),
    identitiesOf: read(readIdentitiesOf),
    identities: list(readIdentities),
    putIdentities: writeNow(putIdentities),
    putKey: writeNow(putKey),
    deleteKey: writeNow(deleteKey),
    keyUsed: write(keyUsed),
    signingKeys: read(readSigningKeys),
    addSigningKey: write(addSigningKey),

    subscriptions: read(readSubscriptions),
    putSubscription: writeNow(putSubscription),
    keepSubscription: writeNow(keepSubscription),
    endSubscription: write(endSubscription),
    countSubscriptions: readNow(countSubscriptions),

    consoleSession: read(readConsoleSession),
    addConsoleSession: write(addConsoleSession),
    consoleSessionSeen: write(consoleSessionSeen),
    endConsoleSession: write(endConsoleSession),
    personSession: read(readPersonSession),
    addPersonSession: write(addPersonSession),
    personSessionSeen: write(personSessionSeen),
    claimPersonCheck: write(claimPersonCheck),
    releasePersonCheck: write(releasePersonCheck),
    endPersonSession: write(endPersonSession),

    change: async (organization, work) => {
      const changed = writeNow(async (db, begunAt) => {
        const inTransaction = async (transaction: Database) => {
          const store = storeOf(transaction, () => begunAt, {
            readers: transaction,
            retryChange: work => work(),
          })
          const {
            result,
            records,
            claimed = true,
          } = await work(store).catch(cause => {
            throw new Undone('The work of a transaction failed', { cause })
          })
          // Claims the records at the end of the transaction, because it can take longer than a claim lasts.
          await addToOutbox(transaction, claimed ? now() : 0, records)
          return result
        }
        return organization === undefined
          ? await changeStore(db, inTransaction)
          : await changeOrganization(db, organization, inTransaction)
      })
      return await changed().catch(error => {
        throw error instanceof Undone ? error.cause : error
      })
    },
    claimOutbox: writeNow(claimOutbox),
    acknowledgeOutbox: write(acknowledgeOutbox),
    keepCheckpoint: writeNow(keepCheckpoint),
    checkpoints: list(readCheckpoints),

    // Without repetition after a lost connection, because the caller has used a part of the content.
    backup: read => methodsOn(lists)(db => readBackup(db, read))(),
    restore: (rows, options) => write(db => restoreBackup(db, lockTables, rows, options))(),

    counts: list(readCounts),
    countUsers: list(countUsers),
    policyVersion: read(policyVersion),
    policyVersions: read(readPolicyVersions),
    changesSince: read(readChangesSince),
    snapshot: work => read(db => readSnapshot(db, work))(),
    epoch: read(readEpoch),
    newEpoch: write(newEpoch),
    recordHeartbeat: write(recordHeartbeat),
    removeGateway: write(removeGateway),
    gateways: read(readGateways),
    fleetState: read(readFleetState),
    putFleetState: write(putFleetState),
    isEmpty: read(isEmpty),
    masterKeyState: read(readMasterKeyState),
    setMasterKeyCheck: write(writeMasterKeyCheck),
    putMasterKeyState: write(writeMasterKeyState),
    resealSecrets: write(resealSecrets),
    removeSigningKeys: write(removeSigningKeys),
    ping: read(async database => void (await readEpoch(database))),
    close: () =>
      guarded(async () => {
        await readers.destroy()
        await db.destroy()
      }),
  }
}

/** Turns a function whose first argument is the database into a method. */
const methodsOn =
  (db: Database, retry: SqlOptions['retryChange'] = work => work()) =>
  <A extends unknown[], R>(work: (db: Database, ...given: A) => Promise<R>) =>
  (...given: A): Promise<R> =>
    guarded(() => retry(() => work(db, ...given)))
