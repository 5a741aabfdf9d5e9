/**
 * Values of a request in progress. Each step takes one of them and returns a richer one: received, authenticated,
 * read, decided, answered. A later value contains the earlier ones, so a step can't miss a field that an earlier
 * step fills. Records are built from the last value that was reached.
 *
 * @module
 */

import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Caller } from '../credentials/credentials.ts'
import type { Basis, ShadowDecision } from '../decision/decision.ts'
import type { Question } from '../ews/autodiscover/autodiscover.ts'
import type { EnvelopeReader } from '../ews/reader.ts'
import type { Reservation } from '../http/byte-budget.ts'
import type { Drain } from '../http/drain.ts'
import type { GatheredBody } from '../http/gathered-body.ts'
import type { InFlight } from '../http/in-flight.ts'
import type { IncomingBody } from '../http/incoming-body.ts'
import type { RequestRate } from '../http/request-rate.ts'
import type { Source } from '../http/source.ts'
import type { YieldTimer } from '../http/yield-timer.ts'
import type { Allow, Decision, Deny } from '../model/decision.ts'
import type { BodyFacts, Prologue } from '../model/envelope.ts'
import type { Failure } from '../model/failure.ts'
import type { User, UserId } from '../model/identity.ts'
import type { AccessKey, Principal } from '../model/principal.ts'
import type { ProtectionException } from '../model/protection.ts'
import type { ImpersonationRole } from '../model/role.ts'
import type { SignInOffer } from '../model/sign-in.ts'
import type { RequestTrace } from '../traces/traces.ts'
import type { Lease } from '../upstream/upstream.ts'
import type { Answer } from './answer.ts'
import type { FailureLog } from './failure-log.ts'
import type { Groupings } from './groupings.ts'
import type { GatewayPorts, ServedOrganization } from './ports.ts'
import type { Reevaluations } from './reevaluations.ts'
import type { RepeatedRequests } from './repeated-requests.ts'
import type { Reply } from './reply.ts'
import type { Shadows } from './shadows.ts'
import type { ShownAnswer } from './shown-answer.ts'
import type { ClientConnections, SignInOffers } from './sign-in.ts'
import type { Streams } from './streams.ts'

/** Everything that all requests of a server share. */
export type ServerContext = Readonly<{
  ports: GatewayPorts
  connections: ClientConnections
  offers: SignInOffers
  drain: Drain
  inFlight: InFlight
  inFlightInRole: InFlight
  failureLog: FailureLog
  rate: RequestRate
  rateInRole: RequestRate
  repeated: RepeatedRequests
  streams: Streams
  reevaluations: Reevaluations
  shadows: Shadows
  groupings: Groupings
  yieldTimer: YieldTimer
}>

/** One request, and everything that is needed to answer it. */
export type RequestContext = Readonly<{
  server: ServerContext
  /** UUIDv7. It is in every record of the request, and in its response. */
  decisionId: string
  /** Milliseconds since the epoch. */
  receivedAt: number
  request: IncomingMessage
  response: ServerResponse
  body: IncomingBody
  /** Bytes that the gateway keeps for this request. */
  reservation: Reservation
  source: Source
  /** How the client can sign in. */
  offer: SignInOffer
  reply: Reply
  /** Whether the client waits for the response `100 Continue` before it sends its body. */
  expectsContinue: boolean
  /** Undefined if the request is not traced. */
  trace: RequestTrace | undefined
}>

export type Received = Readonly<{ context: RequestContext }>

/** A request with valid credentials. */
export type Authenticated = Received & Readonly<{ caller: Caller }>

/** A request whose prologue has been read, and its body as far as it has arrived. */
export type Read = Authenticated &
  Readonly<{
    reader: EnvelopeReader
    prologue: Prologue
    /** The beginning of the body: all bytes that were read before the first byte was forwarded. */
    gathered: GatheredBody
    /** Whether the whole body is read before anything is forwarded. */
    whole: boolean
  }>

/** A request for Autodiscover. In records, it has an operation like an EWS request. */
export type Discovery = Authenticated &
  Readonly<{ prologue: Pick<Prologue, 'requestElement' | 'connectingSid'> }>

export type DiscoveryRead = Discovery & Readonly<{ question: Question }>

/** Policy data that a decision was made on. */
type DecisionState = Basis &
  Readonly<{
    /** Undefined if the request names no role, or one that doesn't exist. */
    role: ImpersonationRole | undefined
    /** The impersonated user; undefined if the request names no user, or an unknown one. */
    user: User | undefined
    /** Comparison with the shadow of the role; undefined if it has none. */
    shadow: ShadowDecision | undefined
  }>

type Evaluated = DecisionState & Readonly<{ read: Read; facts: BodyFacts }>

export type Allowed = Evaluated &
  Readonly<{
    verdict: 'allow'
    decision: Allow
    served: ServedOrganization
    role: ImpersonationRole
    /** Latest time that the process had seen when the decision was made, in milliseconds since the epoch. */
    decidedAt: number
    /** The principal and the access key as the decision used them. */
    principal: Principal | undefined
    key: AccessKey | undefined
    /** Primary address of the user, or of the neutral mailbox. */
    actAs: string
    /** Owners of other mailboxes that the body names; undefined if they were not determined. */
    others: readonly UserId[] | undefined
    /** Indexes of the entries of the body that must be left out of the response. */
    outside: readonly number[]
    /** Exceptions that let the role reach protected mailboxes when the decision was made. */
    exceptions: readonly ProtectionException[]
    /** Whether the request needed one of them, or might have. */
    isExcepted: boolean
    /** Connection on which the gateway asked about stored items, for the request itself; undefined: the request waits. */
    lease: Lease | undefined
  }>

export type Denied = Evaluated & Readonly<{ verdict: 'deny'; decision: Deny }>

/** A request that failed before a decision, with the parts of it that were read. */
export type Undecided<R = Read> = Readonly<{
  verdict: 'error'
  read: R
  failure: Failure
  facts: BodyFacts | undefined
  role: ImpersonationRole | undefined
  user: undefined
  policyVersion: number | undefined
  knownSince: number | undefined
}>

export type Decided = Allowed | Denied

export type DiscoveryDecided = DecisionState &
  Readonly<{
    verdict: Decision['verdict']
    read: DiscoveryRead
    facts: undefined
    decision: Decision
    isExcepted: boolean
  }>

/** A request that is being forwarded. */
export type Forwarded = Readonly<{
  allowed: Allowed
  answer: Answer
  /** Resolves when the response has ended. @throws Failure if no response began */
  closed: Promise<void>
  /** Reads the response for the draft of the role; undefined if that shows nothing. */
  shown: ShownAnswer | undefined
}>

/** A request whose response has ended, completely or not. */
export type Answered = Readonly<{
  allowed: Allowed
  responseBytes: number
  /** First ResponseCode of the upstream's response. */
  responseCode: string | undefined
  /** Whether the response is a SOAP fault of the upstream. */
  isFault: boolean
  /** Number of items in the response; undefined if they were not counted. */
  itemCount: number | undefined
  /** Number of items, folders, and entries that were left out of the response to the client. */
  leftOut: number
  /** Time until the upstream's response began. */
  upstreamMs: number | undefined
  /** Whether the gateway itself aborted the response. */
  isCut: boolean
  /** Reason why the upstream's response is incomplete, if it is. */
  failure: Failure | undefined
}>

/** The value of the last step that a request has reached. */
export type Reached =
  | Received
  | Authenticated
  | Read
  | Discovery
  | DiscoveryRead
  | Decided
  | Undecided
  | DiscoveryDecided
  | Undecided<DiscoveryRead>
  | Answered
