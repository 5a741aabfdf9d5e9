/**
 * Creates a principal with its first key, in SQL: both or none.
 *
 * @module
 */

import type { AccessKey, Principal } from '../model/principal.ts'
import { credentialSubject } from '../model/subject.ts'
import { rowOfKey } from './keys.ts'
import { rowOfPrincipal, verifyNameIsFree } from './principals.ts'
import { ConflictError } from './store.ts'
import type { Database } from './tables.ts'
import { changeOrganization, raiseVersion } from './versions.ts'

/**
 * Creates the principal and its key.
 *
 * @throws ConflictError if the key belongs to another principal, or another principal has the name
 */
export async function addTool(
  db: Database,
  now: number,
  principal: Principal,
  key: AccessKey,
): Promise<void> {
  if (key.principalId !== principal.id)
    throw new ConflictError([
      {
        index: 0,
        message: `The access key belongs to the principal ${key.principalId}, not to the new principal ${principal.id}`,
      },
    ])
  await changeOrganization(db, principal.organizationId, async change => {
    await verifyNameIsFree(change, principal)
    await change.insertInto('principals').values(rowOfPrincipal(principal)).execute()
    await change.insertInto('access_keys').values(rowOfKey(key)).execute()
    await raiseVersion(change, principal.organizationId, [credentialSubject(key.id)], now)
  })
}
