/** Passwords of accounts at each limit of time, and the state that all gateways share. */

import t from 'tap'
import type { BindResult } from '../../src/credentials/account-directory.ts'
import { damagesOf } from '../kit/damage.ts'
import { HOUR, MINUTE, open, PAUSE } from './account-fixture.ts'
import { T } from './fixture.ts'

t.test('R41 the state of an account is the one that earlier releases wrote', async t => {
  const { domain, clock, gateway, state } = await open(t)
  const stored = async () => JSON.parse((await state()) ?? '')
  const right = 'dWinpCfmP-s5OZ_oe3czJOyWKsr66t6AAzY9ZZg1BaE'
  const wrong = 'pOLS8KJxrveD2lD8MJVLy1-WRqR7KavY0mbFT6r8-4U'
  const next = 'r3FQg786xz5Je8eVTUDoT-jlsPqWCplLpSau7fXkDMc'
  domain.beforeBind = async () => {
    clock.at += 1_000
  }
  await gateway()('wrong')
  const tried = [{ mac: wrong, at: T, code: '52e', passwordSetAt: '1' }]
  t.strictSame(await stored(), { tried })
  await gateway()('right')
  const proven = { mac: right, at: T + 2_000, passwordSetAt: '1' }
  t.strictSame(await stored(), { tried, proven })
  domain.change('next', '2')
  await gateway()('next')
  const replaced = { mac: right, passwordSetAt: '2', until: T + 3_000 + HOUR }
  const present = { mac: next, at: T + 3_000, passwordSetAt: '2' }
  t.strictSame(await stored(), { tried, proven: present, replaced })
  await gateway()('other')
  t.match(await stored(), { proven: present, replaced, pausedUntil: T + 3_000 + PAUSE })
  t.equal((await stored()).tried.length, 2)
})

t.test('verify() forgets a pause that a right password began after a change', async t => {
  const { domain, gateway } = await open(t)
  t.equal(await gateway()('right'), 'right')
  t.equal(await gateway()('a'), '52e')
  domain.change('next', '2')
  t.equal(await gateway()('next'), 'right')
  t.equal(await gateway()('b'), '52e', 'it is tried')
})

t.test('P5 verify() binds at least once a minute', async t => {
  const { domain, clock, gateway } = await open(t, 2, HOUR)
  const verify = gateway()
  for (const [afterMs, binds] of [
    [0, 1],
    [MINUTE - 1, 1],
    [MINUTE, 2],
    [2 * MINUTE - 1, 2],
    [2 * MINUTE, 3],
  ] as const) {
    clock.at = T + afterMs
    t.equal(await verify('right'), 'right')
    t.equal(domain.binds, binds, `after ${afterMs} ms`)
  }
})

t.test('verify() records the proof of a password in use every ten minutes', async t => {
  const { clock, gateway, state } = await open(t)
  for (const [afterMs, recordedAfterMs] of [
    [0, 0],
    [10 * MINUTE - 1, 0],
    [10 * MINUTE, 10 * MINUTE],
    [20 * MINUTE - 1, 10 * MINUTE],
    [20 * MINUTE, 20 * MINUTE],
  ] as const) {
    clock.at = T + afterMs
    t.equal(await gateway()('right'), 'right')
    t.match(JSON.parse((await state()) ?? ''), { proven: { at: T + recordedAfterMs } })
  }
})

t.test('R41 a proven password works during a pause for 24 hours to the millisecond', async t => {
  for (const [lastsMs, expected] of [
    [24 * HOUR - 1, 'right'],
    [24 * HOUR, 'wrong'],
  ] as const) {
    const { clock, gateway } = await open(t)
    t.equal(await gateway()('right'), 'right')
    clock.at += lastsMs - 1
    for (const guess of ['a', 'b']) t.equal(await gateway()(guess), '52e')
    clock.at += 1
    t.equal(await gateway()('right'), expected, `after ${lastsMs} ms`)
  }
})

t.test('verify() does not look again for 5 seconds after a wrong password', async t => {
  const { domain, clock, gateway } = await open(t)
  const verify = gateway()
  t.equal(await verify('a'), '52e')
  for (const [afterMs, finds] of [
    [0, 1],
    [4_999, 1],
    [5_000, 2],
  ] as const) {
    clock.at = T + afterMs
    t.equal(await verify('a'), 'wrong')
    t.equal(domain.finds, finds, `after ${afterMs} ms`)
  }
  t.equal(domain.binds, 1)
})

