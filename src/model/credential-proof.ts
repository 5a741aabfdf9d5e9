/**
 * The proof of a credential that was verified: with it a decision can tell later whether the credential
 * is still good, without the secret.
 *
 * @module
 */

import type { AccessKeyId } from './principal.ts'
import type { TokenClaims } from './token.ts'

export type CredentialProof =
  | Readonly<{
      kind: 'key'
      keyId: AccessKeyId
      /** SHA-256 of the secret that the client sent. */
      secretHash: Uint8Array
      /** ID or name of the role that the user name contains; absent: the only role of the policy. */
      roleReference?: string
    }>
  | Readonly<{ kind: 'token'; claims: TokenClaims; signingKeyId: string }>
