/**
 * Lets one password of an account be checked at a time, in the order in which they arrived.
 *
 * @module
 */

/** Maximum number of different passwords of an account that wait. */
const MAX_WAITING = 20

/** Passwords of an account whose check has not ended. */
type Waiting<T> = {
  /** Results by the name of the password. */
  readonly results: Map<string, Promise<T>>
  last: Promise<unknown>
}

export class AccountTurns<T> {
  readonly #waiting = new Map<string, Waiting<T>>()

  /**
   * Checks a password when its turn comes. Requests with the same password share one check.
   *
   * @param name - differs for each password
   * @returns undefined if too many other passwords of the account wait
   */
  take(account: string, name: string, check: () => Promise<T>): Promise<T> | undefined {
    const { results } = this.#waiting.get(account) ?? {}
    if (results !== undefined && results.size >= MAX_WAITING && !results.has(name)) return undefined
    return this.insist(account, name, check)
  }

  /** Checks a password when its turn comes, although too many wait. */
  insist(account: string, name: string, check: () => Promise<T>): Promise<T> {
    const waiting = this.#waiting.get(account) ?? { results: new Map(), last: Promise.resolve() }
    const shared = waiting.results.get(name)
    if (shared !== undefined) return shared
    this.#waiting.set(account, waiting)
    const result = this.#after(waiting.last, check).finally(() => {
      waiting.results.delete(name)
      if (waiting.results.size === 0) this.#waiting.delete(account)
    })
    waiting.results.set(name, result)
    waiting.last = result.catch(() => undefined)
    return result
  }

  async #after(last: Promise<unknown>, check: () => Promise<T>): Promise<T> {
    await last
    return await check()
  }
}
