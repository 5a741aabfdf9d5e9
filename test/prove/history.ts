/**
 * What happened: changes, the decisions that gateways recorded, and what clients saw.
 *
 * Times are milliseconds since the epoch by one clock, that of whoever proves.
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
  /** Whether it was acknowledged; else nobody knows whether it was made. */
  isKnown: boolean
  /** The policy version that stood at its end: its own, or a later one. */
  version?: number
  /** How soon it must hold everywhere, where that is sooner than the greatest age. */
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
  /** Primary address of whom an allowed request acts as. */
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
  /** Of the decision. */
  id?: string
  /** Of a failure. */
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
  /** How many operations the upstream ran, by the primary address of whom it acted as. */
  ran: ReadonlyMap<string, number>
}>
