/**
 * State of an access key, and the next step to replace it.
 *
 * @module
 */

import type { AccessKey } from '../api/principals.ts'

export type KeyState = 'ACTIVE' | 'NOT_YET' | 'EXPIRES_SOON' | 'EXPIRED' | 'DISABLED'

/** Time before the expiration at which the page warns. */
const SOON_SECONDS = 14 * 86_400

/** @param now - in seconds since 1970 */
export function keyStateOf({ Enabled, NotBefore, ExpiresTime }: AccessKey, now: number): KeyState {
  if (ExpiresTime !== undefined && ExpiresTime <= now) return 'EXPIRED'
  if (!Enabled) return 'DISABLED'
  if (NotBefore !== undefined && now < NotBefore) return 'NOT_YET'
  return ExpiresTime !== undefined && ExpiresTime - now < SOON_SECONDS ? 'EXPIRES_SOON' : 'ACTIVE'
}

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
