/**
 * Credentials: who calls, judged by the HTTP headers alone.
 *
 * @module
 */

import type { AccessKey, Principal } from '../model/principal.ts'

/** What an authenticator is told of a request. */
export type Presented = Readonly<{
  /** The Authorization header as it came; absent where there was none. */
  authorization?: string
  /** The client's address, IPv4-mapped ones as IPv4. */
  sourceAddress: string
  /** Milliseconds since the epoch. */
  at: number
}>

/** A caller whose credential is good. The role is still to be found and judged. */
export type Caller = Readonly<{
  principal: Principal
  key: AccessKey
  /** The role that the user name asks for, by id or name; absent: the policy's only role. */
  roleReference?: string
}>

export type Authentication =
  | Readonly<{ kind: 'authenticated'; caller: Caller }>
  /** No Authorization header: many clients send every request so at first. Only counted. */
  | Readonly<{ kind: 'missing' }>
  /** Unknown, malformed, wrong, disabled or expired. */
  | Readonly<{
      kind: 'wrong'
      accessKeyId?: string
      /** Whether this is the first of its address and key in a minute; others are only counted. */
      record: boolean
      /** Failures that the record stands for: this one and those before it that no record counted. */
      count: number
    }>
  /** Too many failures from this address with this key; nothing was compared. */
  | Readonly<{ kind: 'braked'; accessKeyId: string; retryAfterMs: number }>

export interface Authenticator {
  /** @throws Failure `policy-unavailable` where the store cannot tell */
  authenticate(presented: Presented): Promise<Authentication>
}
