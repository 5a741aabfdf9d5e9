/**
 * The decision on a request: its inputs and its result.
 *
 * @module
 */

import type { CredentialProof } from '../model/credential-proof.ts'
import type { Allow, Deny, Matched, Reason } from '../model/decision.ts'
import type { BodyFacts } from '../model/envelope.ts'
import type { ConnectingSid, Organization, User, UserId } from '../model/identity.ts'
import type { MissingSubject } from '../model/policy-data.ts'
import type { AccessKey, Principal } from '../model/principal.ts'
import type { ProtectionException } from '../model/protection.ts'
import type { ImpersonationRole, RoleId } from '../model/role.ts'
import type { ShadowResult } from '../model/shadow.ts'
import type { Moment } from '../model/validity.ts'

/**
 * The caller: the proof of its credential, or a principal without a credential, or none, if the decision is
 * only explained.
 */
export type RequestCaller =
  | CredentialProof
  | Readonly<{ kind: 'explained'; principal: Principal | undefined; roleId: RoleId }>

/**
 * The purpose of a request. `EWS` and `AutoDiscover` are also actions in access control rules. `token` means that a
 * token is requested.
 */
export type Purpose = 'EWS' | 'AutoDiscover' | 'token'

export type AuthorizationRequest<P extends Purpose = Purpose> = Moment &
  Readonly<{
    purpose: P
    organization: Organization
    caller: RequestCaller
    sourceAddress: string
    /** Whether the request came over TLS or from this machine. */
    secureTransport: boolean
    /** Local name of the operation element. Empty unless the purpose is `EWS`. */
    requestElement: string
    connectingSid?: ConnectingSid | undefined
    /** Address that the client's user name contains. */
    mailbox?: string | undefined
    /** Facts about the body. If absent, the body is not evaluated. */
    body?: BodyFacts | undefined
  }>

/** The user or mailbox as which an allowed request acts. */
export type ActingTarget =
  | Readonly<{ kind: 'user'; user: User }>
  | Readonly<{ kind: 'neutral'; address: string }>

/**
 * The target of a request: a user, a user that is unknown or can't be impersonated, two different
 * users, the neutral mailbox, or none.
 */
export type Target =
  | ActingTarget
  | Readonly<{ kind: 'unknown' }>
  | Readonly<{ kind: 'conflict' }>
  | Readonly<{ kind: 'none' }>

/** The state of the policy that a decision used. */
export type Basis = Readonly<{
  policyVersion: number
  /** Time in milliseconds since the epoch at which the store was known to have this version. */
  knownSince: number
}>

/** Comparison of a decision with the draft that is attached to the role as its shadow. */
export type ShadowDecision = ShadowResult &
  Readonly<{
    /** Subjects that the draft needs and that were missing. */
    missing?: readonly MissingSubject[]
    /** An unhandled error of the evaluation. */
    error?: unknown
    /** Compares again, on what is known by then. Present if subjects were missing. */
    again?: () => ShadowDecision | undefined
  }>

export type Allowed<P extends Purpose = Purpose> = Readonly<{
  decision: Allow
  basis: Basis
  /** Absent if the role has no shadow, and for tokens. */
  shadow?: ShadowDecision
  principal: Principal | undefined
  role: ImpersonationRole
  /** The access key of the caller; undefined if the caller presented none. */
  key: AccessKey | undefined
  /** Undefined for a token, which is issued for no target. */
  target: P extends 'token' ? undefined : ActingTarget
  /** Owners of other mailboxes that the body names; undefined if they were not determined. */
  others: readonly UserId[] | undefined
  /** Indexes of the entries of the body that must be left out of the response. */
  outside: readonly number[]
  /** Exceptions that let the role reach protected mailboxes when the decision was made. */
  exceptions: readonly ProtectionException[]
  /** Whether the request needed one of them, or might have. */
  isExcepted: boolean
}>

export type Denied = Readonly<{
  decision: Deny
  basis: Basis
  shadow?: ShadowDecision
  principal: Principal | undefined
  /** Undefined if the request names no role, or one that doesn't exist. */
  role: ImpersonationRole | undefined
  target: Target
}>

export type Decided<P extends Purpose = Purpose> = Allowed<P> | Denied

export const isAllowed = <P extends Purpose>(decided: Decided<P>): decided is Allowed<P> =>
  decided.decision.verdict === 'allow'

/**
 * The subjects that must be loaded before a decision can be made, and the role and state if they are already known.
 */
export type Missing = Readonly<{
  missing: readonly MissingSubject[]
  role: ImpersonationRole | undefined
  basis: Basis | undefined
}>

/** The result of one check. */
export type Outcome = Readonly<
  | {
      kind: 'pass'
      /** The rules that allowed the request. */
      matched?: Matched
      /** Owners of other mailboxes that the body names; absent if they were not determined. */
      others?: readonly UserId[]
      /** Entries of the body that must be left out of the response, by their index; absent if there are none. */
      outside?: readonly number[]
    }
  | Denial
  | {
      /** `not-made`: there is nothing to evaluate. `unknown`: data is missing that only the upstream has. */
      kind: 'not-made' | 'unknown'
      matched?: never
      others?: never
      outside?: never
    }
>

/** The outcome that ends a decision. */
export type Denial = Readonly<{ kind: 'deny'; reason: Reason; matched?: Matched }>
