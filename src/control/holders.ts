/**
 * Reads the principals of an organization with their access keys.
 *
 * @module
 */

import type { OrganizationId } from '../model/identity.ts'
import type { Holder } from '../policy/ends.ts'
import type { PrincipalStore } from '../store/store.ts'

export async function holdersOf(
  store: Pick<PrincipalStore, 'principals' | 'keysOf'>,
  organization: OrganizationId,
): Promise<readonly Holder[]> {
  const holders: Holder[] = []
  for (const principal of await store.principals(organization))
    holders.push({ principal, keys: await store.keysOf(organization, principal.id) })
  return holders
}
