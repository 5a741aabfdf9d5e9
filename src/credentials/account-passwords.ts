/**
 * Checks passwords of directory accounts, without ever trying so many that the domain locks an account.
 *
 * Each bind with a wrong password counts at the domain controller. So the store has, for all gateways, a MAC of each
 * password that was tried. A password is recorded before it is tried, so a crash or a concurrent gateway can't cause
 * more binds than allowed. The key of the MACs derives from the master key.
 *
 * @module
 */

import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import { Failure, failureOf } from '../model/failure.ts'
import { type AccountState, isPaused, readState, type TriedPassword } from './account-state.ts'
import type { MasterKey } from './master-key.ts'

/** An account as the directory describes it at present. */
export type FoundAccount = Readonly<{
  /** Distinguished name. */
  dn: string
  enabled: boolean
  /** Value that changes when the password does. Undefined if the directory doesn't tell. */
  passwordSetAt: string | undefined
}>

/** Result of a bind. `code` is the reason that Active Directory gives, such as `52e`. */
export type BindResult =
  | Readonly<{ kind: 'accepted' }>
  | Readonly<{ kind: 'rejected'; code?: string }>

/** The directory of an organization. */
export interface AccountDirectory {
  /**
   * Returns the account with a SID, or undefined if there is none.
   *
   * @throws Failure `policy-unavailable`
   */
  find(sid: string): Promise<FoundAccount | undefined>
  /**
   * Signs in with a password, which must not be empty. Rejects an account with another SID.
   *
   * @throws Failure `policy-unavailable`
   */
  bind(sid: string, account: FoundAccount, password: string): Promise<BindResult>
}

/** Text that all gateways share for each account. */
export type AccountStates = Readonly<{
  read: (sid: string) => Promise<string | undefined>
  /** Replaces the text if it is still `before`. @returns whether the text was replaced */
  replace: (sid: string, text: string, before: string | undefined) => Promise<boolean>
}>

/** Dependencies and limits of {@link AccountPasswords}. */
export type AccountPasswordOptions = Readonly<{
  directory: AccountDirectory
  states: AccountStates
  masterKey: MasterKey
  /** Number of different wrong passwords, within the time of a pause, after which a pause begins. */
  failuresBeforePause: number
  /** Time in which no unknown password is tried, in milliseconds. */
  pauseMs: number
  /** Returns the time in milliseconds since the epoch. */
  now: () => number
}>

/** Result of a check. `code` is that of {@link BindResult}. */
export type PasswordResult =
  | Readonly<{ kind: 'right' }>
  | Readonly<{ kind: 'wrong'; code?: string }>

/** How long a process accepts a proven password without another bind. */
const PROVEN_MS = 60_000
/** How long a proven password works during a pause. */
const PROVEN_IN_PAUSE_MS = 24 * 3_600_000
/** How often the proof of a password in use is recorded again. */
const RECORD_MS = 10 * 60_000
/** How long a process doesn't ask a directory that failed. */
const UNAVAILABLE_MS = 1_000
/** How long a process rejects the last wrong password of an account without looking again. */
const REJECTED_MS = 5_000
/** Longest time that a gateway tries a password. */
const IN_FLIGHT_MS = 30_000
/** Maximum number of tried passwords that are kept for an account. */
const MAX_TRIED = 20
/** Maximum number of concurrent changes of a state by other gateways. */
const ATTEMPTS = 10

/** Code for a wrong password. With any other one, the same password can be right later. */
const WRONG_PASSWORD = '52e'

/** A password that was right or wrong, and until when this process remembers it. */
type Remembered = Readonly<{ mac: Uint8Array; until: number }>

export class AccountPasswords {
  readonly #options: AccountPasswordOptions
  /** Key of the results in this process. */
  readonly #processKey = randomBytes(32)
  readonly #proven = new Map<string, Remembered>()
  readonly #rejected = new Map<string, Remembered>()
  /** The last check of each account that is in progress. */
  readonly #turns = new Map<string, Promise<unknown>>()
  #failed: Readonly<{ failure: Failure; until: number }> | undefined

  constructor(options: AccountPasswordOptions) {
    this.#options = options
  }

