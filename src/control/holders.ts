/**
 * Reads the principals of an organization with their credentials.
 *
 * @module
 */

import type { CredentialedPrincipal } from '../decision/actors.ts'
import type { OrganizationId } from '../model/identity.ts'
import type { Holder } from '../policy/ends.ts'
import type { PrincipalStore } from '../store/store.ts'

export async function holdersOf(
  store: Pick<PrincipalStore, 'principals' | 'keys'>,
  organization: OrganizationId,
): Promise<readonly Holder[]> {
  const [principals, keys] = await Promise.all([
    store.principals(organization),
    store.keys(organization),
  ])
  const byPrincipal = Map.groupBy(keys, ({ principalId }) => principalId)
  return principals.map(principal => ({ principal, keys: byPrincipal.get(principal.id) ?? [] }))
}

/** Returns all principals with their keys and identities. */
export async function credentialedPrincipals(
  store: Pick<PrincipalStore, 'principals' | 'keys' | 'identities'>,
  organization: OrganizationId,
): Promise<readonly CredentialedPrincipal[]> {
  const [holders, bound] = await Promise.all([
    holdersOf(store, organization),
    store.identities(organization),
  ])
  const byPrincipal = Map.groupBy(bound, ({ principal }) => principal.id)
  return holders.map(holder => ({
    ...holder,
    identities: (byPrincipal.get(holder.principal.id) ?? []).map(({ identity }) => identity),
  }))
}
