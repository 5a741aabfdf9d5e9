/**
 * Stops requests with credentials that the upstream rejected, so that the upstream doesn't lock the account,
 * however many gateways there are. After a first 401, requests fail for two seconds. Then one gateway sends one
 * request, whose result applies to all. So a single mistaken 401 costs only seconds. After a second 401, one
 * request is sent after one minute, and then at intervals that double up to ten minutes.
 *
 * @module
 */

import { readJson } from '../model/read-json.ts'
import { isFlag, isWhole, type Shape, structure } from '../model/shape.ts'

/** Time after a first 401 until one request is tried. Clients wait as long while it is tried. */
const FIRST_WAIT_MS = 2_000
/** Time after which another request is tried if the first one had no result. */
const PROBE_LEASE_MS = 10_000
const SECOND_WAIT_MS = 60_000
const MAX_WAIT_MS = 600_000
/** Minimum wait that clients are asked for. */
const MIN_WAIT_MS = 1_000

/**
 * Whether a request can be sent. A `probe` can be sent, and its response decides whether further requests can.
 */
export type Admission = 'go' | 'probe' | 'back-off'

/** A text in the store that all gateways with these credentials share. */
export interface SharedText {
  /** Returns the text; undefined before the first {@link replace}. */
  read(): Promise<string | undefined>
  /** Replaces the text if it is still `before`. Returns whether it was replaced. */
  replace(text: string, before: string | undefined): Promise<boolean>
}

type Rejections = Readonly<{
  /** Number of 401s in a row that count. */
  count: number
  /** Time in milliseconds until which no request can be sent. */
  until: number
  /** Whether a request is being tried. */
  isTrying: boolean
}>

const NONE: Rejections = { count: 0, until: 0, isTrying: false }

/**
 * A change that this gateway has not written to the shared text yet. `applies` says whether it still applies to the
 * text.
 */
type Unshared = Readonly<{ next: Rejections; applies: (before: string | undefined) => boolean }>

export type CredentialBackoffOptions = Readonly<{
  /** Returns the time in milliseconds. */
  now: () => number
  /** Called when the number of rejections has changed. */
  changed?: (count: number) => void
  /** Text that all gateways with these credentials share. By default, the state is not shared. */
  shared?: SharedText
}>

export class CredentialBackoff {
  readonly #now: () => number
  readonly #changed: (count: number) => void
  readonly #shared: SharedText
  #known = NONE
  /** The shared text from which {@link #known} was parsed. */
  #text: string | undefined
  #unshared: Unshared | undefined
  /** The shared text that this gateway wrote to reserve the next request for itself. */
  #lease: string | undefined
  #isClaiming = false
  #work: Promise<void> = Promise.resolve()

  constructor({
    now,
    changed = () => undefined,
    shared = new OwnText(),
  }: CredentialBackoffOptions) {
    this.#now = now
    this.#changed = changed
    this.#shared = shared
  }