t.test('R41 verify() waits 30 seconds for a gateway that tries the same password', async t => {
  const { domain, clock, gateway } = await open(t)
  const reached = Promise.withResolvers<void>()
  domain.beforeBind = () => {
    reached.resolve()
    return new Promise(() => undefined)
  }
  void gateway()('right')
  await reached.promise
  clock.at = T + 29_999
  await t.rejects(gateway()('right'), { message: /Another gateway is trying/ })
  clock.at = T + 30_000
  t.equal(await gateway()('right'), 'wrong', 'it is tried again only after the time of a pause')
  t.equal(domain.binds, 1)
})

t.test('R41 the state keeps 20 passwords, or as many as begin a pause', async t => {
  for (const [failuresBeforePause, most] of [
    [2, 20],
    [30, 30],
  ] as const) {
    const { domain, clock, gateway, state } = await open(t, failuresBeforePause)
    domain.threshold = 1_000
    const verify = gateway()
    for (let n = 0; n < most + 2; n += 1) {
      await verify(`guess ${n}`)
      clock.at += PAUSE
    }
    t.equal(JSON.parse((await state()) ?? '').tried.length, most)
    const { binds } = domain
    await verify(`guess ${most + 1}`)
    t.equal(domain.binds, binds, 'the last ones are known')
  }
})

t.test('R41 failures count together within the time of a pause', async t => {
  for (const [afterMs, third] of [
    [PAUSE - 1, 'wrong'],
    [PAUSE, '52e'],
  ] as const) {
    const { clock, gateway } = await open(t)
    t.equal(await gateway()('a'), '52e')
    clock.at += afterMs
    t.equal(await gateway()('b'), '52e')
    t.equal(await gateway()('c'), third, `after ${afterMs} ms`)
  }
})

t.test('R41 a pause lasts to the millisecond', async t => {
  const { domain, clock, gateway } = await open(t)
  for (const guess of ['a', 'b']) t.equal(await gateway()(guess), '52e')
  clock.at = T + PAUSE - 1
  t.equal(await gateway()('right'), 'wrong')
  t.equal(domain.binds, 2)
  clock.at = T + PAUSE
  t.equal(await gateway()('right'), 'right')
})

t.test(
  'R41 verify() tries a password again after the time of a pause if it can be right',
  async t => {
    const rejected = async (): Promise<BindResult> => ({ kind: 'rejected' })
    const disabled = { dn: 'CN=svc', enabled: false, passwordSetAt: '1' }
    const unknown = { dn: 'CN=svc', enabled: true, passwordSetAt: undefined }
    for (const [what, account, password, code, isTried] of [
      ['of a disabled account', disabled, 'right', '533', true],
      ['of an account whose changes are unknown', unknown, 'a', '52e', true],
      ['that was rejected without a reason', undefined, 'a', 'wrong', false],
    ] as const) {
      const { domain, clock, gateway } = await open(t)
      if (account) domain.account = account
      let binds = 0
      const bind = account ? domain.bind.bind(domain) : rejected
      domain.bind = (...parts) => {
        binds += 1
        return bind(...parts)
      }
      t.equal(await gateway()(password), code, what)
      clock.at = T + PAUSE - 1
      t.equal(await gateway()(password), 'wrong', what)
      t.equal(binds, 1)
      clock.at = T + PAUSE
      await gateway()(password)
      t.equal(binds, isTried ? 2 : 1, `a password ${what} is tried again: ${isTried}`)
    }
  },
)

t.test('R41 a password counts from its first attempt', async t => {
  const { domain, clock, gateway } = await open(t)
  domain.beforeBind = async () => {
    clock.at += MINUTE
  }
  t.equal(await gateway()('a'), '52e')
  domain.beforeBind = undefined
  clock.at = T + PAUSE
  t.equal(await gateway()('b'), '52e')
  t.equal(await gateway()('c'), '52e', 'the first one counts no longer')
})

const NOT_UNDERSTOOD = { message: /does not understand which passwords/ }

t.test('R51 a state that is not understood lets no password be tried', async t => {
  const { domain, gateway, state, write, unreadable } = await open(t)
  const right = gateway()
  t.equal(await right('right'), 'right')
  const text = (await state()) ?? ''
  for (const { what, text: damaged } of damagesOf(text, {
    enums: [],
    optional: ['passwordSetAt', 'proven'],
  })) {
    await write(damaged)
    const binds = domain.binds
    await t.rejects(gateway()('right'), NOT_UNDERSTOOD, what)
    await t.rejects(gateway()('wrong'), NOT_UNDERSTOOD, what)
    t.equal(domain.binds, binds)
    t.equal(await state(), damaged, 'the state stays')
  }
  t.ok(unreadable.size === 1)
  await write(text)
  t.equal(await gateway()('right'), 'right')
})