  /**
   * Checks a password. Tries one password of an account at a time.
   *
   * @param password - not empty
   * @throws Failure `policy-unavailable` if the store or the directory can't be read
   */
  verify(sid: string, password: string): Promise<PasswordResult> | PasswordResult {
    const quickMac = macOf(this.#processKey, sid, password)
    const known = this.#known(sid, quickMac)
    if (known !== undefined) return known
    return this.#inTurn(sid, async () => {
      const known = this.#known(sid, quickMac)
      if (known !== undefined) return known
      const result = await this.#check(sid, password)
      const [results, forMs] =
        result.kind === 'right' ? [this.#proven, PROVEN_MS] : [this.#rejected, REJECTED_MS]
      results.set(sid, { mac: quickMac, until: this.#options.now() + forMs })
      return result
    })
  }

  /** Returns the result of a password that this process checked a short time ago. */
  #known(sid: string, mac: Uint8Array): PasswordResult | undefined {
    const at = this.#options.now()
    const isIn = (results: ReadonlyMap<string, Remembered>) => {
      const found = results.get(sid)
      return found !== undefined && at < found.until && timingSafeEqual(found.mac, mac)
    }
    if (isIn(this.#proven)) return RIGHT
    return isIn(this.#rejected) ? WRONG : undefined
  }

  async #inTurn<T>(sid: string, work: () => Promise<T>): Promise<T> {
    const before = this.#turns.get(sid)
    const turn = (async () => {
      await before
      return await work()
    })()
    const settled = turn.catch(() => undefined)
    this.#turns.set(sid, settled)
    try {
      return await turn
    } finally {
      if (this.#turns.get(sid) === settled) this.#turns.delete(sid)
    }
  }

  async #check(sid: string, password: string): Promise<PasswordResult> {
    const { masterKey, now } = this.#options
    const mac = macOf(masterKey.subkey('account-passwords'), sid, password).toString('base64url')
    const state = readState(await this.#options.states.read(sid))
    const tried = state.tried.find(one => one.mac === mac)
    if (tried !== undefined && tried.code === undefined && now() < tried.at + IN_FLIGHT_MS)
      throw new Failure('policy-unavailable', 'Another gateway is trying the same password')
    const isPausedNow = isPaused(state, now())
    if (isPausedNow && state.proven?.mac !== mac) return WRONG

    const account = await this.#ask(directory => directory.find(sid))
    if (account === undefined) return WRONG
    const { passwordSetAt } = account
    if (tried !== undefined && this.#stillHolds(tried, passwordSetAt)) return WRONG

    const isProven =
      state.proven?.mac === mac &&
      passwordSetAt !== undefined &&
      state.proven.passwordSetAt === passwordSetAt
    if (isPausedNow) {
      const isRecent = now() < (state.proven?.at ?? 0) + PROVEN_IN_PAUSE_MS
      return isProven && isRecent && account.enabled ? RIGHT : WRONG
    }
    return await this.#try(sid, account, { password, mac, isProven })
  }

  /** Whether a password that failed can't be right now. */
  #stillHolds({ at, code, passwordSetAt }: TriedPassword, setAt: string | undefined): boolean {
    const isSame = setAt !== undefined && setAt === passwordSetAt
    if (code === WRONG_PASSWORD && isSame) return true
    return this.#options.now() < at + this.#options.pauseMs
  }

  async #try(
    sid: string,
    account: FoundAccount,
    { password, mac, isProven }: Readonly<{ password: string; mac: string; isProven: boolean }>,
  ): Promise<PasswordResult> {
    // The domain controller doesn't count a password that is right.
    if (!isProven && !(await this.#reserve(sid, mac, account))) return WRONG
    const result = await this.#ask(directory => directory.bind(sid, account, password))
    const at = this.#options.now()
    const { passwordSetAt } = account
    await this.#change(sid, state => {
      const others = state.tried.filter(one => one.mac !== mac)
      if (result.kind === 'rejected') {
        const { code = WRONG_PASSWORD } = result
        const first = state.tried.find(one => one.mac === mac)?.at ?? at
        return { ...state, tried: [...others, triedOf({ mac, at: first, code, passwordSetAt })] }
      }
      if (isProven && at < (state.proven?.at ?? 0) + RECORD_MS) return undefined
      const proven = { mac, at, ...(passwordSetAt !== undefined && { passwordSetAt }) }
      const recent = others.filter(one => at < one.at + this.#options.pauseMs)
      const isOver = recent.length < this.#options.failuresBeforePause
      const { pausedUntil: _, ...rest } = state
      return { ...(isOver ? rest : state), tried: others, proven }
    })
    if (result.kind === 'accepted') return RIGHT
    return { kind: 'wrong', ...(result.code !== undefined && { code: result.code }) }
  }

  /** Records a password before it is tried. Returns false if another check doesn't allow it any more. */
  async #reserve(sid: string, mac: string, { passwordSetAt }: FoundAccount): Promise<boolean> {
    const { failuresBeforePause, pauseMs, now } = this.#options
    let isAllowed = false
    await this.#change(sid, state => {
      const at = now()
      const tried = state.tried.find(one => one.mac === mac)
      isAllowed =
        !isPaused(state, at) && (tried === undefined || !this.#stillHolds(tried, passwordSetAt))
      if (!isAllowed) return undefined
      const all = [
        ...state.tried.filter(one => one.mac !== mac),
        triedOf({ mac, at, passwordSetAt }),
      ]
      const recent = all.filter(one => at < one.at + pauseMs)
      return {
        ...state,
        tried: all.slice(-MAX_TRIED),
        ...(recent.length >= failuresBeforePause && { pausedUntil: at + pauseMs }),
      }
    })
    return isAllowed
  }

  /** Changes the shared state. @param next - returns the new state, or undefined for no change */
  async #change(sid: string, next: (state: AccountState) => AccountState | undefined) {
    const { states } = this.#options
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      const before = await states.read(sid)
      const state = next(readState(before))
      if (state === undefined || (await states.replace(sid, JSON.stringify(state), before))) return
    }
    throw new Failure('policy-unavailable', 'Too many concurrent sign-ins of a directory account')
  }

  /** Asks the directory. For a moment after a failure, fails without asking. */
  async #ask<T>(ask: (directory: AccountDirectory) => Promise<T>): Promise<T> {
    const { directory, now } = this.#options
    if (this.#failed !== undefined && now() < this.#failed.until) throw this.#failed.failure
    try {
      return await ask(directory)
    } catch (error) {
      this.#failed = { failure: failureOf(error), until: now() + UNAVAILABLE_MS }
      throw error
    }
  }
}

const RIGHT: PasswordResult = { kind: 'right' }
const WRONG: PasswordResult = { kind: 'wrong' }

const triedOf = ({ passwordSetAt, ...tried }: TriedPassword): TriedPassword => ({
  ...tried,
  ...(passwordSetAt !== undefined && { passwordSetAt }),
})

/** Returns a MAC of a password, which differs for each account. */
const macOf = (key: Parameters<typeof createHmac>[1], sid: string, password: string): Buffer =>
  createHmac('sha256', key).update(`${sid}\0${password}`).digest()
