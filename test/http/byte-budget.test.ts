import fc from 'fast-check'
import t from 'tap'
import { ByteBudget, type Reservation } from '../../src/http/byte-budget.ts'

t.test('R33 Reservation.reserve() keeps to the budget and to both shares', async t => {
  const [ann, bob] = ['192.0.2.1', '192.0.2.2']
  for (const [what, steps] of [
    [
      'fits up to the share of an address',
      [
        [ann, 'p', 500, true],
        [ann, 'q', 1, false],
      ],
    ],
    [
      'fits up to the share of a principal',
      [
        [ann, 'p', 300, true],
        [bob, 'p', 200, true],
        [bob, 'p', 1, false],
      ],
    ],
    [
      'fits up to the budget',
      [
        [ann, 'p', 500, true],
        [bob, 'q', 500, true],
        ['192.0.2.3', 'r', 1, false],
      ],
    ],
    [
      'counts an IPv6 address by its /64',
      [
        ['2001:db8::1', 'p', 500, true],
        ['2001:db8::ffff', 'q', 1, false],
        ['2001:db8:0:1::1', 'q', 1, true],
      ],
    ],
    [
      'counts an IPv4-mapped address as IPv4',
      [
        [ann, 'p', 500, true],
        ['::ffff:192.0.2.1', 'q', 1, false],
      ],
    ],
  ] as const) {
    const budget = new ByteBudget(1_000)
    for (const [address, principal, bytes, fits] of steps) {
      const reservation = budget.open(address)
      reservation.assign(principal)
      t.equal(reservation.reserve(bytes), fits, `${what}: ${bytes} of ${address}`)
    }
  }
})

t.test('R33 Reservation.assign() includes earlier reservations', async t => {
  const budget = new ByteBudget(1_000)
  const [one, other] = [budget.open('192.0.2.1'), budget.open('192.0.2.2')]
  t.ok(one.reserve(300))
  t.ok(other.reserve(300))
  t.equal(one.assign('p'), true)
  t.equal(other.assign('p'), false, 'together they are over the share')
  other.close()
  t.equal(one.reserve(200), true)
})

t.test('R33 Reservation.close() releases everything, once', async t => {
  const budget = new ByteBudget(1_000)
  const reservation = budget.open('192.0.2.1')
  reservation.assign('p')
  reservation.reserve(400)
  reservation.release(100)
  t.equal(reservation.bytes, 300)
  t.equal(budget.held, 300)
  reservation.close()
  reservation.close()
  reservation.release(50)
  t.equal(budget.held, 0)
  t.equal(reservation.reserve(1), false, 'a closed one reserves nothing')
  const next = budget.open('192.0.2.1')
  next.assign('p')
  t.ok(next.reserve(500), 'the shares are free again')
})

const step = fc.record({
  request: fc.nat(5),
  act: fc.constantFrom('reserve', 'release', 'assign', 'close'),
  bytes: fc.nat(400),
})

t.test('R33 the budget holds exactly what its requests hold, within its size', async t => {
  const holds = fc.property(fc.array(step, { maxLength: 60 }), steps => {
    const budget = new ByteBudget(1_000)
    const open = new Map<number, Reservation>()
    for (const { request, act, bytes } of steps) {
      const reservation = open.get(request) ?? budget.open(`192.0.2.${request % 3}`)
      open.set(request, reservation)
      if (act === 'reserve') reservation.reserve(bytes)
      if (act === 'release') reservation.release(Math.min(bytes, reservation.bytes))
      if (act === 'assign' && bytes % 7 === 0) {
        open.delete(request)
        reservation.close()
      }
      if (act === 'close') {
        open.delete(request)
        reservation.close()
      }
      const sum = [...open.values()].reduce((held, { bytes: one }) => held + one, 0)
      if (budget.held !== sum || sum > 1_000) return false
    }
    for (const reservation of open.values()) reservation.close()
    return budget.held === 0 && budget.open('192.0.2.1').reserve(budget.share)
  })
  t.doesNotThrow(() => fc.assert(holds))
})
