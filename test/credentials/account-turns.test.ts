/** Checks of passwords, which wait for each other. */

import { setImmediate } from 'node:timers/promises'
import t from 'tap'
import { AccountTurns } from '../../src/credentials/account-turns.ts'

/** Checks that run until the test ends them. */
function trial() {
  const turns = new AccountTurns<string>()
  const running = new Map<string, (result: string) => void>()
  const check = (name: string) => async () => {
    const { promise, resolve } = Promise.withResolvers<string>()
    running.set(name, resolve)
    return promise.finally(() => running.delete(name))
  }
  const take = (account: string, name: string) => turns.take(account, name, check(name))
  const end = async (name: string) => {
    running.get(name)?.(name)
    await setImmediate()
  }
  return { turns, take, end, check, names: () => [...running.keys()] }
}

t.test('AccountTurns checks one password of an account at a time, in their order', async t => {
  const { take, end, names } = trial()
  const first = take('ann', 'a')
  void take('ann', 'b')
  t.equal(take('ann', 'a'), first, 'the same password shares a check')
  void take('bob', 'x')
  await setImmediate()
  t.strictSame(names(), ['a', 'x'], 'other accounts do not wait')
  await end('a')
  t.equal(await first, 'a')
  void take('ann', 'c')
  await setImmediate()
  t.strictSame(names(), ['x', 'b'], 'a password that arrives later waits for those before')
  await end('b')
  t.strictSame(names(), ['x', 'c'])
  await end('c')
  t.not(take('ann', 'a'), first, 'and a later one is checked again')
})

t.test('AccountTurns lets 20 passwords of an account wait', async t => {
  const { turns, take, check } = trial()
  const taken = Array.from({ length: 20 }, (_, n) => take('ann', `${n}`))
  t.notOk(taken.includes(undefined))
  t.equal(take('ann', '20'), undefined)
  t.equal(take('ann', '19'), taken[19], 'one that waits already can')
  t.ok(turns.insist('ann', '20', check('20')))
  t.ok(take('bob', '20'))
})

t.test('AccountTurns continues after a check that fails', async t => {
  const turns = new AccountTurns<string>()
  const failed = turns.insist('ann', 'a', async () => {
    throw new Error('down')
  })
  const next = turns.insist('ann', 'b', async () => 'b')
  await t.rejects(failed, { message: 'down' })
  t.equal(await next, 'b')
})
