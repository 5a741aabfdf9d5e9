/**
 * Next step to replace an access key.
 *
 * @module
 */

import type { AccessKey } from '../api/principals.ts'

/** Next step to replace an access key with another one. */
export type Rotation =
  | Readonly<{ step: 'CREATE' }>
  /** The tool still uses the older key. */
  | Readonly<{ step: 'SWITCH'; old: AccessKey; fresh: AccessKey }>
  /** The tool has used the newer key after the older one. */
  | Readonly<{ step: 'RETIRE'; old: AccessKey; fresh: AccessKey }>

/** @param keys - access keys of one principal, at most two */
export function rotationOf(keys: readonly AccessKey[]): Rotation {
  const [old, fresh] = keys.toSorted((a, b) => a.DateCreated - b.DateCreated)
  if (old === undefined || fresh === undefined) return { step: 'CREATE' }
  const isUsed = (fresh.DateLastUsed ?? 0) > (old.DateLastUsed ?? 0)
  return { step: isUsed ? 'RETIRE' : 'SWITCH', old, fresh }
}
