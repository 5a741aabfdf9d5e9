/**
 * Reevaluations of open requests: when, how often, and with which end.
 */

import { mock } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import t from 'tap'
import { Reevaluations } from '../../src/gateway/reevaluations.ts'
import { Failure } from '../../src/model/failure.ts'
import { organizationId } from '../../src/model/identity.ts'

const ORGANIZATION = organizationId('m-1')

t.test('Reevaluations evaluate a request when it is due, and no sooner', async t => {
  mock.timers.enable({ apis: ['setTimeout'] })
  t.teardown(() => mock.timers.reset())
  let latest = 1_000_000
  let looks = 0
  const reevaluations = new Reevaluations({
    everyMs: 1_000_000_000,
    latest: () => {
      looks += 1
      return latest
    },
    failed: error => t.error(error),
  })
  t.teardown(() => reevaluations.close())
  const evaluated: string[] = []
  const open = (name: string, dueAt: number | undefined, next?: number) =>
    reevaluations.add({
      organization: ORGANIZATION,
      dueAt,
      reevaluate: async () => {
        evaluated.push(`${name} ${latest - 1_000_000}`)
        return next !== undefined && next > latest ? next : undefined
      },
      end: failure => t.error(failure),
    })
  const pass = async (ms: number) => {
    latest += ms
    mock.timers.tick(ms)
    await setImmediate()
  }
  open('never', undefined)
  await pass(0)
  t.equal(looks, 0, 'nothing is due')
  open('late', 1_000_500)
  open('soon', 1_000_200, 1_000_300)
  const leave = open('gone', 1_000_200)
  t.equal(looks, 2, 'the clock is not read again for a time that is awaited')
  leave()
  open('later', 1_000_350)
  await pass(199)
  t.strictSame(evaluated, [])
  await pass(1)
  t.strictSame(evaluated.splice(0), ['soon 200'])
  await pass(100)
  t.strictSame(evaluated.splice(0), ['soon 300'], 'when it is due again')
  await pass(50)
  t.strictSame(evaluated.splice(0), ['later 350'])
  await pass(150)
  t.strictSame(evaluated.splice(0), ['late 500'])
  const before = looks
  t.equal(before, 12, 'no timer is left over')
  await pass(100_000)
  t.strictSame([evaluated, looks], [[], before], 'nothing is due any more')

  open('a year later', latest + 31_536_000_000)
  latest += 31_536_000_000
  mock.timers.tick(999)
  await setImmediate()
  t.strictSame(evaluated, [])
  mock.timers.tick(1)
  await setImmediate()
  t.equal(evaluated.length, 1, 'a jump of the clock is seen within a second')

  open('late already', latest - 60_000)
  mock.timers.tick(1)
  await setImmediate()
  t.match(evaluated[1], /^late already/)
})

t.test('Reevaluations evaluate again if something changed during the evaluation', async t => {
  const bugs: unknown[] = []
  const failed = (error: unknown) => bugs.push(error)
  const reevaluations = new Reevaluations({ everyMs: 1_000_000, latest: () => 0, failed })
  t.teardown(() => reevaluations.close())
  const ended: string[] = []
  let evaluated = 0
  let release = Promise.withResolvers<void>()
  const leave = reevaluations.add({
    organization: ORGANIZATION,
    dueAt: undefined,
    reevaluate: async () => {
      evaluated += 1
      await release.promise
      return undefined
    },
    end: ({ reason }) => ended.push(reason),
  })
  for (let n = 0; n < 5; n += 1) reevaluations.start(ORGANIZATION)
  reevaluations.start(organizationId('m-another'))
  t.equal(evaluated, 1)
  release.resolve()
  await setImmediate()
  t.equal(evaluated, 2, 'once more, for any number of changes')

  release = Promise.withResolvers()
  reevaluations.start(undefined)
  release.reject(new Failure('rule-denies', ''))
  await setImmediate()
  reevaluations.start(undefined)
  t.strictSame([evaluated, ended], [3, ['rule-denies']], 'ended requests are not evaluated again')
  leave()

  reevaluations.add({
    organization: ORGANIZATION,
    dueAt: undefined,
    reevaluate: () => Promise.reject(new TypeError('a bug')),
    end: ({ reason }) => ended.push(reason),
  })
  reevaluations.start(ORGANIZATION)
  await setImmediate()
  t.strictSame(ended, ['rule-denies', 'internal-error'], 'a bug allows nothing')
  t.match(bugs, [TypeError])
})

