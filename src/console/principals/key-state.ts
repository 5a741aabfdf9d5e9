/**
 * The state of an access key, and what it means for whoever uses it.
 *
 * @module
 */

import type { AccessKey } from '../api/principals.ts'

export type KeyState = 'ACTIVE' | 'EXPIRES_SOON' | 'EXPIRED' | 'DISABLED'

/** So long before its end a key should be replaced. */
const SOON_SECONDS = 14 * 86_400

/** @param now - in seconds since 1970 */
export function keyStateOf({ Enabled, ExpiresTime }: AccessKey, now: number): KeyState {
  if (ExpiresTime !== undefined && ExpiresTime <= now) return 'EXPIRED'
  if (!Enabled) return 'DISABLED'
  return ExpiresTime !== undefined && ExpiresTime - now < SOON_SECONDS ? 'EXPIRES_SOON' : 'ACTIVE'
}

/** What to do next while a key is being replaced by another one. */
export type Rotation =
  | Readonly<{ step: 'CREATE' }>
  /** The older key is still the one that is used. */
  | Readonly<{ step: 'SWITCH'; old: AccessKey; fresh: AccessKey }>
  /** The newer key has been used, after the older one. */
  | Readonly<{ step: 'RETIRE'; old: AccessKey; fresh: AccessKey }>

/** Of a principal's keys, two at most. */
export function rotationOf(keys: readonly AccessKey[]): Rotation {
  const [old, fresh] = keys.toSorted((a, b) => a.DateCreated - b.DateCreated)
  if (old === undefined || fresh === undefined) return { step: 'CREATE' }
  const isUsed = (fresh.DateLastUsed ?? 0) > (old.DateLastUsed ?? 0)
  return { step: isUsed ? 'RETIRE' : 'SWITCH', old, fresh }
}
