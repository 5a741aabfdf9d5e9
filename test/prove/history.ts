/**
 * A run's history: changes, the decisions that gateways recorded, and the answers that clients received.
 *
 * Times are milliseconds since the epoch, by the clock of the process that runs the proof.
 *
 * @module
 */

/** A permission is one client who asks for one user: either all is granted, or it is revoked. */
export type State = 'granted' | 'revoked'

export type Change = Readonly<{
  permission: string
  state: State
  /** When it was asked for. */
  start: number
  /** When it was acknowledged, or given up. */
  end: number
  /** Whether the change was acknowledged. If not, it may or may not have been made. */
  isKnown: boolean
  /** Policy version at the end of the change: its own, or a later one. */
  version?: number
  /** Time within which the change must take effect everywhere, if shorter than the maximum age. */
  withinMs?: number
}>

export type Decision = Readonly<{
  gateway: number
  permission: string
  id: string
  at: number
  verdict: string
  policyVersion: number | undefined
  knowledgeAgeMs: number | undefined
  /** Primary address of the impersonated user, if the request was allowed. */
  as: string | undefined
}>

/**
 * `busy`: the fault that clients retry. `failed`: no answer, or none that a client understands.
 * `lost`: failed together with a gateway that was killed.
 */
export type Verdict = 'allow' | 'deny' | 'busy' | 'failed' | 'lost'

export type Seen = Readonly<{
  gateway: number
  permission: string
  sentAt: number
  answeredAt: number
  verdict: Verdict
  /** ID of the decision. */
  id?: string
  /** Cause of a failure. */
  why?: string
}>

/** The store was made what it had been before. */
export type Restore = Readonly<{ start: number; end: number }>

export type History = Readonly<{
  maxAgeMs: number
  /** Those of one permission one after the other. */
  changes: readonly Change[]
  decisions: readonly Decision[]
  seen: readonly Seen[]
  restores: readonly Restore[]
  /** Number of operations that the upstream ran, by the primary address of the impersonated user. */
  ran: ReadonlyMap<string, number>
}>
