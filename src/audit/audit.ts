/**
 * Declares the audit records of decisions, outcomes, and changes, and the port that writes them.
 *
 * In the record of a decision, fields that differ between requests come first, and the folder and item IDs last, so that
 * the text between them recurs.
 *
 * @module
 */

import type { Part } from '../model/change-parts.ts'
import type { ChangedObject } from '../model/changed-object.ts'
import type { Reason } from '../model/decision.ts'
import type { ConnectingSid } from '../model/identity.ts'
import type { Cause, Outcome } from '../model/outcome.ts'
import type { ShadowResult } from '../model/shadow.ts'
import type { ExternalSignIn, Protection, Scheme, SignIn } from '../model/sign-in.ts'
import type { Position } from './reader.ts'

/** One decision on a request, of which the last one counts. Fields that were not known when it was made are absent. */
export type DecisionRecord = Readonly<{
  type: 'decision'
  /** Milliseconds since the epoch; written as RFC 3339 in UTC, with milliseconds. */
  at: number
  /** UUIDv7, so IDs sort by time. */
  decisionId: string
  /** Organization of the caller. If the credentials are wrong, the organization of `principalId`. */
  organizationId?: string | undefined
  /**
   * ID of the caller. For wrong credentials, the owner of the access key, who may not have sent the request. Absent
   * if no such key exists.
   */
  principalId?: string | undefined
  /** ID of the access key that the request presented. */
  accessKeyId?: string | undefined
  /** Scheme of the credential: `Basic`, `Bearer`, or `NTLM`. Absent if the request has none of these. */
  scheme?: Scheme | undefined
  /**
   * `request` if the request itself has the proof, `connection` if an earlier request of its connection had it. Absent
   * for Basic and Bearer, which prove each request.
   */
  signedInBy?: SignIn['signedInBy']
  /** Name of the client's machine, as the client claims it. Only for NTLM. */
  workstation?: string | undefined
  /** Message integrity code of an NTLM proof: `ok`, `absent`, or `wrong`. Not known if the secret is wrong. */
  mic?: Protection | undefined
  /** Whether the proof is bound to the certificate of the connection: as `mic`. */
  channelBinding?: Protection | undefined
  /** Whether the proof is for a host name of the gateway: as `mic`. */
  targetName?: Protection | undefined
  /**
   * Present if the secret was right, but the proof lacks a MIC or a channel binding: `host` or `key`, which requires
   * them.
   */
  protectionRequiredBy?: SignIn['protectionRequiredBy']
  /** External identity that signed in, or whose credential was wrong. Absent for access keys. */
  identity?: ExternalSignIn | undefined
  /** ID of the role that the request acts in. */
  roleId?: string | undefined
  /** Name of the role that the request acts in. */
  roleName?: string | undefined
  /** Type of the role that the request acts in. */
  roleType?: string | undefined
  /** Name of the profile of the role. Absent if it has none. */
  profile?: string | undefined
  /** Version of that profile. */
  profileVersion?: number | undefined
  /**
   * The same request as decided by the [draft](shadow.md) that is attached to the role: `version` of the draft; `outcome`:
   * `same`, `would-deny`, `would-allow`, or `unknown`; `reason` for which the draft would deny; `cause` if its verdict
   * is unknown: `data-missing`, `body-not-read`, or `error`. Absent if no draft is attached.
   */
  shadow?: ShadowResult | undefined
  /**
   * Present if the request was allowed because of an exception from the protection of mailboxes, or might have been: with
   * `Mailboxes: any`, owners are not looked up during an exception.
   */
  protectionException?: true | undefined
  /** Address of the client, as trusted proxies report it. Absent if `count` covers several addresses. */
  sourceAddress?: string | undefined
  /** User-Agent, as sent. */
  userAgent?: string | undefined
  /** Name in the header, as sent: `kind` and `value`. Without a header, the one in the user name. */
  connectingSid?: ConnectingSid | undefined
  /** Mailbox in the user name, as sent. */
  userNameMailbox?: string | undefined
  /** ID of the impersonated user. Absent if the name is unknown. */
  userId?: string | undefined
  /** Primary address of the impersonated user. */
  userAddress?: string | undefined
  /** Name of the operation, as sent if it is not supported; `AutoDiscover` for Autodiscover requests. */
  operation?: string | undefined
  /**
   * IDs of the users, other than the impersonated one, whose mailboxes IDs in the request belong to; the first 100, or 5 if
   * it was denied.
   */
  mailboxOwners?: readonly string[] | undefined
  /**
   * Mailboxes that IDs in the request belong to, if the gateway doesn't know their owners; as many. Each is the GUID of
   * the mailbox. For grommunio it follows the GUID of the database, which begins with the number of the user, and a slash. That
   * of an entry ID to convert begins with `entry:`. With `Mailboxes: any`, the gateway doesn't look up owners.
   */
  unknownMailboxes?: readonly string[] | undefined
  /** IDs of the first 100 folders in the request; of the first 5 if it was denied. */
  folders?: readonly string[] | undefined
  /** IDs of the first 100 items in the request; of the first 5 if it was denied. */
  items?: readonly string[] | undefined
  /** Number of items in the request. */
  itemCount?: number | undefined
  /**
   * `allow`, `deny`, or `error` if no decision was made. `pending` for a streamed body whose end is
   * still withheld.
   */
  verdict: 'allow' | 'deny' | 'pending' | 'error'
  /** Reason for a denial or an error. */
  reason?: Reason | undefined
  /** IDs of the rules that produced the decision. */
  matchedRules?: readonly string[] | undefined
  /**
   * Name of the first rule that produced the decision. Absent if it has none, and for access control rules,
   * which have a name instead of an ID.
   */
  ruleName?: string | undefined
  /** IDs of the groups through which the rules matched. Absent if no rule matched through a group. */
  matchedGroups?: readonly string[] | undefined
  /** Policy version that the decision was made on. */
  policyVersion?: number | undefined
  /** Age of the oldest policy data that the decision used. */
  knowledgeAgeMs?: number | undefined
  /** Number of requests that the record counts: with wrong credentials, or over the share of the journal. */
  count?: number | undefined
}>

