/**
 * Reads of single values for callers that can wait: from the process, else loaded.
 *
 * @module
 */

import type { AccessControlRule } from '../model/access-control.ts'
import { byAddress, type OrganizationId, type User, type UserId } from '../model/identity.ts'
import type { Entry, IdOf, StoredKind, ValueOf } from '../model/policy-data.ts'
import type { AccessKeyId, Credential } from '../model/principal.ts'
import type { ImpersonationRole, RoleId } from '../model/role.ts'
import type {
  AccessControlReader,
  CredentialReader,
  RoleReader,
  SubscriptionReader,
  UserReader,
} from '../store/store.ts'
import { ANY } from './place.ts'
import type { StoredSubject } from './target.ts'

type Readers = UserReader & RoleReader & CredentialReader & AccessControlReader & SubscriptionReader

/** Reads through {@link find}, and {@link load} for what is not found. */
export abstract class WaitingReader implements Readers {
  /** Whether what is found may be used. */
  protected abstract get isFresh(): boolean

  abstract find<Kind extends StoredKind>(
    organization: OrganizationId,
    kind: Kind,
    id: IdOf<Kind>,
  ): Entry<ValueOf<Kind>> | undefined

  abstract load(
    organization: OrganizationId,
    missing: readonly StoredSubject[],
  ): Promise<readonly Entry<unknown>[]>

  user(organization: OrganizationId, id: UserId): Promise<User | undefined> {
    return this.#read(organization, 'user', id)
  }

  readonly userByName: UserReader['userByName'] = (organization, kind, name) =>
    this.#read(organization, 'name', { kind, value: name })

  readonly usersByAddress: UserReader['usersByAddress'] = (organization, addresses) =>
    this.#readEach(organization, 'name', addresses.map(byAddress))

  readonly usersById: UserReader['usersById'] = (organization, ids) =>
    this.#readEach(organization, 'user', ids)

  role(organization: OrganizationId, id: RoleId): Promise<ImpersonationRole | undefined> {
    return this.#read(organization, 'role', id)
  }

  roleByName(organization: OrganizationId, name: string): Promise<ImpersonationRole | undefined> {
    return this.#read(organization, 'role-name', name)
  }

  async accessControlRules(organization: OrganizationId): Promise<readonly AccessControlRule[]> {
    return (await this.#read(organization, 'access-control', 'rules')) ?? []
  }

  readonly subscriptions: SubscriptionReader['subscriptions'] = (organization, idHashes) =>
    this.#readEach(organization, 'subscription', idHashes)

  credential(id: AccessKeyId): Promise<Credential | undefined> {
    return this.#read(ANY, 'credential', id)
  }

  /** Awaits nothing if the value is known: each request reads five. */
  #read<Kind extends StoredKind>(
    organization: OrganizationId,
    kind: Kind,
    id: IdOf<Kind>,
  ): Promise<ValueOf<Kind> | undefined> {
    const entry = this.isFresh ? this.find(organization, kind, id) : undefined
    return entry === undefined
      ? this.#loadOne(organization, kind, id)
      : Promise.resolve(entry.value)
  }

  async #loadOne<Kind extends StoredKind>(
    organization: OrganizationId,
    kind: Kind,
    id: IdOf<Kind>,
  ): Promise<ValueOf<Kind> | undefined> {
    const [loaded] = await this.load(organization, [{ kind, id } as StoredSubject])
    return loaded?.value as ValueOf<Kind> | undefined
  }

  async #readEach<Kind extends StoredKind>(
    organization: OrganizationId,
    kind: Kind,
    ids: readonly IdOf<Kind>[],
  ): Promise<readonly (ValueOf<Kind> | undefined)[]> {
    const { isFresh } = this
    const entries = ids.map(id => (isFresh ? this.find(organization, kind, id) : undefined))
    const missing = ids.filter((_, n) => entries[n] === undefined)
    const subjects = missing.map(id => ({ kind, id }) as StoredSubject)
    const loaded = (await this.load(organization, subjects)).values()
    return entries.map(entry => (entry ?? loaded.next().value)?.value as ValueOf<Kind> | undefined)
  }
}
