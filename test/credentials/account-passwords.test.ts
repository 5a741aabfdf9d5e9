/** Passwords of accounts, with a domain that locks an account after five wrong ones. */

import t from 'tap'
import { AccountPasswords } from '../../src/credentials/account-passwords.ts'
import { Failure } from '../../src/model/failure.ts'
import { Domain, HOUR, MINUTE, masterKey, open, PAUSE, SID, THRESHOLD } from './account-fixture.ts'
import { T } from './fixture.ts'

t.test('verify() binds once a minute for a password in use', async t => {
  const { domain, clock, gateway } = await open(t)
  const verify = gateway()
  const all = await Promise.all(Array.from({ length: 100 }, () => verify('right')))
  t.strictSame(new Set(all), new Set(['right']))
  t.equal(domain.binds, 1)
  clock.at += MINUTE - 1
  t.equal(await verify('right'), 'right')
  t.equal(domain.binds, 1)
  clock.at += 1
  t.equal(await verify('right'), 'right')
  t.equal(domain.binds, 2)
})

t.test(
  'P5 verify() binds as often as open requests are checked, if that is more often',
  async t => {
    const { domain, clock, gateway } = await open(t, 2, 10_000)
    const verify = gateway()
    await verify('right')
    clock.at += 9_999
    await verify('right')
    t.equal(domain.binds, 1)
    clock.at += 1
    await verify('right')
    t.equal(domain.binds, 2)
  },
)

t.test('P5 a clock that is set back extends no result', async t => {
  const { domain, clock, setBack, gateway } = await open(t)
  const verify = gateway()
  await verify('right')
  setBack(HOUR)
  clock.at += MINUTE - 1
  t.equal(await verify('right'), 'right')
  t.equal(domain.binds, 1)
  domain.disable()
  clock.at += 1
  t.equal(await verify('right'), '533')

  const other = gateway()
  t.equal(await other.passwords.confirm(SID, '1'), false)
  domain.change('right', '1')
  setBack(HOUR)
  clock.at += MINUTE / 2
  t.equal(await other.passwords.confirm(SID, '1'), true)

  domain.isDown = true
  clock.at += 5 * MINUTE
  await t.rejects(other.passwords.confirm(SID, '1'), { message: 'The directory is down' })
  domain.isDown = false
  setBack(HOUR)
  clock.at += 1_000
  const isAsked = 'a directory that failed is asked again after a second'
  t.equal(await other.passwords.confirm(SID, '1'), true, isAsked)
})

t.test(
  'R41 verify() causes at most two binds for 100 wrong passwords, in the whole fleet',
  async t => {
    const { domain, gateway } = await open(t)
    const gateways = Array.from({ length: 4 }, gateway)
    const guesses = Array.from({ length: 100 }, (_, n) => `wrong ${n}`)
    const results = await Promise.all(
      guesses.map((guess, n) => gateways[n % gateways.length]?.(guess)),
    )
    t.notOk(results.includes('right'))
    t.equal(domain.binds, 2)
    t.equal(domain.mostConcurrent <= 2, true)
    t.equal(await gateway()('right'), 'wrong', 'nor a right one that nobody has proven')
  },
)

for (const [windowMs, most] of [
  [PAUSE - MINUTE, 2],
  [2 * PAUSE, THRESHOLD],
] as const)
  t.test(`R41 verify() lets a domain that counts for ${windowMs} ms count to ${most}`, async t => {
    const { domain, clock, gateway } = await open(t)
    domain.windowMs = windowMs
    const verify = gateway()
    for (let minute = 0; minute < 24 * 60; minute += 1) {
      await verify(`wrong ${minute}`)
      clock.at += MINUTE
    }
    t.equal(domain.mostWrong, most)
    t.ok(domain.binds > 24, 'the attack continued')
  })

t.test('R41 verify() tries one password of an account at a time', async t => {
  const { domain, gateway } = await open(t, 50)
  const verify = gateway()
  await Promise.all(['a', 'b', 'c', 'd'].map(verify))
  t.equal(domain.mostConcurrent, 1)
})

t.test('R41 verify() limits wrong passwords also if many are allowed', async t => {
  const { domain, gateway } = await open(t, 50)
  domain.threshold = 60
  const verify = gateway()
  for (let n = 0; n < 100; n += 1) await verify(`wrong ${n}`)
  t.equal(domain.binds, 50)
})

