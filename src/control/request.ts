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

export type ControlRequest = Readonly<{
  /** UUIDv7; in the audit it is the decision's id. */
  id: string
  signed: SignedRequest
  /** Whether the client spoke TLS, to us or to a proxy that we trust: what policies can demand. */
  secureTransport: boolean
  /** The cookie of the console, in place of a signature; the page it came from is the console's. */
  session?: string | undefined
  /** As X-Amz-Target says. */
  target?: string | undefined
  contentType?: string | undefined
  userAgent?: string | undefined
}>

/** Principal that calls, and the key that it used. */
export type Caller = Readonly<{ principal: Principal; key: AccessKey }>