/** How a request ended. `outcome` and `cause` say whether it was served. */
export type OutcomeRecord = Readonly<{
  type: 'outcome'
  /** Milliseconds since the epoch; written as RFC 3339 in UTC, with milliseconds. */
  at: number
  /** ID of the decision on the same request. */
  decisionId: string
  /** HTTP status that was sent to the client. Absent if none was sent. */
  status?: number | undefined
  /**
   * First ResponseCode of the response. For a SOAP fault without one: the local name of its `faultcode`, such
   * as `Client`.
   */
  responseCode?: string | undefined
  /**
   * Number of items in the response to FindItem, GetItem, GetConversationItems, SyncFolderItems, or ExportItems. Absent
   * for other operations, and if the upstream compressed the response.
   */
  itemCount?: number | undefined
  /**
   * Number of items, folders, and entries of the request that the gateway left out of the response, because they are outside
   * of the profile of the role. Absent if there are none.
   */
  leftOut?: number | undefined
  /**
   * The same request as decided by the [draft](shadow.md), if its verdict was unknown in the record of the decision and is known
   * after the response. It counts in place of that one.
   */
  shadow?: ShadowResult | undefined
  /** Bytes of the request body. */
  requestBytes: number
  /** Bytes of the response body. */
  responseBytes: number
  /** Time from the arrival of the request to its end. */
  durationMs: number
  /** Time from forwarding the request to the upstream's first byte. */
  upstreamMs?: number | undefined
  /**
   * `complete`; `fault` if the gateway's own response says that it denied the request or could not serve it;
   * `client-gone`; or `cut` if the gateway ended the response early, or its process ended.
   */
  ended: 'complete' | 'fault' | 'client-gone' | 'cut'
  /** `ANSWERED`, `DENIED`, `FAILED`, or `ABORTED`. */
  outcome: Outcome
  /** Cause of a failure, or of an aborted response. */
  cause?: Cause | undefined
  /**
   * Writer of the decision. Present only if its process ended before the request did, and another process wrote
   * this record. Then `at` is the last time at which the writer was active, and the numbers of bytes are unknown:
   * 0.
   */
  writer?: string | undefined
}>