t.test('R41 verify() lets few passwords wait, and always the proven one', async t => {
  const { domain, gateway } = await open(t, 100)
  domain.threshold = 1_000
  t.equal(await gateway()('right'), 'right')
  const bind = Promise.withResolvers<void>()
  domain.beforeBind = () => bind.promise
  const verify = gateway()
  const guesses = Array.from({ length: 1_000 }, (_, n) => verify(`wrong ${n}`))
  const tools = Array.from({ length: 100 }, () => verify('right'))
  bind.resolve()
  t.strictSame(new Set(await Promise.all(tools)), new Set(['right']))
  const results = await Promise.all(guesses)
  t.equal(results.filter(result => result === '52e').length, 20)
  t.equal(domain.binds, 1 + 20 + 1, 'the tool shares one bind')
})

t.test('verify() binds once for a proven password that was read late', async t => {
  const { domain, hooks, gateway } = await open(t, 100)
  domain.threshold = 1_000
  t.equal(await gateway()('right'), 'right')
  const bind = Promise.withResolvers<void>()
  domain.beforeBind = () => bind.promise
  const verify = gateway()
  const guesses = Array.from({ length: 20 }, (_, n) => verify(`wrong ${n}`))
  const tool = verify('right')
  const read = Promise.withResolvers<void>()
  hooks.beforeRead = () => read.promise
  const late = verify('right')
  hooks.beforeRead = undefined
  bind.resolve()
  await Promise.all(guesses)
  t.equal(await tool, 'right')
  const { binds } = domain
  read.resolve()
  t.equal(await late, 'right')
  t.equal(domain.binds, binds)
})

t.test(
  'R41 verify() rejects a password that was replaced, although the domain accepts it',
  async t => {
    const { domain, clock, gateway } = await open(t)
    t.equal(await gateway()('right'), 'right')
    domain.change('next', '2')
    t.equal(await gateway()('right'), 'wrong')
    t.equal(await gateway()('next'), 'right')
    t.equal(await gateway()('right'), 'wrong')
    clock.at += HOUR - 1
    t.equal(await gateway()('right'), 'wrong')
    t.equal(domain.binds, 2, 'it is not tried')
    clock.at += 1
    domain.previous = undefined
    t.equal(await gateway()('right'), '52e', 'the domain rejects it by then')
    domain.change('right', '3')
    clock.at += PAUSE
    t.equal(await gateway()('right'), 'right', 'it is the password again')
    t.equal(await gateway()('next'), 'wrong', 'and the other one was replaced')
  },
)

t.test('R41 verify() accepts a password again that was set a second time', async t => {
  const { domain, clock, gateway } = await open(t)
  t.equal(await gateway()('right'), 'right')
  domain.change('right', '2')
  t.equal(await gateway()('right'), 'wrong', 'it can be the previous one')
  clock.at += HOUR
  t.equal(await gateway()('right'), 'right')
  t.equal(await gateway()('right'), 'right')
})

t.test('R41 a gateway that is killed during a bind has counted its password', async t => {
  for (const isBound of [false, true]) {
    const { domain, clock, gateway } = await open(t)
    const killed = async (password: string) => {
      const reached = Promise.withResolvers<void>()
      domain.beforeBind = () => {
        if (isBound) domain.wrong += 1
        domain.beforeBind = undefined
        reached.resolve()
        return new Promise(() => undefined)
      }
      void gateway()(password)
      await reached.promise
    }
    await killed('wrong')
    await killed('wronger')
    const binds = domain.binds
    for (let n = 0; n < 20; n += 1) t.equal(await gateway()(`guess ${n}`), 'wrong')
    t.equal(domain.binds, binds, 'a pause began')
    await t.rejects(gateway()('wrong'), { message: /Another gateway is trying/ })
    clock.at += PAUSE
    t.equal(await gateway()('wrong'), '52e')
    t.ok(domain.wrong < THRESHOLD)
  }
})

t.test('P5 confirm() tells whether an account that signed in still can', async t => {
  for (const [what, change, expected] of [
    ['nothing changed', () => undefined, true],
    ['disabled', (d: Domain) => d.disable(), false],
    ['another password', (d: Domain) => d.change('next', '2'), false],
    [
      'deleted',
      (d: Domain) => {
        d.account = undefined
      },
      false,
    ],
  ] as const) {
    const { domain, clock, gateway } = await open(t)
    const verify = gateway()
    t.equal(await verify('right'), 'right')
    change(domain)
    const { finds } = domain
    const confirm = () => verify.passwords.confirm(SID, '1')
    t.equal(await confirm(), true, 'the directory was asked a moment ago')
    clock.at += MINUTE / 2
    const all = await Promise.all(Array.from({ length: 1_000 }, confirm))
    t.strictSame(new Set(all), new Set([expected]), what)
    t.equal(domain.finds, finds + 1, 'the open requests of an account share one response')
    t.equal((await verify('right')) === 'right', expected, 'as do new requests')
  }
})

