/**
 * Describes a request to the control API, and the dependencies that all requests share.
 *
 * @module
 */

import type {
  ConsoleSessions,
  RequestVerifier,
  SecretVerifier,
  SignedRequest,
} from '../credentials/credentials.ts'
import type { ByteBudget } from '../http/byte-budget.ts'
import type { ClosedKind } from '../http/closed.ts'
import type { AccessKey, Principal } from '../model/principal.ts'
import type { Log } from '../telemetry/log.ts'
import type { ControlPorts } from './action.ts'
import type { DeniedCalls } from './denied-calls.ts'

/** Dependencies that all requests of the control listener share. */
export type ServerContext = Readonly<{
  verifier: RequestVerifier & SecretVerifier
  sessions: ConsoleSessions
  ports: ControlPorts
  deniedCalls: DeniedCalls
  log: Log
  /** Bytes that requests can hold. */
  budget: ByteBudget
  /** Called when a connection is closed because of a limit. */
  closed: (kind: ClosedKind) => void
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
}>

/** Principal that calls, and the key that it used. */
export type Caller = Readonly<{ principal: Principal; key: AccessKey }>
