/**
 * Receives SIGTERM and SIGINT for a process that must clean up before it ends.
 *
 * The first signal asks the process to stop. Further ones change nothing, because npm and terminals send
 * the same signal twice, and the second one would end the process in the middle of its cleanup.
 *
 * @module
 */

import type { EventEmitter } from 'node:events'
import { setImmediate } from 'node:timers/promises'

const SIGNALS = ['SIGTERM', 'SIGINT'] as const

/** Emits the signals of a process. */
export type SignalSource = Pick<EventEmitter, 'on' | 'off'>

/**
 * Additional time for cleanup that {@link StopSignals.hold} isn't asked for, such as a startup that must finish
 * first.
 */
const GRACE_MS = 10_000

/** Listens for SIGTERM and SIGINT. */
export class StopSignals {
  /** Resolves at the first signal. */
  readonly first: Promise<void>
  readonly #process: SignalSource
  readonly #received = Promise.withResolvers<void>()
  #release: NodeJS.Timeout | undefined
  #isListening = false
  #haveArrived = false

  /** @param source - the process; tests pass their own */
  constructor(source: SignalSource) {
    this.#process = source
    this.first = this.#received.promise
    this.#listen()
  }

  /** Returns whether a signal has arrived, even if it arrived while modules were loading and nothing could run. */
  async haveArrived(): Promise<boolean> {
    await setImmediate()
    return this.#haveArrived
  }

  /**
   * Ignores signals for this time plus 10 seconds. A later signal ends the process, so that an operator can end a
   * cleanup that hangs without SIGKILL.
   */
  hold(ms: number): void {
    clearTimeout(this.#release)
    this.#listen()
    this.#release = setTimeout(() => this.#letThrough(), ms + GRACE_MS).unref()
  }

  readonly #heard = (): void => {
    if (this.#release === undefined) this.hold(0)
    this.#haveArrived = true
    this.#received.resolve()
  }

  /** Keeps listening without a gap, because a signal during a gap would end the process. */
  #listen(): void {
    if (this.#isListening) return
    this.#isListening = true
    for (const signal of SIGNALS) this.#process.on(signal, this.#heard)
  }

  #letThrough(): void {
    this.#isListening = false
    for (const signal of SIGNALS) this.#process.off(signal, this.#heard)
  }
}

const known = new WeakMap<SignalSource, StopSignals>()

/** Returns the signals of a process. The first call starts to listen, and no signal after it is lost. */
export function stopSignalsOf(source: SignalSource): StopSignals {
  const signals = known.get(source) ?? new StopSignals(source)
  known.set(source, signals)
  return signals
}
