/**
 * Principals: the tools and people that call the gateway, and their access keys.
 *
 * @module
 */

import type { PolicyDocument } from './iam.ts'
import type { OrganizationId } from './identity.ts'
import { foldRoleName } from './role.ts'

declare const brand: unique symbol

/** UUID v4. */
export type PrincipalId = string & { readonly [brand]: 'PrincipalId' }
export const principalId = (value: string) => value as PrincipalId

/** `AKIA` and 16 of A–Z and 2–7, the last 6 of which are a MAC under the master key. */
export type AccessKeyId = string & { readonly [brand]: 'AccessKeyId' }
export const accessKeyId = (value: string) => value as AccessKeyId

/** Belongs to one organization. What it may do is what its policy says, and nothing else. */
export type Principal = Readonly<{
  id: PrincipalId
  organizationId: OrganizationId
  name: string
  enabled: boolean
  policy: PolicyDocument
}>

/** Returns the form in which names of principals are compared; nothing else folds them. */
export const foldPrincipalName = (name: string) => foldRoleName(name).trim()

export type AccessKey = Readonly<{
  id: AccessKeyId
  principalId: PrincipalId
  /** SHA-256 of the secret, which is 256 random bits: nothing slower is needed. */
  secretHash: Uint8Array
  /** The secret sealed under the master key, for SigV4. */
  sealedSecret: Uint8Array
  enabled: boolean
  /** Milliseconds since the epoch; absent: never. */
  expiresAt?: number
  createdAt: number
  /** When it was last used, to the minute; absent: never. */
  lastUsedAt?: number
}>

/** Whether a key is good at a time: enabled, and not expired. */
export const isLive = (key: AccessKey, at: number): boolean =>
  key.enabled && (key.expiresAt === undefined || at < key.expiresAt)

/** A key together with whom it belongs to: what an authenticator reads. */
export type Credential = Readonly<{ key: AccessKey; principal: Principal }>

/** Whether a credential can be used at a time: its key is live, and its principal is enabled. */
export const isUsable = ({ key, principal }: Credential, at: number): boolean =>
  principal.enabled && isLive(key, at)
