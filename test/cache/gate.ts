/**
 * A gate in front of a dependency of one process. It can be cut, and can hold calls and answers.
 */

/** Requests wait before they are carried out, answers after that. */
export type Side = 'request' | 'answer'

export class Gate {
  isCut = false
  /** Calls that arrived at the gate, by name of the method. */
  readonly asked: string[] = []
  readonly #holds = new Map<string, Side>()
  readonly #waiting: (() => void)[] = []
  readonly #underway = new Map<string, number>()
  readonly #failure: () => Error

  constructor(failure: () => Error) {
    this.#failure = failure
  }

  /** From now on what calls this method waits. */
  hold(method: string, side: Side): void {
    this.#holds.set(method, side)
  }

  /** Stops holding new calls of a method. Held calls stay held. */
  unhold(method: string): void {
    this.#holds.delete(method)
  }

  get isOpen(): boolean {
    return !this.isCut && this.#holds.size === 0 && this.#waiting.length === 0
  }

  /** Releases one held call by its position, modulo the number of held calls. */
  release(which: number): void {
    const [waiter] = this.#waiting.splice(which % Math.max(1, this.#waiting.length), 1)
    waiter?.()
  }

  /** Holds and cuts nothing any more. */
  open(): void {
    this.isCut = false
    this.#holds.clear()
    while (this.#waiting.length > 0) this.release(0)
  }

  /** The same things, with this gate before all their methods. */
  before<T extends object>(target: T): T {
    return new Proxy(target, {
      get: (_, method) => {
        const work = Reflect.get(target, method)
        if (typeof method !== 'string' || typeof work !== 'function') return work
        return (...given: unknown[]) => this.#pass(method, given, () => work.apply(target, given))
      },
    })
  }

  /** Largest number of equal calls in flight at the same time, by method. */
  readonly atOnce = new Map<string, number>()

  async #pass<T>(method: string, given: unknown[], work: () => Promise<T>): Promise<T> {
    this.asked.push(method)
    const question = `${method} ${given.join(' ')}`
    const count = (this.#underway.get(question) ?? 0) + 1
    this.#underway.set(question, count)
    this.atOnce.set(method, Math.max(count, this.atOnce.get(method) ?? 0))
    try {
      return await this.#carry(method, work)
    } finally {
      this.#underway.set(question, (this.#underway.get(question) ?? 0) - 1)
    }
  }

  async #carry<T>(method: string, work: () => Promise<T>): Promise<T> {
    if (this.isCut) throw this.#failure()
    if (this.#holds.get(method) === 'request') await this.#wait()
    const answer = await work()
    if (this.#holds.get(method) === 'answer') await this.#wait()
    return answer
  }

  #wait(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#waiting.push(resolve)
    return promise
  }
}
