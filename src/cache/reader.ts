/**
 * Reads single values for callers that can wait: from the process, or else by loading them.
 *
 * @module
 */

import type { BoundIdentity, IdentityReference } from '../model/external-identity.ts'
import type { OrganizationId } from '../model/identity.ts'
import type { MaybePromise } from '../model/maybe-promise.ts'
import type { Entry, IdOf, StoredKind, ValueOf } from '../model/policy-data.ts'
import type { AccessKeyId, Credential } from '../model/principal.ts'
import type { ImpersonationRole, RoleId } from '../model/role.ts'
import type { CredentialReader, IdentityReader, RoleReader } from '../store/store.ts'
import { ANY } from './place.ts'
import type { StoredSubject } from './target.ts'

/** Reads through {@link find}, and through {@link load} what is not found. */
export abstract class WaitingReader
  implements CredentialReader, IdentityReader, Pick<RoleReader, 'role'>
{
  /** The store's epoch; undefined if the data in the process is too old to be used. */
  abstract get currentEpoch(): string | undefined

  abstract find<Kind extends StoredKind>(
    organization: OrganizationId,
    kind: Kind,
    id: IdOf<Kind>,
  ): Entry<ValueOf<Kind>> | undefined

  abstract load(
    organization: OrganizationId,
    missing: readonly StoredSubject[],
  ): Promise<readonly Entry<unknown>[]>

  role(organization: OrganizationId, id: RoleId): Promise<ImpersonationRole | undefined> {
    return this.read(organization, 'role', id)
  }

  credential(id: AccessKeyId): MaybePromise<Credential | undefined> {
    const known = this.#known(ANY, 'credential', id)
    return known === undefined ? this.#loadOne(ANY, 'credential', id) : known.value
  }

  identity(reference: IdentityReference): MaybePromise<BoundIdentity | undefined> {
    const known = this.#known(ANY, 'identity', reference)
    return known === undefined ? this.#loadOne(ANY, 'identity', reference) : known.value
  }

  /** Reads one value. Doesn't wait if it is known. @throws Failure `policy-unavailable` */
  read<Kind extends StoredKind>(
    organization: OrganizationId,
    kind: Kind,
    id: IdOf<Kind>,
  ): Promise<ValueOf<Kind> | undefined> {
    const known = this.#known(organization, kind, id)
    return known === undefined
      ? this.#loadOne(organization, kind, id)
      : Promise.resolve(known.value)
  }

  #known<Kind extends StoredKind>(organization: OrganizationId, kind: Kind, id: IdOf<Kind>) {
    const isFresh = this.currentEpoch !== undefined
    return isFresh ? this.find(organization, kind, id) : undefined
  }

  async #loadOne<Kind extends StoredKind>(
    organization: OrganizationId,
    kind: Kind,
    id: IdOf<Kind>,
  ): Promise<ValueOf<Kind> | undefined> {
    const [loaded] = await this.load(organization, [{ kind, id } as StoredSubject])
    return loaded?.value as ValueOf<Kind> | undefined
  }
}