t.test('Reevaluations evaluate all requests at an interval, until they are closed', async t => {
  mock.timers.enable({ apis: ['setTimeout', 'setInterval'] })
  t.teardown(() => mock.timers.reset())
  const failed = (error: unknown) => t.error(error)
  const reevaluations = new Reevaluations({ everyMs: 5_000, latest: () => 1_000, failed })
  let evaluated = 0
  reevaluations.add({
    organization: ORGANIZATION,
    dueAt: undefined,
    reevaluate: async () => {
      evaluated += 1
      return undefined
    },
    end: failure => t.error(failure),
  })
  const pass = async (ms: number) => {
    mock.timers.tick(ms)
    await setImmediate()
    return [evaluated, reevaluations.changes]
  }
  t.equal(reevaluations.changes, 0)
  reevaluations.start(organizationId('m-another'))
  t.strictSame(await pass(4_999), [0, 1], 'a change of another organization')
  t.strictSame(await pass(1), [1, 2])
  t.strictSame(await pass(5_000), [2, 3])
  reevaluations.add({
    organization: ORGANIZATION,
    dueAt: 1_000,
    reevaluate: async () => {
      t.fail('a closed gateway evaluates nothing')
      return undefined
    },
    end: failure => t.error(failure),
  })
  reevaluations.close()
  t.strictSame(await pass(60_000), [2, 3])
})

t.test('Reevaluations evaluate a request once for a time, however long that takes', async t => {
  mock.timers.enable({ apis: ['setTimeout'] })
  t.teardown(() => mock.timers.reset())
  const failed = (error: unknown) => t.error(error)
  let latest = 0
  const reevaluations = new Reevaluations({ everyMs: 1_000_000, latest: () => latest, failed })
  t.teardown(() => reevaluations.close())
  const evaluated: string[] = []
  const release = Promise.withResolvers<undefined>()
  for (const [name, dueAt] of [
    ['slow', 100],
    ['other', 200],
  ] as const)
    reevaluations.add({
      organization: ORGANIZATION,
      dueAt,
      reevaluate: () => {
        evaluated.push(name)
        return release.promise
      },
      end: failure => t.error(failure),
    })
  for (latest of [100, 200]) mock.timers.tick(100)
  release.resolve(undefined)
  await setImmediate()
  t.strictSame(evaluated, ['slow', 'other'])
})

t.test('Reevaluations leave a request alone that ended during its evaluation', async t => {
  const failed = (error: unknown) => t.error(error)
  const reevaluations = new Reevaluations({ everyMs: 1_000_000, latest: () => 0, failed })
  t.teardown(() => reevaluations.close())
  for (const isAllowed of [true, false]) {
    const release = Promise.withResolvers<undefined>()
    const states: boolean[] = []
    const leave = reevaluations.add({
      organization: ORGANIZATION,
      dueAt: undefined,
      reevaluate: async isOpen => {
        states.push(isOpen())
        await release.promise
        states.push(isOpen())
        if (!isAllowed) throw new Failure('rule-denies', '')
        return undefined
      },
      end: failure => t.error(failure),
    })
    reevaluations.start(undefined)
    reevaluations.start(undefined)
    leave()
    release.resolve(undefined)
    await setImmediate()
    t.strictSame(states, [true, false], 'it is not evaluated again')
  }
})
