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
import { Failure } from '../model/failure.ts'
import type { FoundAccount } from './account-directory.ts'
import {
  type AccountState,
  isPaused,
  isReplaced,
  readState,
  type TriedPassword,
  withReplaced,
} from './account-state.ts'
import { AccountTurns } from './account-turns.ts'
import { KEY_BYTES, type MasterKey } from './master-key.ts'
import { WatchedDirectory, type WatchedDirectoryOptions } from './watched-directory.ts'

/** Text that all gateways share for each account. */
export type AccountStates = Readonly<{
  read: (sid: string) => Promise<string | undefined>
  /** Replaces the text if it is still `before`. @returns whether the text was replaced */
  replace: (sid: string, text: string, before: string | undefined) => Promise<boolean>
  /** Called with an account whose text is not understood. */
  unreadable?: (sid: string) => void
}>

/** Dependencies and limits of {@link AccountPasswords}. */
export type AccountPasswordOptions = Readonly<{
  states: AccountStates
  masterKey: MasterKey
  /** Number of different wrong passwords, within the time of a pause, after which a pause begins. */
  failuresBeforePause: number
  /** Time in which no unknown password is tried, in milliseconds. */
  pauseMs: number
  /** Returns the time in milliseconds since the epoch, for the states that all gateways share. */
  now: () => number
}> &
  WatchedDirectoryOptions

/** Result of a check. `code` is that of {@link BindResult}. */
export type PasswordResult =
  | Readonly<{
      kind: 'right'
      /** When the password was set, as {@link FoundAccount} has it. */
      passwordSetAt?: string
    }>
  | Readonly<{ kind: 'wrong'; code?: string }>

/** How long a process accepts a proven password without another bind, unless open requests are checked more often. */
const PROVEN_MS = 60_000
/** How long a proven password works during a pause. */
const PROVEN_IN_PAUSE_MS = 24 * 3_600_000
/** How often the proof of a password in use is recorded again. */
const RECORD_MS = 10 * 60_000
/** How long a process rejects the last wrong password of an account without looking again. */
const REJECTED_MS = 5_000
/** Longest time that a gateway tries a password. */
const IN_FLIGHT_MS = 30_000
/** Minimum of the maximum number of tried passwords that are kept for an account. */
const MIN_TRIED = 20
/** Maximum number of concurrent changes of a state by other gateways. */
const ATTEMPTS = 10

/** Maximum number of accounts with a remembered result. A full cache is cleared. */
const MAX_ACCOUNTS = 4_096

/** Code for a wrong password. With any other one, the same password can be right later. */
const WRONG_PASSWORD = '52e'

/** Result for a password, and until when this process remembers it. */
type Remembered = Readonly<{ mac: Uint8Array; until: number; result: PasswordResult }>

export class AccountPasswords {
  readonly #options: AccountPasswordOptions
  /** Key of the results in this process. */
  readonly #processKey = randomBytes(KEY_BYTES)
  readonly #proven = new Map<string, Remembered>()
  readonly #rejected = new Map<string, Remembered>()
  readonly #turns = new AccountTurns<PasswordResult>()
  readonly #directory: WatchedDirectory

