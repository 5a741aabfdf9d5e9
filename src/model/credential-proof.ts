/**
 * Proof of a verified credential. A later decision uses it to check that the credential is still valid, without the
 * secret.
 *
 * @module
 */

import type { IdentityReference } from './external-identity.ts'
import type { AccessKeyId } from './principal.ts'
import type { TokenClaims } from './token.ts'

/** Proof that a client sent the secret of a key, a signed token, or the credential of an external identity. */
export type CredentialProof =
  | Readonly<{
      kind: 'key'
      keyId: AccessKeyId
      /** SHA-256 of the secret that the client sent. */
      secretHash: Uint8Array
      /** ID or name of the role in the user name. If absent, the policy's only role is used. */
      roleReference?: string
      /** Present if the client signed in by NTLM without the parts that a key can require. */
      isUnprotected?: true
      /** The end of a key is in the store. */
      expiresAt?: never
    }>
  | Readonly<{ kind: 'token'; claims: TokenClaims; signingKeyId: string }>
  | Readonly<{
      kind: 'identity'
      /** Reference by which the identity was found. */
      reference: IdentityReference
      /** The identity without its names: the principal must still be bound to it. */
      identity: string
      roleReference?: string
      /** When the credential expires, in milliseconds since the epoch. */
      expiresAt?: number
      /** When the password of an account was set, as its directory says. */
      passwordSetAt?: string
    }>
