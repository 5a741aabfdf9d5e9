/**
 * The methods of the store on SQL: one implementation for every dialect of kysely.
 *
 * @module
 */

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
  claimPersonCheck,
  consoleSessionSeen,
  endConsoleSession,
  readConsoleSession,
  releasePersonCheck,
} from './console-sessions.ts'
import { countUsers, readCounts } from './counts.ts'
import { formerNamesOf, readFormerOwners, releaseName } from './former-names.ts'
import { readGateways, recordHeartbeat, removeGateway } from './gateways.ts'
import { deleteGroup, dryRunGroups, importGroups, putGroup } from './group-changes.ts'
import { countMembers, readGroupUsers } from './group-members.ts'
import { readGroup, readGroups, readGroupsById, readGroupsNamed, readGroupsWith } from './groups.ts'
import { putIdentities, readIdentities, readIdentitiesOf, readIdentity } from './identities.ts'
import { dryRunImport, importUsers } from './import.ts'
import {
  deleteKey,
  keyUsed,
  putKey,
  readAllKeys,
  readCredential,
  readKeys,
  resealSecrets,
} from './keys.ts'
import {
  isEmpty,
  newEpoch,
  putFleetState,
  readEpoch,
  readFleetState,
  readMasterKeyState,
  writeMasterKeyCheck,
  writeMasterKeyState,
} from './meta.ts'
import { guarded, methodsOn, Undone } from './methods.ts'
import { acknowledgeOutbox, addToOutbox, claimOutbox } from './outbox.ts'
import { recordPolicies, recordPolicy } from './policy-records.ts'
import { deletePrincipal, putPrincipal, readPrincipal, readPrincipals } from './principals.ts'
import { readProtectedMembers } from './protected-members.ts'
import { putProtection, readProtection } from './protection.ts'
import { type LockTables, restoreBackup } from './restore.ts'
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
import type { Store } from './store.ts'
import {
  countSubscriptions,
  endSubscription,
  keepSubscription,
  putSubscription,
  readSubscriptions,
} from './subscriptions.ts'
import type { Database } from './tables.ts'
import { addTool } from './tools.ts'
import { readUnreadableGroups } from './unreadable-groups.ts'
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
  readRecordedVersion,
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
  /** Policy version at the beginning of the transaction that the database is. */
  versionBefore?: number
  /** Receives the migrations of a database that existed before. */
  onMigrated?: OnMigrated | undefined
}>

/** Returns the store in a database that is migrated. */
export function storeOf(db: Database, now: () => number, options: SqlOptions): Store {
  const { readers, lists = readers, retryRead, retryChange, versionBefore } = options
  const { lockTables = async () => {} } = options
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
    unreadableGroups: list(readUnreadableGroups),
    groupUsers: list(readGroupUsers),
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
    protectedMembers: list(readProtectedMembers),
    putProtection: writeNow(putProtection),

    principals: read(readPrincipals),
    principal: read(readPrincipal),
    putPrincipal: writeNow(putPrincipal),
    addTool: writeNow(addTool),
    deletePrincipal: writeNow(deletePrincipal),
    credential: read(readCredential),
    keysOf: read(readKeys),
    keys: list(readAllKeys),
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
    claimPersonCheck: write(claimPersonCheck),
    releasePersonCheck: write(releasePersonCheck),

    change: async (organization, work) => {
      const changed = writeNow(async (db, begunAt) => {
        const inTransaction = async (transaction: Database, versionBefore?: number) => {
          const store = storeOf(transaction, () => begunAt, {
            readers: transaction,
            retryChange: work => work(),
            ...(versionBefore !== undefined && { versionBefore }),
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
    recordPolicy: (organization, since) => writeNow(recordPolicy)(lists, organization, since),
    recordPolicies: writeNow(recordPolicies),
    claimOutbox: writeNow(claimOutbox),
    acknowledgeOutbox: write(acknowledgeOutbox),
    keepCheckpoint: writeNow(keepCheckpoint),
    checkpoints: list(readCheckpoints),

    // Without repetition after a lost connection, because the caller has used a part of the content.
    backup: read => methodsOn(lists)(db => readBackup(db, read))(),
    restore: (rows, options) =>
      writeNow((db, now) => restoreBackup(db, lockTables, rows, now, options))(),

    counts: list(readCounts),
    countUsers: list(countUsers),
    policyVersion: read(policyVersion),
    recordedVersion: read(async (db, organization) => ({
      ...(await readRecordedVersion(db, organization)),
      ...(versionBefore !== undefined && { policyVersionBefore: versionBefore }),
    })),
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
