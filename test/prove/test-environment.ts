/**
 * A deployment with its grants, and the history of everything that happens there.
 *
 * @module
 */

import { call, NotAcknowledged } from './control.ts'
import { Deployment, type DeploymentOptions } from './deployment.ts'
import type { Gateway } from './gateway.ts'
import { type Client, type Control, type Grant, newClient, roleRule } from './grants.ts'
import type { Change, History, Restore, Seen, State } from './history.ts'
import { type Person, person } from './people.ts'
import { RandomSource } from './random.ts'
import { readRecords } from './records.ts'
import { RequestClient } from './request-client.ts'

/** Interval at which the operations of the upstream are counted. */
const COUNT_MS = 500

/** Number of users for grants of the scenarios. */
const GUESTS = 24

export type TestEnvironmentOptions = Omit<DeploymentOptions, 'users'> &
  Readonly<{ users?: readonly Person[]; seed: number }>

type RecordedChange = Change & Readonly<{ requestId?: string }>

export class TestEnvironment {
  readonly deployment: Deployment
  readonly random: RandomSource
  readonly maxAgeMs: number
  readonly changes: RecordedChange[] = []
  readonly seen: Seen[] = []
  readonly restores: Restore[] = []
  /** Reasons why changes were not acknowledged. */
  readonly unacknowledged: string[] = []
  /** Number of faults by kind. */
  readonly faults = new Map<string, number>()
  readonly #client = new RequestClient()
  readonly #latest = new Map<string, Seen>()
  readonly #ran = new Map<string, number>()
  readonly #guests: Person[]
  readonly #counting: NodeJS.Timeout

  private constructor(
    deployment: Deployment,
    guests: Person[],
    { maxAgeSeconds, seed }: TestEnvironmentOptions,
  ) {
    this.deployment = deployment
    this.#guests = guests
    this.random = new RandomSource(seed)
    this.maxAgeMs = maxAgeSeconds * 1_000
    this.#counting = setInterval(() => this.#count(), COUNT_MS)
  }

  static async open(options: TestEnvironmentOptions): Promise<TestEnvironment> {
    const guests = Array.from({ length: GUESTS }, (_, n) => person(`guest-${n}`))
    const users = [...guests, ...(options.users ?? [])]
    return new TestEnvironment(await Deployment.start({ ...options, users }), guests, options)
  }

  get gateways(): readonly Gateway[] {
    return this.deployment.gateways
  }

  /** Number of requests that were sent again because the gateway had closed their connection. */
  get repeats(): number {
    return this.#client.repeats
  }

  fault(kind: string): void {
    this.faults.set(kind, (this.faults.get(kind) ?? 0) + 1)
  }

  /** Returns the control API of one gateway, or of any running gateway for each call. */
  control(gateway?: Gateway): Control {
    return async (target, input) => {
      const running = this.gateways.filter(({ isReady }) => isReady)
      if (gateway === undefined && running.length === 0)
        throw new NotAcknowledged('No gateway is running')
      const called = gateway ?? this.random.of(running)
      return await call(called, this.deployment.administrator, target, input)
    }
  }

  /** Creates a role rule for a user that no gateway has cached and no request has named. */
  async newGrant(name: string, by: Control = this.control()): Promise<Grant> {
    return this.add(roleRule(await this.newClient(name, by), this.guest(), name))
  }

  /** Returns a user that no request has named. */
  guest(): Person {
    const guest = this.#guests.pop()
    if (guest === undefined) throw new RangeError('All guest users are in use')
    return guest
  }

  newClient(name: string, by: Control = this.control()): Promise<Client> {
    return newClient(by, name)
  }

  /** Records that a permission is already granted. */
  add<G extends Grant>(grant: G): G {
    const now = Date.now()
    const { permission } = grant.target
    this.changes.push({ permission, state: 'granted', start: now, end: now, isKnown: true })
    return grant
  }