t.test(
  'P5 P6 confirm() continues without the directory, but not beyond the maximum age',
  async t => {
    const { domain, clock, gateway } = await open(t)
    const { passwords } = gateway()
    await passwords.verify(SID, 'right')
    const provenAt = clock.at
    domain.isDown = true
    let endedAt: number | undefined
    for (; endedAt === undefined; clock.at += MINUTE)
      await passwords.confirm(SID, '1').catch(() => {
        endedAt = clock.at
      })
    t.ok(endedAt - provenAt > 3 * MINUTE, 'a short failure ends nothing')
    t.ok(endedAt - provenAt + MINUTE / 2 <= 5 * MINUTE, 'P5 wherever the checks begin')
    domain.isDown = false
    t.equal(await passwords.confirm(SID, '1'), true)
  },
)

t.test('confirm() works with a directory that does not tell when a password was set', async t => {
  const { domain, clock, gateway } = await open(t)
  domain.account = { dn: 'CN=svc', enabled: true, passwordSetAt: undefined }
  const { passwords } = gateway()
  const result = await passwords.verify(SID, 'right')
  t.strictSame(result, { kind: 'right' })
  clock.at += MINUTE
  t.equal(await passwords.confirm(SID, undefined), true)
  domain.disable()
  clock.at += MINUTE
  t.equal(await passwords.confirm(SID, undefined), false)
})

t.test('R41 verify() never tries a wrong password again, until the password changes', async t => {
  const { domain, clock, gateway } = await open(t)
  t.equal(await gateway()('old'), '52e')
  for (let n = 0; n < 100; n += 1) {
    clock.at += PAUSE
    t.equal(await gateway()('old'), 'wrong')
  }
  t.equal(domain.binds, 1)
  domain.change('old', '2')
  t.equal(await gateway()('old'), 'right')
})

t.test('verify() tries a password again that failed for another reason', async t => {
  const { domain, clock, gateway } = await open(t)
  domain.account = { dn: 'CN=svc', enabled: false, passwordSetAt: '1' }
  t.equal(await gateway()('right'), '533')
  t.equal(await gateway()('right'), 'wrong', 'not at once')
  domain.account = { dn: 'CN=svc', enabled: true, passwordSetAt: '1' }
  clock.at += PAUSE
  t.equal(await gateway()('right'), 'right')
})

t.test('R41 a proven password works during a pause', async t => {
  const { domain, clock, gateway } = await open(t)
  const verify = gateway()
  t.equal(await verify('right'), 'right')
  t.equal(await verify('a'), '52e')
  t.equal(await verify('b'), '52e')
  const { binds } = domain
  t.equal(await verify('c'), 'wrong')
  clock.at += MINUTE
  t.equal(await verify('right'), 'right')
  t.equal(await gateway()('right'), 'right', 'at a gateway that starts now')
  t.equal(domain.binds, binds, 'without a bind')
  domain.account = { dn: 'CN=svc', enabled: false, passwordSetAt: '1' }
  t.equal(await gateway()('right'), 'wrong', 'not when the account is disabled')
  domain.change('next', '2')
  t.equal(await gateway()('right'), 'wrong', 'not when the password was changed')
  clock.at += PAUSE
  t.equal(await gateway()('next'), 'right', 'the new one works after the pause')
})

t.test('R41 a pause asks the directory nothing about unknown passwords', async t => {
  const { domain, gateway } = await open(t)
  for (const guess of ['a', 'b']) t.equal(await gateway()(guess), '52e')
  const { finds } = domain
  t.equal(await gateway()('c'), 'wrong')
  t.equal(domain.finds, finds)
})

t.test('R41 a proven password that failed since then does not work during a pause', async t => {
  const { domain, clock, gateway } = await open(t)
  t.equal(await gateway()('right'), 'right')
  domain.account = { dn: 'CN=svc', enabled: false, passwordSetAt: '1' }
  t.equal(await gateway()('right'), '533')
  t.equal(await gateway()('a'), '52e')
  domain.account = { dn: 'CN=svc', enabled: true, passwordSetAt: '1' }
  t.equal(await gateway()('right'), 'wrong')
  clock.at += PAUSE
  t.equal(await gateway()('right'), 'right')
})