/** One attempted change through the control API or the command line, including denied and failed ones. */
export type ChangeRecord = Readonly<{
  type: 'change'
  /** Milliseconds since the epoch; written as RFC 3339 in UTC, with milliseconds. */
  at: number
  /** UUIDv7. For a call of the control API, its request ID. */
  decisionId: string
  /** Organization of the caller. */
  organizationId?: string
  /** ID of the caller: a principal, or an ID that is derived from issuer and subject. Absent for the command line. */
  principalId?: string
  /** ID of the caller's access key. Absent for a person who signed in at an issuer. */
  accessKeyId?: string
  /** Issuer at which the person signed in who made the call. */
  issuer?: string
  /** ID of this person at the issuer. */
  subject?: string
  /** Name of this person, as the issuer gave it. */
  displayName?: string
  /** Address of the client. Absent for the command line. */
  sourceAddress?: string
  /** User-Agent, as sent. */
  userAgent?: string
  /** Permission, such as `workmail:CreateImpersonationRole`. */
  action: string
  /** `allow`, `deny`, or `error`. */
  verdict: 'allow' | 'deny' | 'error'
  /** Error code of the control API. */
  reason?: string
  /** Policy version after the change. */
  policyVersion?: number
  /** Policy version before the change: the same if it changed nothing. Absent if the change concerns no policy. */
  policyVersionBefore?: number
  /** Epoch of the store, which is another one after each restore. Policy versions of two epochs can't be compared. */
  epoch?: string
  /**
   * Object that the change is about: `type`, `id`, and `name`, or `counts` for many users. The `id` of a denied or failed call
   * is the text by which the call names the object.
   */
  object?: ChangedObject
  /**
   * Number of this record, from 1, if the change has several, because it names many IDs. Each has a part of `before` and
   * `after`: lists continue in the next one.
   */
  part?: number
  /** Number of all records of the change. */
  parts?: number
  /** `decisionId` of the first record of the change. Absent in the first one. */
  partOf?: string
  /** State before the change, without secrets. */
  before?: unknown
  /** State after the change, without secrets. */
  after?: unknown
}>

/** Members of changes that similar records lack. */
type OnlyOfChange = 'policyVersionBefore' | 'epoch' | 'object' | keyof Part | 'before' | 'after'

/** A token request, or a console sign-in or sign-out. Also has the fields of a change, except the states. */
export type AssumeRecord = Readonly<
  Omit<ChangeRecord, 'type' | OnlyOfChange> & {
    type: 'assume'
    /** ID of the role. */
    roleId?: string
    /** Name of the role. */
    roleName?: string
    /** Type of the role. */
    roleType?: string
    /** Present if an access key signed in to the console although people sign in at an issuer. */
    breakGlass?: true
  }
>

/** Denied calls of the control API without a record of their own. Also has the fields of a change, except the states. */
export type CallRecord = Readonly<
  Omit<ChangeRecord, 'type' | 'verdict' | 'action' | OnlyOfChange> & {
    type: 'call'
    /**
     * Permission that was denied. Absent, with all IDs of the caller, if the record counts calls of several
     * callers.
     */
    action?: string
    /** Always `deny`. */
    verdict: 'deny'
    /** Number of denied calls that the record counts. */
    count: number
  }
>

/** One question to the control API about records of the audit. Also has the fields of a change, except the states. */
export type ReadRecord = Readonly<
  Omit<ChangeRecord, 'type' | 'verdict' | 'reason' | OnlyOfChange> & {
    type: 'read'
    /** Always `allow`. A denied question is a `call`. */
    verdict: 'allow'
    /** Input of the action, such as the period and the filters. Without the organization, the place in the list, and a draft to replay. */
    question: object
  }
>

