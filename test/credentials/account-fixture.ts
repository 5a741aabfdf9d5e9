/**
 * A domain that counts each bind as Active Directory does, and locks an account after five wrong ones, and gateways in
 * front of it.
 *
 * @module
 */

import type { Test } from 'tap'
import { momentsOf } from '../../src/cache/clock.ts'
import type {
  AccountDirectory,
  BindResult,
  FoundAccount,
} from '../../src/credentials/account-directory.ts'
import { AccountPasswords } from '../../src/credentials/account-passwords.ts'
import { MasterKey } from '../../src/credentials/master-key.ts'
import { Failure } from '../../src/model/failure.ts'
import { openNewStore } from '../kit/store-file.ts'
import { ORGANIZATION, T } from './fixture.ts'

export const SID = 'S-1-5-21-1-2-3-1104'
export const THRESHOLD = 5
export const MINUTE = 60_000
export const PAUSE = 15 * MINUTE
export const HOUR = 60 * MINUTE
export const masterKey = new MasterKey(Buffer.alloc(32, 7))

/** A domain with one account. */
export class Domain implements AccountDirectory {
  readonly #clock: Readonly<{ at: number }>
  /** Time after a wrong password after which the domain forgets how many there were. */
  windowMs = Number.POSITIVE_INFINITY
  password = 'right'
  /** The password before, which the domain accepts too, as Active Directory and Samba do for an hour. */
  previous: string | undefined
  account: FoundAccount | undefined = { dn: 'CN=svc', enabled: true, passwordSetAt: '1' }
  isDown = false
  threshold = THRESHOLD
  /** Waits before a bind is counted. */
  beforeBind: (() => Promise<void>) | undefined
  finds = 0
  binds = 0
  wrong = 0
  mostWrong = 0
  wrongAt = 0
  concurrent = 0
  mostConcurrent = 0

  constructor(clock: Readonly<{ at: number }>) {
    this.#clock = clock
  }

  change(password: string, passwordSetAt: string): void {
    this.previous = this.password
    this.password = password
    this.account = { dn: 'CN=svc', enabled: true, passwordSetAt }
    this.wrong = 0
  }

  disable(): void {
    if (this.account) this.account = { ...this.account, enabled: false }
  }

  async find() {
    this.finds += 1
    this.#requireUp()
    return this.account
  }

  async bind(_sid: string, _account: FoundAccount, password: string): Promise<BindResult> {
    this.binds += 1
    this.concurrent += 1
    this.mostConcurrent = Math.max(this.mostConcurrent, this.concurrent)
    await this.beforeBind?.()
    this.concurrent -= 1
    this.#requireUp()
    const { at } = this.#clock
    if (at > this.wrongAt + this.windowMs) this.wrong = 0
    if (this.wrong >= this.threshold) return { kind: 'rejected', code: '775' } as const
    if (password !== this.password && password !== this.previous) {
      this.wrong += 1
      this.mostWrong = Math.max(this.mostWrong, this.wrong)
      this.wrongAt = at
      return { kind: 'rejected', code: '52e' } as const
    }
    this.wrong = 0
    if (!this.account?.enabled) return { kind: 'rejected', code: '533' } as const
    return { kind: 'accepted' } as const
  }

  #requireUp(): void {
    if (this.isDown) throw new Failure('policy-unavailable', 'The directory is down')
  }
}

/** A domain, and gateways over one store. */
export async function open(t: Test, failuresBeforePause = 2, checkMs = MINUTE) {
  /** The clock of the gateways, and how far it was set back. */
  const clock = { at: T, setBackMs: 0 }
  const moment = momentsOf({ now: () => clock.at, elapsed: () => clock.at + clock.setBackMs })
  const setBack = (ms: number) => {
    clock.at -= ms
    clock.setBackMs += ms
  }
  const domain = new Domain(clock)
  /** Waits before the state that gateways share is read. */
  const hooks: { beforeRead?: (() => Promise<void>) | undefined } = {}
  const store = await openNewStore(() => clock.at)
  t.teardown(() => store.close())
  /** Accounts whose state was not understood. */
  const unreadable = new Set<string>()
  const key = `account:${ORGANIZATION}:${SID}` as const
  const gateway = () => {
    const passwords = new AccountPasswords({
      directory: domain,
      states: {
        read: async () => {
          await hooks.beforeRead?.()
          return await store.fleetState(key)
        },
        replace: (_, text, before) => store.putFleetState(key, text, before),
        unreadable: sid => void unreadable.add(sid),
      },
      masterKey,
      failuresBeforePause,
      pauseMs: PAUSE,
      maxAgeMs: 5 * MINUTE,
      checkMs,
      now: () => clock.at,
      latest: () => moment().latest,
    })
    const verify = async (password: string) => {
      const result = await passwords.verify(SID, password)
      return result.kind === 'wrong' ? (result.code ?? 'wrong') : result.kind
    }
    return Object.assign(verify, { passwords })
  }
  const state = () => store.fleetState(key)
  const write = async (text: string) => void (await store.putFleetState(key, text, await state()))
  return { domain, clock, setBack, hooks, gateway, state, write, unreadable }
}