t.test('R41 a right password ends no pause that wrong ones began', async t => {
  const { domain, clock, gateway } = await open(t, 1)
  const verify = gateway()
  t.equal(await verify('right'), 'right')
  clock.at += 10 * MINUTE
  domain.beforeBind = async () => {
    domain.beforeBind = undefined
    t.equal(await gateway()('a'), '52e', 'at another gateway')
  }
  t.equal(await verify('right'), 'right')
  t.equal(await gateway()('b'), 'wrong', 'it is not tried')
})

t.test('R41 a proven password works during a pause for 24 hours', async t => {
  for (const [hours, expected] of [
    [23.7, 'right'],
    [24, 'wrong'],
  ] as const) {
    const { clock, gateway } = await open(t)
    t.equal(await gateway()('right'), 'right')
    clock.at += hours * HOUR - 1
    t.equal(await gateway()('a'), '52e')
    t.equal(await gateway()('b'), '52e')
    clock.at += 1
    t.equal(await gateway()('right'), expected, `after ${hours} hours`)
  }
})

t.test('R41 a constant attack neither locks the account nor stops the tool', async t => {
  const { domain, clock, gateway } = await open(t)
  const verify = gateway()
  t.equal(await verify('right'), 'right')
  for (let n = 0; n < 3 * 24 * 20; n += 1) {
    clock.at += 3 * MINUTE
    await verify(`wrong ${n}`)
    t.equal(await verify('right'), 'right')
    t.ok(domain.wrong <= 2)
  }
})

t.test('verify() forgets a pause that only right passwords began', async t => {
  const { gateway } = await open(t, 1)
  t.equal(await gateway()('right'), 'right')
  t.equal(await gateway()('wrong'), '52e', 'it was tried')
  t.equal(await gateway()('other'), 'wrong', 'and this one was not')
})

t.test('verify() fails while the directory is down, and then continues', async t => {
  const { domain, clock, gateway } = await open(t)
  const verify = gateway()
  t.equal(await verify('right'), 'right')
  domain.isDown = true
  t.equal(await verify('right'), 'right', 'a minute longer')
  clock.at += MINUTE
  for (let n = 0; n < 10; n += 1) await t.rejects(verify('right'), { name: 'Failure' })
  t.equal(domain.finds, 2, 'it is not asked again at once')
  domain.isDown = false
  clock.at += 1_000
  t.equal(await verify('right'), 'right')
})

t.test('R41 verify() counts a password whose bind had no result', async t => {
  const { domain, clock, gateway } = await open(t)
  const { bind } = domain
  domain.bind = async () => {
    domain.binds += 1
    throw new Failure('policy-unavailable', 'timed out')
  }
  await t.rejects(gateway()('right'), { name: 'Failure' })
  domain.bind = bind
  await t.rejects(gateway()('right'), { message: /Another gateway is trying/ })
  t.equal(await gateway()('a'), '52e')
  t.equal(await gateway()('b'), 'wrong', 'this is a pause')
  clock.at += PAUSE
  t.equal(await gateway()('right'), 'right')
})

t.test('P6 verify() rejects an account that does not exist, and keeps no password', async t => {
  const { domain, gateway, state } = await open(t)
  domain.account = undefined
  t.equal(await gateway()('right'), 'wrong')
  t.equal(domain.binds, 0)
  domain.account = { dn: 'CN=svc', enabled: true, passwordSetAt: '1' }
  t.equal(await gateway()('secret'), '52e')
  t.notMatch(await state(), /secret/)
})

t.test('verify() works with a directory that does not tell when a password was set', async t => {
  const { domain, clock, gateway } = await open(t)
  domain.account = { dn: 'CN=svc', enabled: true, passwordSetAt: undefined }
  const verify = gateway()
  t.equal(await verify('right'), 'right')
  clock.at += MINUTE
  t.equal(await verify('right'), 'right')
  t.equal(await verify('a'), '52e')
  t.equal(await verify('b'), '52e')
  clock.at += MINUTE
  t.equal(await verify('right'), 'wrong', 'in a pause, nothing shows that it is still right')
})

t.test('R41 verify() tries no password if others change the account all the time', async t => {
  const domain = new Domain({ at: T })
  let changes = 0
  const passwords = new AccountPasswords({
    directory: domain,
    states: {
      read: async () => undefined,
      replace: async () => {
        changes += 1
        return false
      },
    },
    masterKey,
    failuresBeforePause: 2,
    pauseMs: PAUSE,
    maxAgeMs: 5 * MINUTE,
    checkMs: MINUTE,
    now: () => T,
    latest: () => T,
  })
  await t.rejects(async () => passwords.verify(SID, 'right'), {
    reason: 'policy-unavailable',
    message: 'Too many concurrent sign-ins of a directory account',
  })
  t.equal(changes, 10)
  t.equal(domain.binds, 0)
})
