/**
 * Tries the requests of a range of numbers, each in one role: constructed ones, and mutants of real ones.
 *
 * @module
 */

import { bytesOf, type Constructed, ConstructedRequests } from './canary-constructed.ts'
import { shownBy } from './canary-coverage.ts'
import { type Effects, effectsOf, namesOf } from './canary-effects.ts'
import { CanaryGateway, type CanaryOutcome, type ServerKind } from './canary-gateway.ts'
import { type Asked, CanaryMailboxes } from './canary-mailboxes.ts'
import { CanaryMutants } from './canary-mutants.ts'
import { type CanaryRole, roleFor, SUBJECTS } from './canary-roles.ts'
import { deniedIn, type Violation, violationOf } from './canary-verdict.ts'
import { readByAll } from './compare.ts'
import { smaller, write } from './oracle/tree.ts'
import { Counter } from './part.ts'
import { Random } from './random.ts'
import type { Understanding } from './understanding.ts'

export type CanaryRange = Readonly<{
  root: string
  seed: number
  from: number
  to: number
  step: number
  /** Operation of all requests, which are constructed then; undefined: all operations. */
  operation: string | undefined
  /** One of this many requests is a mutant of a real one, unless all are for one operation. */
  mutants: number
}>

/** A broken promise, the first request that broke it, and the number of requests that did. */
export type CanaryFinding = Violation &
  Readonly<{
    operation: string
    number: number
    role: string
    server: string
    /** The smallest request that was found, or the whole one if it is a mutant. */
    request: string
  }> & { count: number }

export type CanaryTried = Readonly<{
  outcomes: readonly (readonly [string, number])[]
  /** Forwarded ones by operation. */
  operations: readonly (readonly [string, number])[]
  /** Number of times that each kind of role did something. */
  shown: readonly (readonly [string, number])[]
  /** Number of requests that read a canary, and that changed or sent something. */
  reading: number
  writing: number
  findings: readonly CanaryFinding[]
}>

const SERVERS: readonly (ServerKind & Readonly<{ name: string }>)[] = [
  { name: 'Exchange', gromox: false, enforcesSendAs: true },
  { name: 'a server like Exchange', gromox: false, enforcesSendAs: false },
  { name: 'grommunio', gromox: true, enforcesSendAs: false },
]
/** One of this many requests is run by a server that reads it leniently, as grommunio does. */
const LENIENT = 4
/** One of this many requests reaches a gateway that knows nothing from earlier requests. */
const COLD = 16

/** Tries all requests of a range. */
export async function tryCanaries(range: CanaryRange): Promise<CanaryTried> {
  const { from, to, step } = range
  const trial = await CanaryTrial.of(range)
  const { stackTraceLimit } = Error
  // Many requests are rejected, and nothing reads the stack traces.
  Error.stackTraceLimit = 1
  for (let number = from; number < to; number += step) await trial.try(number)
  Error.stackTraceLimit = stackTraceLimit
  return trial.result()
}

type Scene = Readonly<{
  server: (typeof SERVERS)[number]
  mailboxes: CanaryMailboxes
  gateway: CanaryGateway
  mutants: CanaryMutants
  constructed: ConstructedRequests
}>

/** Circumstances of a request. */
type Trying = Readonly<{
  scene: Scene
  by: CanaryRole
  isMutant: boolean
  isLenient: boolean
  isCold: boolean
}>

/** Outcome of a request, and the requests of the gateway itself. */
type Handled = Readonly<{ outcome: CanaryOutcome; asked: readonly Asked[] }>

async function handled(
  { gateway, mailboxes }: Scene,
  by: CanaryRole,
  bytes: Buffer,
  isCold: boolean,
): Promise<Handled> {
  mailboxes.takeAsked()
  const outcome = await gateway.handle(bytes, by, isCold)
  return { outcome, asked: mailboxes.takeAsked() }
}

function withoutDraft(by: CanaryRole): CanaryRole {
  const { shadow: _, ...role } = by.role
  return { ...by, role }
}

/** Returns what a draft changed although it must have no effect. */
function differenceOf(without: Handled, drafted: Handled): Violation | undefined {
  const promise = 'shadow.md'
  if (JSON.stringify(without.asked) !== JSON.stringify(drafted.asked))
    return { promise, effect: 'asks the server for other data' }
  if (JSON.stringify(without.outcome) !== JSON.stringify(drafted.outcome))
    return { promise, effect: 'changes the decision or the request' }
  return undefined
}

type Tried = Readonly<{ outcome: CanaryOutcome; violation: Violation | undefined }>

class CanaryTrial {
  readonly #seed: number
  readonly #scenes: readonly Scene[]
  readonly #outcomes = new Counter()
  readonly #operations = new Counter()
  readonly #shown = new Counter()
  readonly #findings = new Map<string, CanaryFinding>()
  #reading = 0
  #writing = 0

  readonly #mutants: number

  private constructor({ seed, operation, mutants }: CanaryRange, scenes: readonly Scene[]) {
    this.#seed = seed
    this.#mutants = operation === undefined ? mutants : Number.POSITIVE_INFINITY
    this.#scenes = scenes
  }

  static async of(range: CanaryRange): Promise<CanaryTrial> {
    const { root, seed, operation } = range
    const scenes = SERVERS.map(async server => {
      const mailboxes = new CanaryMailboxes(server.gromox)
      return {
        server,
        mailboxes,
        gateway: await CanaryGateway.of(root, mailboxes, server),
        mutants: new CanaryMutants(seed, mailboxes),
        constructed: new ConstructedRequests(mailboxes, operation),
      }
    })
    return new CanaryTrial(range, await Promise.all(scenes))
  }