  /** How long clients should wait, in milliseconds; 0 if the upstream has not rejected the credential. */
  get backOffMs(): number {
    const { count, until, isTrying } = this.#known
    if (count === 0) return 0
    return count === 1 || isTrying ? FIRST_WAIT_MS : Math.max(until - this.#now(), MIN_WAIT_MS)
  }

  /** Whether a request can't be sent now. Unlike {@link admit}, it doesn't start a probe. */
  get isBackingOff(): boolean {
    return this.#known.count > 0 && (this.#isClaiming || this.#now() < this.#known.until)
  }

  /** Returns whether a request can be sent. Returns a promise only if it must ask the store, to start a probe. */
  admit(): Admission | Promise<Admission> {
    if (this.#known.count === 0) return 'go'
    return this.isBackingOff ? 'back-off' : this.#claim()
  }

  /**
   * Records a 401. Of several requests that were sent concurrently, only the first one counts.
   *
   * @param admission - result of {@link admit} for the request
   */
  rejected(admission: Admission): void {
    const { count } = this.#known
    if (admission === 'probe') this.#decide(count + 1)
    else if (count === 0) this.#advance(rejectionsAfter(1, this.#now()), before => isNone(before))
  }

  /**
   * Records that the upstream accepted the credentials. Only the response to a probe counts, because other
   * requests can be older than the first 401.
   *
   * @param admission - result of {@link admit} for the request
   */
  accepted(admission: Admission): void {
    if (admission === 'probe') this.#decide(0)
  }

  /** Reads the state of other gateways, and shares pending changes. Never throws. */
  look(): Promise<void> {
    return this.#exclusive(() => this.#synchronize()).catch(() => undefined)
  }

  /** Ends the lease with a result, unless another gateway has taken it over. */
  #decide(count: number): void {
    const lease = this.#lease
    this.#lease = undefined
    if (lease === undefined) return
    const next = count === 0 ? NONE : rejectionsAfter(count, this.#now())
    this.#advance(next, before => before === lease)
  }

  #advance(next: Rejections, applies: Unshared['applies']): void {
    this.#unshared = { next, applies }
    this.#know(next)
    void this.look()
  }

  async #claim(): Promise<Admission> {
    this.#isClaiming = true
    try {
      return await this.#exclusive(() => this.#tryClaim())
    } catch {
      // Sends no request without the store, because other gateways could send one at the same time.
      return 'back-off'
    } finally {
      this.#isClaiming = false
    }
  }

  async #tryClaim(): Promise<Admission> {
    await this.#synchronize()
    const { count, until } = this.#known
    if (count === 0) return 'go'
    const now = this.#now()
    if (now < until) return 'back-off'
    const lasts = count === 1 ? PROBE_LEASE_MS : intervalMs(count)
    const claimed = { count, until: now + lasts, isTrying: true }
    const text = JSON.stringify(claimed)
    if (!(await this.#shared.replace(text, this.#text))) return 'back-off'
    this.#text = text
    this.#lease = text
    this.#know(claimed)
    return 'probe'
  }

  async #synchronize(): Promise<void> {
    const before = await this.#shared.read()
    const { next, applies } = this.#unshared ?? {}
    if (next !== undefined && applies?.(before)) {
      const text = JSON.stringify(next)
      if (await this.#shared.replace(text, before)) this.#text = text
      else return await this.#synchronize()
    } else if (next !== undefined || before !== this.#text) {
      this.#text = before
      this.#know(this.#bounded(read(before)))
    }
    if (this.#unshared?.next === next) this.#unshared = undefined
  }

  /** Limits the wait, because the clock of the gateway that wrote it can be ahead. */
  #bounded(rejections: Rejections): Rejections {
    const { count, until } = rejections
    return { ...rejections, until: Math.min(until, this.#now() + intervalMs(count)) }
  }

  #know(rejections: Rejections): void {
    const { count } = this.#known
    this.#known = rejections
    if (rejections.count !== count) this.#changed(rejections.count)
  }

  /** Runs one access to the shared text at a time. */
  #exclusive<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#work.then(work)
    this.#work = result.then(
      () => undefined,
      () => undefined,
    )
    return result
  }
}

const isRejections: Shape<Rejections> = structure<Rejections>({
  count: isWhole,
  until: isWhole,
  isTrying: isFlag,
})

/** State in place of one that is not understood. Its wait is limited like any other, and then one request decides. */
const UNREADABLE: Rejections = { count: 2, until: Number.POSITIVE_INFINITY, isTrying: false }

const read = (text: string | undefined): Rejections =>
  text === undefined ? NONE : (readJson(text, isRejections) ?? UNREADABLE)

const isNone = (text: string | undefined) => read(text).count === 0

const intervalMs = (count: number) => Math.min(SECOND_WAIT_MS * 2 ** (count - 2), MAX_WAIT_MS)

const rejectionsAfter = (count: number, now: number): Rejections => ({
  count,
  until: now + (count === 1 ? FIRST_WAIT_MS : intervalMs(count)),
  isTrying: false,
})

/** A text that is not shared with other processes. */
class OwnText implements SharedText {
  #text: string | undefined

  async read(): Promise<string | undefined> {
    return this.#text
  }

  async replace(text: string, before: string | undefined): Promise<boolean> {
    if (this.#text !== before) return false
    this.#text = text
    return true
  }
}
