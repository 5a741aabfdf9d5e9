/**
 * Named health checks, and the responses to an orchestrator's probes.
 *
 * @module
 */

import { scrubText } from './scrub.ts'

/**
 * Reaction of an orchestrator if the check fails. `live`: it restarts the process. `ready`: it sends no requests.
 * `startup`: it waits, because the process has not started yet.
 */
export type HealthKind = 'live' | 'ready' | 'startup'

/** `warn`: a component failed without which the gateway can continue. */
export const HEALTH_STATUSES = ['pass', 'warn', 'fail'] as const
export type HealthStatus = (typeof HEALTH_STATUSES)[number]

export type CheckResult = Readonly<{ status: HealthStatus; message?: string; ms: number }>

export type HealthReport = Readonly<{
  status: HealthStatus
  checks: Readonly<Record<string, CheckResult>>
}>

export type HealthCheck = Readonly<{
  kinds: readonly HealthKind[]
  /** Whether the gateway can continue without the checked component, so that a failure is only a warning. */
  degrades?: boolean
  /**
   * Throws an error with a message for an operator if something is wrong. The signal aborts at the
   * deadline.
   */
  check: (signal: AbortSignal) => Promise<void> | void
}>

/** Maximum duration of a check, and also the time for which its result is cached. */
const DEADLINE_MS = 1_000
const FRESH_MS = 1_000

/** Maximum length of a message. The longest advice about an upstream fits. */
const MAX_MESSAGE = 512

/** Health checks of the process. A kind without checks passes. */
export class Health {
  readonly #runs = new Map<string, { check: HealthCheck; run: () => Promise<CheckResult> }>()
  readonly #now: () => number
  #draining = false

  /** @param now - returns milliseconds that never decrease */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now
  }

  /** Adds a check, or replaces the one with its name. */
  add(name: string, check: HealthCheck): void {
    this.#runs.set(name, { check, run: cached(check, this.#now) })
  }

  /** Makes the process report that it is not ready, but alive, so that it gets no more requests. */
  draining(): void {
    this.#draining = true
  }

  /** Runs all checks of a kind concurrently. Returns within a second. Results are at most 1 s old. */
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

/** Caches a check's result. At most one check runs at a time, and one per second. */
function cached({ check, degrades }: HealthCheck, now: () => number): () => Promise<CheckResult> {
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
  const text = scrubText(message)
  const shown = text.length > MAX_MESSAGE ? `${text.slice(0, MAX_MESSAGE - 1)}…` : text
  return shown.toWellFormed()
}