  /** Tries one request. */
  async try(number: number): Promise<void> {
    const random = new Random(this.#seed, number)
    const subject = SUBJECTS[number % SUBJECTS.length] as (typeof SUBJECTS)[number]
    const by = roleFor(subject, random)
    const scene = random.pick(this.#scenes)
    const isMutant = random.once(this.#mutants)
    const constructed = isMutant ? undefined : scene.constructed.request(by, random)
    const bytes = constructed ? bytesOf(constructed) : scene.mutants.mutant(number, by.limits)
    const isCold = by.role.shadow !== undefined || random.once(COLD)
    const trying = { scene, by, isMutant, isCold, isLenient: random.once(LENIENT) }
    const { outcome, violation } = await this.#run(trying, bytes, subject.name)
    this.#outcomes.add(outcome.kind === 'forwarded' ? 'forwarded' : outcome.reason)
    if (violation !== undefined)
      await this.#note(number, trying, violation, outcome, { constructed, bytes })
  }

  result(): CanaryTried {
    return {
      outcomes: this.#outcomes.entries(),
      operations: this.#operations.entries(),
      shown: this.#shown.entries(),
      reading: this.#reading,
      writing: this.#writing,
      findings: [...this.#findings.values()],
    }
  }

  async #run(trying: Trying, bytes: Buffer, subject?: string): Promise<Tried> {
    const { scene, by, isMutant, isCold, isLenient } = trying
    const { mailboxes, server } = scene
    const undrafted = by.role.shadow && (await handled(scene, withoutDraft(by), bytes, isCold))
    const { outcome, asked } = await handled(scene, by, bytes, isCold)
    const violation =
      deniedIn(
        asked.map(({ as }) => as),
        by.isProtected,
      ) ??
      (undrafted && differenceOf(undrafted, { outcome, asked }))
    if (violation !== undefined || outcome.kind !== 'forwarded') return { outcome, violation }
    const { actAs, requestElement, answered } = outcome
    if (subject !== undefined) this.#operations.add(requestElement)
    const read = isMutant ? meantBy(outcome.bytes) : {}
    if (read.violation !== undefined) return { outcome, violation: read.violation }
    return mailboxes.run(outcome.bytes, isLenient, ran => {
      const run = { ...ran, answer: answered(ran.answer) }
      if (
        undrafted?.outcome.kind === 'forwarded' &&
        undrafted.outcome.answered(ran.answer) !== run.answer
      )
        return { outcome, violation: { promise: 'shadow.md', effect: 'gets another response' } }
      const operation = (read.meant?.operation ?? requestElement).replace(/Request$/, '')
      const input = { operation, actAs, run, ...(read.meant && { meant: read.meant }) }
      const effects = effectsOf(input, mailboxes)
      if (subject !== undefined) this.#count(subject, effects)
      const { enforcesSendAs, gromox } = server
      const reached = { by, effects, mailboxes, enforcesSendAs, marksDrafts: !gromox }
      return { outcome, violation: violationOf(reached) }
    })
  }

  #count(subject: string, effects: Effects) {
    if (effects.heard.length > 0) this.#reading += 1
    if (effects.touched.length > 0 || effects.run.sent.length > 0) this.#writing += 1
    for (const name of shownBy(subject, effects)) this.#shown.add(name)
    for (const name of namesOf(effects)) this.#shown.add(`${effects.operation} ${name}`)
  }

  async #note(
    number: number,
    trying: Trying,
    violation: Violation,
    outcome: CanaryOutcome,
    { constructed, bytes }: Readonly<{ constructed: Constructed | undefined; bytes: Buffer }>,
  ): Promise<void> {
    const operation = outcome.kind === 'forwarded' ? outcome.requestElement : ''
    const key = `${operation}: ${violation.promise}: ${violation.effect}`
    const known = this.#findings.get(key)
    if (known !== undefined) {
      known.count += 1
      return
    }
    const request = constructed
      ? write((await this.#smallest(trying, constructed, violation)).tree)
      : bytes.toString()
    this.#findings.set(key, {
      ...violation,
      operation,
      number,
      role: trying.by.words,
      server: trying.scene.server.name,
      request,
      count: 1,
    })
  }

  /** Returns the smallest request with the same violation that is found by leaving out parts. */
  async #smallest(
    trying: Trying,
    constructed: Constructed,
    { promise, effect }: Violation,
  ): Promise<Constructed> {
    let best = constructed
    for (;;) {
      const next = await this.#smallerOne(trying, best, { promise, effect })
      if (next === undefined) return best
      best = next
    }
  }

  async #smallerOne(
    trying: Trying,
    { tree, actAs }: Constructed,
    { promise, effect }: Violation,
  ): Promise<Constructed | undefined> {
    for (const one of smaller(tree)) {
      const candidate = { tree: one, actAs }
      const { violation } = await this.#run(trying, bytesOf(candidate))
      if (violation?.promise === promise && violation.effect === effect) return candidate
    }
    return undefined
  }
}

/** Returns what all readers understand, or how they disagree. */
function meantBy(bytes: Buffer): Readonly<{ meant?: Understanding; violation?: Violation }> {
  const { meant, disagreement } = readByAll(bytes)
  const promise = 'one reading'
  if (disagreement !== undefined) return { violation: { promise, effect: disagreement } }
  if (typeof meant === 'string') return { violation: { promise, effect: meant } }
  return { meant }
}
