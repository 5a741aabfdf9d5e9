/**
 * Describes a request to the control API, and the dependencies that all requests share.
 *
 * @module
 */

import type { IncomingHttpHeaders } from 'node:http'
import type {
  ConsoleSessions,
  Identified,
  PersonSignIn,
  RequestVerifier,
  SecretVerifier,
  SignedRequest,
} from '../credentials/credentials.ts'
import type { ByteBudget } from '../http/byte-budget.ts'
import type { ClosedKind } from '../http/closed.ts'
import type { InFlight } from '../http/in-flight.ts'
import type { RequestRate } from '../http/request-rate.ts'
import type { ConsoleSignInKind, Verdict } from '../telemetry/labels.ts'
import type { Log } from '../telemetry/log.ts'
import type { ControlPorts } from './action.ts'
import type { DeniedCalls } from './denied-calls.ts'

/** Dependencies that all requests of the control listener share. */
export type ServerContext = Readonly<{
  verifier: RequestVerifier & SecretVerifier
  sessions: ConsoleSessions
  /** Sign-in of people; absent if no issuer is configured. */
  people?: PersonSignIn
  /** Whether access keys can sign in to the console. */
  accessKeys: boolean
  ports: ControlPorts
  deniedCalls: DeniedCalls
  /** Limits of the calls of each principal. */
  rate: RequestRate
  inFlight: InFlight
  log: Log
  /** Bytes that requests can hold. */
  budget: ByteBudget
  /** Called when a connection is closed because of a limit. */
  closed: (kind: ClosedKind) => void
  /** Called after each sign-in to the console, and after each attempt that failed. */
  signIn: (kind: ConsoleSignInKind, verdict: Verdict) => void
}>

/** A request to the control API after its body has been read. */
export type ControlRequest = Readonly<{
  /** UUIDv7. In the audit, it is the decision ID. */
  id: string
  signed: SignedRequest
  /** Whether the client used TLS to the gateway or a trusted proxy. Policies can require it. */
  secureTransport: boolean
  /** Session cookie of the console, in place of a signature. Only set if a page of the console sent the request. */
  session?: string | undefined
  /** Value of X-Amz-Target. */
  target?: string | undefined
  contentType?: string | undefined
  userAgent?: string | undefined
  headers: IncomingHttpHeaders
}>

/** Principal that calls, with its key or its person. */
export type Caller = Identified
