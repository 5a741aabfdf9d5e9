import t from 'tap'
import { defaultBytes, makeBudgets } from '../../src/app/budgets.ts'

const MIB = 1_024 * 1_024

t.test('R33 defaultBytes() is a quarter of the usable memory, up to 256 MiB', async t => {
  for (const [usable, bytes] of [
    [512 * MIB, 128 * MIB],
    [1_023 * MIB, 255.75 * MIB],
    [1_024 * MIB, 256 * MIB],
    [1_025 * MIB, 256 * MIB],
    [64 * 1_024 * MIB, 256 * MIB],
    [1_027, 256],
  ] as const)
    t.equal(defaultBytes(usable), bytes, `${usable} bytes can be used`)
})

t.test('R33 makeBudgets() divides the budget among the listeners', async t => {
  const { data, control, ops } = makeBudgets(128 * MIB)
  t.equal(data.share, 44 * MIB)
  t.equal(control.share, 16 * MIB)
  t.equal(ops.share, 4 * MIB)

  const addresses = ['192.0.2.1', '192.0.2.2']
  const all = [data, control, ops].flatMap(budget =>
    addresses.map(address => {
      const reservation = budget.open(address)
      t.ok(reservation.reserve(budget.share))
      return reservation.bytes
    }),
  )
  t.equal(
    all.reduce((sum, bytes) => sum + bytes),
    128 * MIB,
  )
})

t.test('R33 makeBudgets() has a default for this machine', async t => {
  const { data, control, ops } = makeBudgets()
  const all = 2 * (data.share + control.share + ops.share)
  t.ok(all > 0 && all <= 256 * MIB, `${all} bytes`)
})
