/**
 * Runs the phases in one deployment, and checks the goals of each phase.
 *
 * @module
 */

import { setTimeout } from 'node:timers/promises'
import { waitFor } from '../kit/waits.ts'
import { type AllGrants, GrantSetup } from './all-grants.ts'
import { countOf, promptlyBusy, type Span } from './figures.ts'
import type { Verdict } from './history.ts'
import { Load } from './load.ts'
import { type RebuiltPolicy, rebuildPolicy } from './policy.ts'
import type { Scenario } from './scenarios/scenario.ts'
import { TestEnvironment, type TestEnvironmentOptions } from './test-environment.ts'
import { Writer, type WritingOptions } from './writer.ts'

/** Ends a run in which a gateway never recovers; a busy machine needs long. */
const PATIENCE_MS = 300_000

/** Maximum number of differences of the policy that are reported. */
const EXAMPLES = 5

export type Phase = Span & Readonly<{ name: string; counts: Readonly<Record<Verdict, number>> }>

export class Run {
  readonly environment: TestEnvironment
  readonly grants: AllGrants
  readonly load: Load
  readonly phases: Phase[] = []
  /** Goals that were not reached, in words. */
  readonly missed: string[] = []
  /** Goals for durations that were not reached. A busy machine misses them, too. */
  readonly slow: string[] = []
  /** Policy in the journals, compared with the store's. */
  rebuilt: RebuiltPolicy | undefined
  /** Phases in which no gateway may answer ErrorServerBusy. */
  readonly #served: Phase[] = []
  readonly #writer: Writer
  readonly #tell: (line: string) => void

  private constructor(
    environment: TestEnvironment,
    grants: AllGrants,
    everyMs: number,
    tell: (line: string) => void,
  ) {
    this.environment = environment
    this.grants = grants
    this.load = new Load(environment, grants.all, everyMs)
    this.#writer = new Writer(environment, this.load)
    this.#tell = tell
  }

  /** @param everyMs - approximate interval of each client's requests to each gateway */
  static async begin(
    options: TestEnvironmentOptions,
    everyMs: number,
    tell: (line: string) => void,
  ): Promise<Run> {
    const setup = new GrantSetup()
    const environment = await TestEnvironment.open({ ...options, users: setup.users })
    try {
      const run = new Run(environment, await setup.create(environment), everyMs, tell)
      run.load.start()
      return run
    } catch (error) {
      await environment.close()
      throw error
    }
  }

  async phase(name: string, work: () => Promise<unknown>): Promise<Phase> {
    const start = Date.now()
    await work()
    const span = { start, end: Date.now() }
    const phase = { name, ...span, counts: countOf(this.environment.seen, span) }
    this.phases.push(phase)
    const { allow, deny, busy, failed, lost } = phase.counts
    this.#tell(
      `${name.padEnd(30)} ${((span.end - start) / 1_000).toFixed(1).padStart(5)} s  ` +
        `allow ${allow}  deny ${deny}  busy ${busy}  failed ${failed}  lost ${lost}`,
    )
    return phase
  }

  /** Makes random changes for a time. */
  write(ms: number, options: Partial<WritingOptions> = {}): Promise<void> {
    const all = { grants: this.grants.grants, writers: 3, pauseMs: 60, patienceMs: 6_000 }
    return this.#writer.run({ ...all, ...options }, AbortSignal.timeout(ms))
  }

  /** Runs scenarios one after the other, without load. */
  async scenarios(scenarios: Readonly<Record<string, Scenario>>): Promise<void> {
    await this.load.pause()
    for (const [name, scenario] of Object.entries(scenarios))
      await this.phase(name, async () => {
        const missed = await scenario(this.environment)
        this.missed.push(...missed.map(what => `${name}: ${what}`))
      })
    this.load.resume()
  }

  /** Requires that no request failed, and that only a slow gateway answered ErrorServerBusy. */
  mustNotFail(phase: Phase, accepted: readonly Verdict[] = []): void {
    const { name, counts } = phase
    for (const verdict of ['failed', 'lost'] as const)
      if (counts[verdict] > 0 && !accepted.includes(verdict))
        this.missed.push(`${name}: ${counts[verdict]} requests were ${verdict}`)
    if (!accepted.includes('busy')) this.#served.push(phase)
  }

  /** Requires that the journals have the policy of the store. No change may be in progress. */
  async rebuild(): Promise<void> {
    this.rebuilt = await rebuildPolicy(this.environment.deployment)
    for (const difference of this.rebuilt.differences.slice(0, EXAMPLES))
      this.must(false, `The policy in the journals differs from the store: ${difference}`)
  }

  /** Ends the load. Only then all have been answered that show whether a gateway was slow. */
  async end(): Promise<void> {
    await this.load.end()
    for (const phase of this.#served) {
      const busy = promptlyBusy(this.environment.seen, phase)
      this.must(busy === 0, `${phase.name}: ${busy} requests were busy at once`)
    }
  }

  must(holds: boolean, what: string): void {
    if (!holds) this.missed.push(what)
  }

  /** Requires that something took less than a time, in milliseconds. */
  mustTakeLess(tookMs: number, mostMs: number, what: string): void {
    if (tookMs >= mostMs) this.slow.push(`${what} took ${tookMs} ms, and not less than ${mostMs}`)
  }

  /** Resolves when every gateway has decided on every client, on requests that were sent since a time. */
  async isServed(since: number): Promise<void> {
    const { gateways } = this.environment
    const isDecided = () =>
      gateways.every(gateway =>
        this.grants.all.every(grant => this.environment.hasDecided(gateway, grant, since)),
      )
    await waitFor('every gateway serves every client', async () => {
      while (!isDecided()) await setTimeout(10)
    })
  }

  /**
   * Waits until every gateway allows the requests of every client again. Requires that this takes less than a time. Asks
   * again only for those that were not allowed: a busy machine may never serve all of them at the same time.
   */
  async mustRecoverIn(mostMs: number, phase: string): Promise<void> {
    const since = Date.now()
    const { environment, grants } = this
    let missing = environment.gateways.flatMap(gateway =>
      grants.all.map(grant => ({ gateway, grant })),
    )
    for (;;) {
      const seen = await Promise.all(
        missing.map(({ gateway, grant }) => environment.ask(gateway, grant)),
      )
      missing = missing.filter((_, at) => seen[at]?.verdict !== 'allow')
      if (missing.length === 0) break
      if (Date.now() > since + PATIENCE_MS) return this.must(false, `${phase}: never recovered`)
      await setTimeout(100)
    }
    this.mustTakeLess(Date.now() - since, mostMs, `${phase}: recovery`)
  }
}
