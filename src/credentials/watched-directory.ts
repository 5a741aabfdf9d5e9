/**
 * Asks a directory about accounts, and remembers its responses, to check the accounts of open requests.
 *
 * @module
 */

import { type Failure, failureOf } from '../model/failure.ts'
import type { AccountDirectory, BindResult, FoundAccount } from './account-directory.ts'

/** Dependencies and limits of a {@link WatchedDirectory}. */
export type WatchedDirectoryOptions = Readonly<{
  directory: AccountDirectory
  /** Maximum time until a change of an account ends its open requests, in milliseconds. */
  maxAgeMs: number
  /** How often the account of an open request is checked, in milliseconds. */
  checkMs: number
  /**
   * Returns the latest time that the process has seen, in milliseconds since the epoch. It never decreases, so a clock that
   * is set back doesn't extend how long a response is remembered.
   */
  latest: () => number
}>

/** An account, or undefined if there is none, and when the directory was asked. */
type Response = Readonly<{ account: FoundAccount | undefined; at: number }>

/** How long a process doesn't ask a directory that failed. */
const UNAVAILABLE_MS = 1_000
/** Maximum number of accounts that are remembered. A full cache is cleared. */
const MAX_ACCOUNTS = 4_096

export class WatchedDirectory implements AccountDirectory {
  readonly #options: WatchedDirectoryOptions
  readonly #responses = new Map<string, Response>()
  readonly #asking = new Map<string, Promise<FoundAccount | undefined>>()
  #failed: Readonly<{ failure: Failure; until: number }> | undefined

  constructor(options: WatchedDirectoryOptions) {
    this.#options = options
  }

  async find(sid: string): Promise<FoundAccount | undefined> {
    const at = this.#options.latest()
    const account = await this.#ask(directory => directory.find(sid))
    if (this.#responses.size >= MAX_ACCOUNTS) this.#responses.clear()
    this.#responses.set(sid, { account, at })
    return account
  }

  bind(sid: string, account: FoundAccount, password: string): Promise<BindResult> {
    return this.#ask(directory => directory.bind(sid, account, password))
  }

  /**
   * Returns an account as it was a short time ago. While the directory fails, it can be older, but only as long as the
   * next check is not too late.
   *
   * @throws Failure `policy-unavailable`
   */
  async recent(sid: string): Promise<FoundAccount | undefined> {
    const { maxAgeMs, checkMs, latest } = this.#options
    const known = this.#responses.get(sid)
    const isYounger = (ms: number) => known !== undefined && latest() < known.at + ms
    if (isYounger(checkMs / 2)) return known?.account
    try {
      return await this.#askOnce(sid)
    } catch (error) {
      if (isYounger(maxAgeMs - 1.5 * checkMs)) return known?.account
      throw error
    }
  }

  /** Asks for an account. Concurrent calls share one request. */
  async #askOnce(sid: string): Promise<FoundAccount | undefined> {
    const asking = this.#asking.get(sid) ?? this.find(sid)
    this.#asking.set(sid, asking)
    try {
      return await asking
    } finally {
      this.#asking.delete(sid)
    }
  }

  /** Asks the directory. For a moment after a failure, fails without asking. */
  async #ask<T>(ask: (directory: AccountDirectory) => Promise<T>): Promise<T> {
    const { directory, latest } = this.#options
    if (this.#failed !== undefined && latest() < this.#failed.until) throw this.#failed.failure
    try {
      return await ask(directory)
    } catch (error) {
      this.#failed = { failure: failureOf(error), until: latest() + UNAVAILABLE_MS }
      throw error
    }
  }
}
