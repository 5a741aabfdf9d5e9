/**
 * The directory that is the store's own table of users.
 *
 * @module
 */

import type {
  ConnectingSid,
  ConnectingSidKind,
  OrganizationId,
  User,
  UserId,
} from '../model/identity.ts'
import type { Directory } from './directory.ts'

/** Whatever reads users: the store, or a cache before it. */
export interface UserReader {
  user(organization: OrganizationId, id: UserId): Promise<User | undefined>
  userByName(
    organization: OrganizationId,
    kind: ConnectingSidKind,
    name: string,
  ): Promise<User | undefined>
  usersByAddress(
    organization: OrganizationId,
    addresses: readonly string[],
  ): Promise<readonly (User | undefined)[]>
  usersById(
    organization: OrganizationId,
    ids: readonly UserId[],
  ): Promise<readonly (User | undefined)[]>
}

/** Knows the users that were imported, and nobody else. */
export class StoredDirectory implements Directory {
  readonly #users: UserReader

  constructor(users: UserReader) {
    this.#users = users
  }

  resolve(organization: OrganizationId, sid: ConnectingSid): Promise<User | undefined> {
    return this.#users.userByName(organization, sid.kind, sid.value)
  }

  user(organization: OrganizationId, id: UserId): Promise<User | undefined> {
    return this.#users.user(organization, id)
  }

  resolveAddresses(
    organization: OrganizationId,
    addresses: readonly string[],
  ): Promise<readonly (User | undefined)[]> {
    return this.#users.usersByAddress(organization, addresses)
  }

  users(
    organization: OrganizationId,
    ids: readonly UserId[],
  ): Promise<readonly (User | undefined)[]> {
    return this.#users.usersById(organization, ids)
  }
}