/** The whole policy of an organization, with which the policy at a later time begins. */
export type SnapshotRecord = Readonly<{
  type: 'snapshot'
  /** Milliseconds since the epoch; written as RFC 3339 in UTC, with milliseconds. */
  at: number
  /** UUIDv7. */
  decisionId: string
  /** Organization of the policy. */
  organizationId: string
  /** Policy version of the snapshot. */
  policyVersion: number
  /** Epoch of the store, as in a change. */
  epoch: string
  /** Number of this record, from 1, if the snapshot has several. Each has a part of `policy`: lists continue in the next one. */
  part?: number
  /** Number of all records of the snapshot. */
  parts?: number
  /** `decisionId` of the first record of the snapshot. Absent in the first one. */
  partOf?: string
  /**
   * `users`, `groups`, `roles`, `accessControlRules`, `protection`, `principals`, and `accessKeys` without secrets. Objects have
   * their IDs as names, and access control rules their names.
   */
  policy: object
}>

/** Something about the gateway that an operator must know immediately. `sinks` can send it. */
export type AlertRecord = Readonly<{
  type: 'alert'
  /** Milliseconds since the epoch; written as RFC 3339 in UTC, with milliseconds. */
  at: number
  /** UUIDv7. */
  decisionId: string
  /**
   * `upstream-down`: no request can be served. `upstream-up`: requests can be served again. `tamper`: another program
   * changed or deleted a segment of the journal. `disk-nearly-full`: little room is left for the journal.
   * `repeated-request`: a client repeats the identical request without end.
   */
  alert: 'upstream-down' | 'upstream-up' | 'tamper' | 'disk-nearly-full' | 'repeated-request'
  /** Organization of the upstream. */
  organizationId?: string
  /** Sentence about the cause. */
  message: string
}>

/** Signature over all records of one process up to this one. `ews-gateway audit verify` needs it. */
export type CheckpointRecord = Readonly<{
  type: 'checkpoint'
  /** Time of the signature as RFC 3339. */
  at: string
  /** Process that wrote the records. */
  writer: string
  /** Segment in which the checkpoint is. */
  segment: number
  /** Number of its line in the segment. The header is line 1. */
  sequence: number
  /** Present if the process stopped properly, and nothing follows. */
  final?: true
  /** First 16 digits of the SHA-256 of the public key. */
  keyId: string
  /** Ed25519 signature in base64. */
  signature: string
  /** SHA-256 of the batch before, in hexadecimal. */
  previous: string
}>

export type AuditRecord =
  | DecisionRecord
  | OutcomeRecord
  | ChangeRecord
  | AssumeRecord
  | CallRecord
  | ReadRecord
  | SnapshotRecord
  | AlertRecord

/** Writes the audit records of this process. */
export interface Audit {
  /**
   * Takes a record, and writes it with all others of this turn of the event loop.
   *
   * Strings are truncated to 256 characters, except in the states of a change.
   */
  record(record: AuditRecord): void
  /**
   * Resolves when the operating system has received all records taken so far. Code that may continue only after
   * its record is written calls this in the same turn and waits.
   *
   * @throws Failure `audit-unavailable` if they could not be written, unless `audit.onFailure` is `continue`
   */
  written(): Promise<void>
  /**
   * Returns the IDs of those changes and snapshots that the journal already contains, from any process.
   *
   * @param decisionIds - UUIDv7
   */
  recorded(decisionIds: readonly string[]): Promise<ReadonlySet<string>>
  /**
   * Returns the line of a record in the journal, whichever process has written it. Undefined if its segment no
   * longer exists.
   */
  lineAt(place: Position): Promise<string | undefined>
  /** Starts another segment of the journal. @throws if that is not possible; the current segment then stays in use */
  rotate(): void
  /** Throws an error with a message for an operator while records can't be written. */
  checkWritable(): void
  close(): void
}

/** Limits of the records that each principal causes. */
export interface PrincipalShares {
  /** @throws Failure `over-budget` with the time to wait, if the share of a principal is used up */
  check(principalId: string): void
  /**
   * Counts a request that fails before a decision. Returns the number of requests that its record counts: 1 while the
   * share is not used up. Otherwise one record a minute counts all of them, and the others have none: 0.
   */
  count(principalId: string): number
}
