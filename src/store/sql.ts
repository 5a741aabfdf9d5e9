/**
 * The store on SQL: one implementation for every dialect that kysely speaks.
 *
 * What the database throws becomes a Failure here, and only here; a contradiction stays a
 * ConflictError and a mistake of this program's own stays what it is.
 *
 * @module
 */

import { Failure } from '../model/failure.ts'
import type { ConnectingSidKind, OrganizationId, User, UserId } from '../model/identity.ts'
import type { AccessKey, AccessKeyId, Credential, Principal } from '../model/principal.ts'
import type { ImpersonationRole, RoleId } from '../model/role.ts'
import { importUsers, rehearseImport } from './import.ts'
import { isEmpty, makeEpoch, readEpoch, readMasterKeyCheck, writeMasterKeyCheck } from './meta.ts'
import { migrate } from './migrations/migrate.ts'
import { deleteKey, deletePrincipal, putKey, putPrincipal, readCredential } from './principals.ts'
import { deleteRole, putRole, readRole, readRoleByName, readRoles } from './roles.ts'
import {
  ConflictError,
  type ImportPlan,
  type RoleDraft,
  type Store,
  type UserDraft,
} from './store.ts'
import type { Database } from './tables.ts'
import { readUser, readUserByName, readUsers } from './users.ts'
import { policyVersion } from './versions.ts'

/**
 * Brings the database up to date and opens it.
 *
 * @param now - the time in milliseconds
 * @throws Failure where the database cannot be used
 */
export async function openSql(db: Database, now: () => number): Promise<Store> {
  return await guarded(async () => {
    await migrate(db)
    await makeEpoch(db)
    return new SqlStore(db, now)
  })
}

/** Runs what asks the database; whatever that throws is a Failure `policy-unavailable`. */
async function guarded<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof ConflictError || error instanceof Failure) throw error
    if (error instanceof TypeError || error instanceof ReferenceError) throw error
    const reason = error instanceof Error ? error.message : String(error)
    throw new Failure('policy-unavailable', `The store cannot be used: ${reason}`, { cause: error })
  }
}

class SqlStore implements Store {
  readonly #db: Database
  readonly #now: () => number

  constructor(db: Database, now: () => number) {
    this.#db = db
    this.#now = now
  }

  async user(organization: OrganizationId, id: UserId): Promise<User | undefined> {
    return await guarded(() => readUser(this.#db, organization, id))
  }

  async userByName(
    organization: OrganizationId,
    kind: ConnectingSidKind,
    name: string,
  ): Promise<User | undefined> {
    return await guarded(() => readUserByName(this.#db, organization, kind, name))
  }

  async users(organization: OrganizationId): Promise<readonly User[]> {
    return await guarded(() => readUsers(this.#db, organization))
  }

  async importUsers(
    organization: OrganizationId,
    drafts: readonly UserDraft[],
    { dryRun, deleteMissing }: Readonly<{ dryRun: boolean; deleteMissing: boolean }>,
  ): Promise<ImportPlan> {
    if (dryRun) return await guarded(() => rehearseImport(this.#db, organization, drafts))
    return await guarded(() => importUsers(this.#db, organization, drafts, deleteMissing))
  }

  async role(organization: OrganizationId, id: RoleId): Promise<ImpersonationRole | undefined> {
    return await guarded(() => readRole(this.#db, organization, id))
  }

  async roleByName(
    organization: OrganizationId,
    name: string,
  ): Promise<ImpersonationRole | undefined> {
    return await guarded(() => readRoleByName(this.#db, organization, name))
  }

  async roles(organization: OrganizationId): Promise<readonly ImpersonationRole[]> {
    return await guarded(() => readRoles(this.#db, organization))
  }

  async putRole(role: RoleDraft): Promise<ImpersonationRole> {
    return await guarded(() => putRole(this.#db, role, this.#now()))
  }

  async deleteRole(organization: OrganizationId, id: RoleId): Promise<void> {
    await guarded(() => deleteRole(this.#db, organization, id))
  }

  async credential(id: AccessKeyId): Promise<Credential | undefined> {
    return await guarded(() => readCredential(this.#db, id))
  }

  async putPrincipal(principal: Principal): Promise<void> {
    await guarded(() => putPrincipal(this.#db, principal))
  }

  async deletePrincipal(organization: OrganizationId, id: Principal['id']): Promise<void> {
    await guarded(() => deletePrincipal(this.#db, organization, id))
  }

  async putKey(key: AccessKey): Promise<void> {
    await guarded(() => putKey(this.#db, key))
  }

  async deleteKey(organization: OrganizationId, id: AccessKeyId): Promise<void> {
    await guarded(() => deleteKey(this.#db, organization, id))
  }

  async policyVersion(organization: OrganizationId): Promise<number> {
    return await guarded(() => policyVersion(this.#db, organization))
  }

  async epoch(): Promise<string> {
    return await guarded(() => readEpoch(this.#db))
  }

  async isEmpty(): Promise<boolean> {
    return await guarded(() => isEmpty(this.#db))
  }

  async masterKeyCheck(): Promise<string | undefined> {
    return await guarded(() => readMasterKeyCheck(this.#db))
  }

  async setMasterKeyCheck(value: string): Promise<void> {
    await guarded(() => writeMasterKeyCheck(this.#db, value))
  }

  async ping(): Promise<void> {
    await this.epoch()
  }

  async close(): Promise<void> {
    await guarded(() => this.#db.destroy())
  }
}