  /** Makes and records a change. @returns the change, with whether it was acknowledged */
  async change(
    grant: Grant,
    state: State,
    { by = this.control(), withinMs }: Readonly<{ by?: Control; withinMs?: number }> = {},
  ): Promise<Change> {
    const start = Date.now()
    const limit = withinMs === undefined ? {} : { withinMs }
    const change = { permission: grant.target.permission, state, start, ...limit }
    try {
      const made = await (state === 'revoked' ? grant.revoke(by) : grant.grant(by))
      if (made.target !== undefined) grant.target = made.target
      const { permission } = grant.target
      const { requestId, version } = made
      const known = { ...(requestId && { requestId }), ...(version !== undefined && { version }) }
      return this.#note({ ...change, permission, end: Date.now(), isKnown: true, ...known })
    } catch (error) {
      if (!(error instanceof NotAcknowledged)) throw error
      this.unacknowledged.push(error.message)
      return this.#note({ ...change, end: Date.now(), isKnown: false })
    }
  }

  #note(change: RecordedChange): Change {
    this.changes.push(change)
    return change
  }

  async ask(
    gateway: Gateway,
    grant: Pick<Grant, 'target'>,
  ): Promise<Seen & { isUnsent?: boolean }> {
    const { target } = grant
    const sentAt = Date.now()
    const {
      isUnsent = false,
      verdict,
      ...more
    } = await this.#client.ask(gateway.ports.data, target)
    const answeredAt = Date.now()
    const isLost = verdict === 'failed' && (isUnsent || gateway.wasOut(sentAt, answeredAt))
    const seen: Seen = {
      gateway: gateway.number,
      permission: target.permission,
      sentAt,
      answeredAt,
      verdict: isLost ? 'lost' : verdict,
      ...more,
    }
    this.seen.push(seen)
    this.#latest.set(`${gateway.number} ${target.permission}`, seen)
    return { ...seen, isUnsent }
  }

  /** Sends requests repeatedly for a time. */
  async askFor(ms: number, gateway: Gateway, grant: Grant, everyMs = 25): Promise<readonly Seen[]> {
    const until = Date.now() + ms
    const answers: Seen[] = []
    while (Date.now() < until) {
      answers.push(await this.ask(gateway, grant))
      await new Promise(resolve => setTimeout(resolve, everyMs))
    }
    return answers
  }

  /** Returns whether the last answer of a gateway to a client is a decision on a request that was sent since a time. */
  hasDecided({ number }: Gateway, { target }: Grant, since: number): boolean {
    const latest = this.#latest.get(`${number} ${target.permission}`)
    return (
      latest !== undefined &&
      latest.sentAt >= since &&
      (latest.verdict === 'allow' || latest.verdict === 'deny')
    )
  }

  /** Returns whether the last answer of every gateway shows the change. */
  isSettled({ permission, state, end }: Change, gateways = this.gateways): boolean {
    const verdict = state === 'granted' ? 'allow' : 'deny'
    return gateways.every(({ number, isReady }) => {
      const latest = this.#latest.get(`${number} ${permission}`)
      return (
        !isReady || (latest !== undefined && latest.sentAt >= end && latest.verdict === verdict)
      )
    })
  }

  async history(): Promise<History> {
    this.#count()
    const { decisions, versions } = await readRecords(this.gateways)
    const changes = this.changes.map(({ requestId, ...change }) => {
      const version = change.version ?? versions.get(requestId ?? '')
      return { ...change, ...(version !== undefined && { version }) }
    })
    const { maxAgeMs, seen, restores } = this
    return { maxAgeMs, changes, decisions, seen, restores, ran: this.#ran }
  }

  async close(): Promise<void> {
    clearInterval(this.#counting)
    this.#client.close()
    await this.deployment.stop()
  }

  #count(): void {
    const { sandbox } = this.deployment
    for (const { as } of sandbox.executed) this.#ran.set(as, (this.#ran.get(as) ?? 0) + 1)
    sandbox.forget()
  }
}
