/**
 * Health: named checks, and what the probes of an orchestrator are told.
 *
 * @module
 */

import { scrubText } from './scrub.ts'

/** live: restart it when it fails. ready: send it nothing. startup: not there yet. */
export type HealthKind = 'live' | 'ready' | 'startup'

/** warn: something is amiss that the gateway can do without. */
export type HealthStatus = 'pass' | 'warn' | 'fail'

export type CheckResult = Readonly<{ status: HealthStatus; message?: string; ms: number }>

export type HealthReport = Readonly<{
  status: HealthStatus
  checks: Readonly<Record<string, CheckResult>>
}>

export type HealthCheck = Readonly<{
  kinds: readonly HealthKind[]
  /** Whether the gateway goes on without what is checked. */
  degrades?: boolean
  /** Throws, with words for an operator, where something is wrong. Told to stop at the deadline. */
  check: (signal: AbortSignal) => Promise<void> | void
}>

/** How long a check may take, and how long its result is good for. */
const DEADLINE_MS = 1_000
const FRESH_MS = 1_000

const MAX_MESSAGE = 256

/** The process's health. Without a check of a kind it passes. */
export class Health {
  readonly #runs = new Map<string, { check: HealthCheck; run: () => Promise<CheckResult> }>()
  readonly #now: () => number
  #draining = false

  /** @param now - a clock in milliseconds that never goes back */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now
  }

  /** Adds a check, or replaces the one of that name. */
  add(name: string, check: HealthCheck): void {
    this.#runs.set(name, { check, run: remembered(check, this.#now) })
  }

  /** From now on nothing more should be sent here: not ready, but alive. */
  draining(): void {
    this.#draining = true
  }

  /** All checks of a kind, side by side; at most 1 s old, and within a second. */
  async report(kind: HealthKind): Promise<HealthReport> {
    if (kind === 'ready' && this.#draining) return DRAINING
    const runs = [...this.#runs].filter(([, { check }]) => check.kinds.includes(kind))
    const results = await Promise.all(
      runs.map(async ([name, { run }]) => [name, await run()] as const),
    )
    const found = new Set(results.map(([, { status }]) => status))
    const status = found.has('fail') ? 'fail' : found.has('warn') ? 'warn' : 'pass'
    return { status, checks: Object.fromEntries(results) }
  }
}

const DRAINING: HealthReport = {
  status: 'fail',
  checks: { draining: { status: 'fail', message: 'draining', ms: 0 } },
}

/** However many ask, one run at a time, and one a second. */
function remembered(
  { check, degrades }: HealthCheck,
  now: () => number,
): () => Promise<CheckResult> {
  let startedAt = Number.NEGATIVE_INFINITY
  let latest: Promise<CheckResult> | undefined
  let running = false
  return () => {
    if (latest && (running || now() - startedAt < FRESH_MS)) return latest
    startedAt = now()
    running = true
    latest = runOnce(check, now, degrades ? 'warn' : 'fail').finally(() => {
      running = false
    })
    return latest
  }
}

async function runOnce(
  check: HealthCheck['check'],
  now: () => number,
  failed: HealthStatus,
): Promise<CheckResult> {
  const startedAt = now()
  const elapsed = () => Math.round(now() - startedAt)
  const deadline = new AbortController()
  const late = Promise.withResolvers<never>()
  const timer = setTimeout(() => {
    late.reject(new Error(`No answer within ${DEADLINE_MS} ms`))
    deadline.abort()
  }, DEADLINE_MS)
  try {
    await Promise.race([check(deadline.signal), late.promise])
    return { status: 'pass', ms: elapsed() }
  } catch (error) {
    return { status: failed, message: messageOf(error), ms: elapsed() }
  } finally {
    clearTimeout(timer)
  }
}

function messageOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error)
  return scrubText(message).slice(0, MAX_MESSAGE).toWellFormed()
}
