import t from 'tap'
import { checkAudit } from '../../src/app/auditing.ts'
import { checkCapacity } from '../../src/app/budgets.ts'
import type { Audit } from '../../src/audit/audit.ts'
import type { Config } from '../../src/config/schema.ts'
import { ByteBudget } from '../../src/http/byte-budget.ts'
import { Health } from '../../src/telemetry/health.ts'

/** A health whose reports are never cached. */
function health() {
  let now = 0
  const health = new Health(() => now)
  const ready = async () => {
    now += 1_000
    return await health.report('ready')
  }
  return { health, ready }
}

for (const [onFailure, status] of [
  ['refuse', 'fail'],
  ['continue', 'warn'],
] as const)
  t.test(
    `R38 /readyz with an audit that cannot be written, and onFailure: ${onFailure}`,
    async t => {
      const { health: checks, ready } = health()
      const disk = { isFull: false }
      const checkWritable = () => {
        if (disk.isFull) throw new Error('Cannot write the audit')
      }
      const config = { audit: { onFailure } } as Config
      checkAudit(checks, config, { checkWritable } as Audit)
      t.match(await ready(), { status: 'pass' })
      disk.isFull = true
      t.match(await ready(), { status, checks: { audit: { message: 'Cannot write the audit' } } })
      disk.isFull = false
      t.match(await ready(), { status: 'pass' })
    },
  )

t.test('R38 /readyz fails while the process can open no more files', async t => {
  const { health: checks, ready } = health()
  const files = { areOut: true }
  checkCapacity(checks, new ByteBudget(1_000), () => {
    if (files.areOut) throw new Error('The process can open no more files')
  })
  t.match(await ready(), { status: 'fail', checks: { memory: { message: /no more files/ } } })
  files.areOut = false
  t.match(await ready(), { status: 'pass' })
})

t.test('R38 /readyz fails while requests do not fit into the memory', async t => {
  const { health: checks, ready } = health()
  const budget = new ByteBudget(1_000)
  checkCapacity(checks, budget)
  const [one, two, three] = ['192.0.2.1', '192.0.2.2', '192.0.2.3'].map(address =>
    budget.open(address),
  )
  one?.reserve(500)
  two?.reserve(500)
  t.match(await ready(), { status: 'pass' }, 'full, but every request fits')
  t.equal(three?.reserve(1), false)
  t.match(await ready(), { status: 'fail', checks: { memory: { message: /memoryBytes/ } } })
  one?.release(499)
  t.match(await ready(), { status: 'fail' }, 'more than half is still held')
  one?.release(1)
  t.match(await ready(), { status: 'pass' })
  t.equal(three?.reserve(501), false, 'more than the share of an address')
  t.match(await ready(), { status: 'pass' }, 'which says nothing about the memory')
})