  constructor(options: AccountPasswordOptions) {
    this.#options = options
    this.#directory = new WatchedDirectory(options)
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
    const name = quickMac.toString('base64url')
    const check = () => this.#checkInTurn(sid, password, quickMac)
    return (
      this.#turns.take(sid, name, check) ??
      // A pause follows so many other passwords. Only a proven one works in it.
      this.#isProven(sid, password).then(isProven =>
        isProven ? this.#turns.insist(sid, name, check) : WRONG,
      )
    )
  }

  async #checkInTurn(sid: string, password: string, mac: Uint8Array): Promise<PasswordResult> {
    const known = this.#known(sid, mac)
    if (known !== undefined) return known
    const result = await this.#check(sid, password)
    const [results, forMs] =
      result.kind === 'right'
        ? [this.#proven, Math.min(PROVEN_MS, this.#options.checkMs)]
        : [this.#rejected, REJECTED_MS]
    if (results.size >= MAX_ACCOUNTS) results.clear()
    const { kind } = result
    results.set(sid, {
      mac,
      until: this.#options.latest() + forMs,
      result: kind === 'wrong' ? WRONG : result,
    })
    return result
  }

  /**
   * Whether an account that signed in still can: it is enabled, and has the same password.
   *
   * @param passwordSetAt - when its password was set, as {@link verify} returned it
   * @throws Failure `policy-unavailable` if the directory has not responded for too long
   */
  async confirm(sid: string, passwordSetAt: string | undefined): Promise<boolean> {
    const account = await this.#directory.recent(sid)
    const isSame = passwordSetAt === undefined || account?.passwordSetAt === passwordSetAt
    if (account?.enabled && isSame) return true
    this.#proven.delete(sid)
    return false
  }

  /** Returns the result of a password that this process checked a short time ago. */
  #known(sid: string, mac: Uint8Array): PasswordResult | undefined {
    const at = this.#options.latest()
    for (const results of [this.#proven, this.#rejected]) {
      const found = results.get(sid)
      if (found !== undefined && at < found.until && timingSafeEqual(found.mac, mac))
        return found.result
    }
    return undefined
  }

  /** Whether a password is the last one that was right, at any gateway. */
  async #isProven(sid: string, password: string): Promise<boolean> {
    const { proven } = this.#understood(sid, await this.#options.states.read(sid))
    return proven?.mac === this.#sharedMac(sid, password)
  }

  /**
   * Reads the state of an account. Without it, it is not known how many passwords can still be tried.
   *
   * @throws Failure `policy-unavailable` if this version doesn't understand the state
   */
  #understood(sid: string, text: string | undefined): AccountState {
    const state = readState(text)
    if (state !== undefined) return state
    this.#options.states.unreadable?.(sid)
    throw new Failure(
      'policy-unavailable',
      'This version does not understand which passwords of a directory account were tried',
    )
  }

  /** Returns the MAC of a password that all gateways compute. */
  #sharedMac(sid: string, password: string): string {
    const key = this.#options.masterKey.subkey('account-passwords')
    return macOf(key, sid, password).toString('base64url')
  }

  async #check(sid: string, password: string): Promise<PasswordResult> {
    const { now } = this.#options
    const mac = this.#sharedMac(sid, password)
    const state = this.#understood(sid, await this.#options.states.read(sid))
    const tried = state.tried.find(one => one.mac === mac)
    if (tried !== undefined && tried.code === undefined && now() < tried.at + IN_FLIGHT_MS)
      throw new Failure('policy-unavailable', 'Another gateway is trying the same password')
    const isPausedNow = isPaused(state, now())
    if (isPausedNow && state.proven?.mac !== mac) return WRONG

    const account = await this.#directory.find(sid)
    if (account === undefined) return WRONG
    const { passwordSetAt } = account
    if (tried !== undefined && this.#stillHolds(tried, passwordSetAt)) return WRONG
    if (isReplaced(state, { mac, passwordSetAt, at: now() })) {
      await this.#change(sid, current => withReplaced(current, { passwordSetAt, at: now() }))
      return WRONG
    }

    const { proven } = state
    const isProven =
      proven?.mac === mac && passwordSetAt !== undefined && proven.passwordSetAt === passwordSetAt
    if (!isPausedNow) return await this.#try(sid, account, { password, mac, isProven })
    const isRecent = isProven && now() < proven.at + PROVEN_IN_PAUSE_MS
    return isRecent && account.enabled ? rightSince(account) : WRONG
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
    const result = await this.#directory.bind(sid, account, password)
    const at = this.#options.now()
    const { passwordSetAt } = account
    await this.#change(sid, state => {
      const others = state.tried.filter(one => one.mac !== mac)
      if (result.kind === 'rejected') {
        const { code = WRONG_PASSWORD } = result
        const first = state.tried.find(one => one.mac === mac)?.at ?? at
        return { ...state, tried: [...others, triedOf({ mac, at: first, code, passwordSetAt })] }
      }
      const { proven: last } = state
      if (isProven && last !== undefined && at < last.at + RECORD_MS) return undefined
      const proven = { mac, at, ...(passwordSetAt !== undefined && { passwordSetAt }) }
      const isOver = this.#failuresIn(others, at) < this.#options.failuresBeforePause
      const { pausedUntil: _, ...rest } = state
      const { replaced } =
        (last?.mac !== mac && withReplaced(state, { passwordSetAt, at })) || state
      return {
        ...(isOver ? rest : state),
        ...(replaced && { replaced }),
        tried: others,
        proven,
      }
    })
    if (result.kind === 'accepted') return rightSince(account)
    return { kind: 'wrong', ...(result.code !== undefined && { code: result.code }) }
  }

  /** Records a password before it is tried. Returns false if another check doesn't allow it any more. */
  async #reserve(sid: string, mac: string, { passwordSetAt }: FoundAccount): Promise<boolean> {
    const { failuresBeforePause, pauseMs, now } = this.#options
    return await this.#change(sid, state => {
      const at = now()
      const tried = state.tried.find(one => one.mac === mac)
      if (isPaused(state, at)) return undefined
      if (tried !== undefined && this.#stillHolds(tried, passwordSetAt)) return undefined
      const all = [
        ...state.tried.filter(one => one.mac !== mac),
        triedOf({ mac, at, passwordSetAt }),
      ]
      return {
        ...state,
        tried: all.slice(-Math.max(MIN_TRIED, failuresBeforePause)),
        ...(this.#failuresIn(all, at) >= failuresBeforePause && { pausedUntil: at + pauseMs }),
      }
    })
  }

  /** Returns how many passwords were tried within the time of a pause. */
  #failuresIn(tried: readonly TriedPassword[], now: number): number {
    const { pauseMs } = this.#options
    return tried.filter(({ at }) => now < at + pauseMs).length
  }

  /**
   * Changes the shared state.
   *
   * @param next - returns the new state, or undefined for no change
   * @returns whether the state was changed
   */
  async #change(
    sid: string,
    next: (state: AccountState) => AccountState | undefined,
  ): Promise<boolean> {
    const { states } = this.#options
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      const before = await states.read(sid)
      const state = next(this.#understood(sid, before))
      if (state === undefined) return false
      if (await states.replace(sid, JSON.stringify(state), before)) return true
    }
    throw new Failure('policy-unavailable', 'Too many concurrent sign-ins of a directory account')
  }
}

const WRONG: PasswordResult = { kind: 'wrong' }

const rightSince = ({ passwordSetAt }: FoundAccount): PasswordResult => ({
  kind: 'right',
  ...(passwordSetAt !== undefined && { passwordSetAt }),
})

const triedOf = ({ passwordSetAt, ...tried }: TriedPassword): TriedPassword => ({
  ...tried,
  ...(passwordSetAt !== undefined && { passwordSetAt }),
})

/** Returns a MAC of a password, which differs for each account. */
const macOf = (key: Parameters<typeof createHmac>[1], sid: string, password: string): Buffer =>
  createHmac('sha256', key).update(`${sid}\0${password}`).digest()
