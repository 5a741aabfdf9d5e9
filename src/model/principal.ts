/**
 * Principals, which are the tools and people that call the gateway, and their access keys.
 *
 * @module
 */

import type { PolicyDocument } from './iam.ts'
import type { OrganizationId } from './identity.ts'
import { foldRoleName } from './role.ts'
import type { ExtendedProtection } from './sign-in.ts'
import { isWithin, type Moment, type Validity } from './validity.ts'

declare const brand: unique symbol

/** UUID v4. */
export type PrincipalId = string & { readonly [brand]: 'PrincipalId' }
export const principalId = (value: string) => value as PrincipalId

/** `AKIA` and 16 characters of A–Z and 2–7. The last 6 characters are a MAC with a key derived from the master key. */
export type AccessKeyId = string & { readonly [brand]: 'AccessKeyId' }
export const accessKeyId = (value: string) => value as AccessKeyId

/** A principal of one organization. It has exactly the permissions that its policy allows, within its period. */
export type Principal = Validity &
  Readonly<{
    id: PrincipalId
    organizationId: OrganizationId
    name: string
    enabled: boolean
    policy: PolicyDocument
    /**
     * Stored parts that this version doesn't understand. Absent if it understands all. Such a principal is denied
     * everything.
     */
    unreadable?: readonly PrincipalPart[]
  }>

/** Parts of a stored principal that can be unreadable. */
export const PRINCIPAL_PARTS = ['Enabled', 'Policy', 'Period'] as const
export type PrincipalPart = (typeof PRINCIPAL_PARTS)[number]

/** Returns the form in which names of principals are compared. No other function folds them. */
export const foldPrincipalName = (name: string) => foldRoleName(name).trim()

/** An access key of a principal. */
export type AccessKey = Readonly<{
  id: AccessKeyId
  principalId: PrincipalId
  /** SHA-256 of the secret. A slower hash is not needed, because the secret is 256 random bits. */
  secretHash: Uint8Array
  /** Secret, encrypted with a key derived from the master key. Needed to verify SigV4 signatures. */
  sealedSecret: Uint8Array
  enabled: boolean
  /** Whether a sign-in by NTLM must have a channel binding and a message integrity code, under any host name. */
  extendedProtection: ExtendedProtection
  /** Milliseconds since the epoch. If absent, the key is valid from the start. */
  notBefore?: number
  /** Milliseconds since the epoch. If absent, the key never expires. */
  expiresAt?: number
  createdAt: number
  /** Time of the last use, to the minute. Absent if the key was never used. */
  lastUsedAt?: number
  /** Present if this version doesn't understand the stored key, which is then disabled. */
  unreadable?: true
}>

/** Returns the period of a key, or of a proof that expires. */
export const validityOf = ({
  notBefore,
  expiresAt,
}: Pick<AccessKey, 'notBefore' | 'expiresAt'>): Validity => ({
  ...(notBefore !== undefined && { notBefore }),
  ...(expiresAt !== undefined && { notAfter: expiresAt }),
})

/** Whether a key is enabled and within its period. */
export const isLive = (key: AccessKey, moment: Moment): boolean =>
  key.enabled && isWithin(validityOf(key), moment)

export type Credential = Readonly<{ key: AccessKey; principal: Principal }>

/** Returns when a credential ends, in milliseconds since the epoch; infinity if it has no end. */
export const endOfCredential = ({ key, principal }: Credential): number =>
  Math.min(
    key.expiresAt ?? Number.POSITIVE_INFINITY,
    principal.notAfter ?? Number.POSITIVE_INFINITY,
  )

/**
 * Whether a credential can be used: its key is enabled and within its period, and its principal is enabled. The decision
 * and the control API check the period of the principal.
 */
export const isUsable = ({ key, principal }: Credential, moment: Moment): boolean =>
  principal.enabled && isLive(key, moment)
