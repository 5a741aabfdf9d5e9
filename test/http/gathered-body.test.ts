import fc from 'fast-check'
import t from 'tap'
import { ByteBudget } from '../../src/http/byte-budget.ts'
import { GatheredBody, type GatherOptions, gather } from '../../src/http/gathered-body.ts'
import type { IncomingBody } from '../../src/http/incoming-body.ts'
import { Failure } from '../../src/model/failure.ts'

/** Returns a body that returns these buffers, each read from the given number of chunks. */
function bodyOf(buffers: readonly Buffer[], { announced, chunks = 1 }: Announced = {}) {
  const body = {
    announced,
    bytes: 0,
    chunks: 0,
    asked: 0,
    calls: [] as unknown[],
    expectWithin(ms: number): void {
      body.calls.push(ms)
    },
    async next(): Promise<Buffer | undefined> {
      const buffer = buffers[body.asked]
      body.calls.push('next')
      body.asked += 1
      if (buffer === undefined) return undefined
      body.bytes += buffer.length
      body.chunks += chunks
      return buffer
    },
  }
  return body
}

type Announced = Readonly<{ announced?: number; chunks?: number }>
type Body = ReturnType<typeof bodyOf>

const gathering = (body: Body, options: GatherOptions) =>
  gather(body as unknown as IncomingBody, options)

function reservationOf(bytes: number) {
  const budget = new ByteBudget(2 * bytes)
  return { budget, reservation: budget.open('192.0.2.1') }
}

const x = (length: number) => Buffer.alloc(length, 'x')

t.test('gather() returns the body, and reserves at most twice its size', async t => {
  const buffers = fc.array(fc.uint8Array({ minLength: 1, maxLength: 5_000 }), { maxLength: 12 })
  const gathers = fc.asyncProperty(
    buffers,
    fc.integer({ min: 1, max: 3 }),
    async (parts, copies) => {
      const whole = Buffer.concat(parts)
      const { reservation } = reservationOf(1_000_000)
      const body = bodyOf(parts.map(part => Buffer.from(part)))
      const bytes = await gathering(body, { reservation, most: 100_000, copies })
      return (
        bytes.equals(whole) &&
        reservation.bytes >= copies * whole.length &&
        reservation.bytes <= 2 * copies * whole.length
      )
    },
  )
  await t.resolves(fc.assert(gathers))
})

t.test('R33 gather() waits a minute for a body, however slowly it arrives', async t => {
  const { reservation } = reservationOf(1_000)
  const body = bodyOf([x(1), x(1)])
  await gathering(body, { reservation, most: 1_000 })
  t.strictSame(body.calls, [60_000, 'next', 'next', 'next'])
})

t.test('R33 gather() reserves an announced length before it reads, for each copy', async t => {
  const { reservation, budget } = reservationOf(1_000)
  const body = bodyOf([x(100), x(200)], { announced: 300 })
  const bytes = gathering(body, { reservation, most: 300, copies: 3 })
  t.equal(budget.held, 900)
  t.equal(body.asked, 1)
  t.equal((await bytes).length, 300)
  t.equal(budget.held, 900, 'and no more')

  const late = bodyOf([x(100)], { announced: 34 })
  const rejected = gathering(late, { reservation, most: 300, copies: 3 })
  t.match(await rejected.catch((error: unknown) => error), { reason: 'over-budget' })
  t.equal(late.asked, 0, 'what does not fit is not read')
  t.equal(budget.held, 900)
})

for (const [what, reason, buffers, announced, options] of [
  ['is announced as too large', 'body-too-large', [x(1)], { announced: 301 }, {}],
  ['is as large as can be', undefined, [x(100), x(200)], {}, {}],
  ['becomes too large', 'body-too-large', [x(100), x(201)], {}, {}],
  ['does not fit', 'over-budget', [x(100), x(200)], {}, { copies: 4 }],
  ['has many chunks', 'body-too-large', [x(5)], { chunks: 5 }, {}],
  ['has a chunk too many', 'body-too-large', [x(5)], { chunks: 5 }, { most: 319 }],
  ['has as many chunks as can be', undefined, [x(4)], { chunks: 4 }, {}],
  ['has many chunks, and its length', undefined, [x(5)], { announced: 5, chunks: 5 }, {}],
  ['is more than expected', undefined, [x(100), x(200)], {}, { expected: 10 }],
  ['is expected as too large', 'body-too-large', [x(1)], {}, { expected: 301 }],
] as const)
  t.test(`R33 gather() of a body that ${what}: ${reason ?? 'all of it'}`, async t => {
    const { reservation } = reservationOf(1_000)
    const error = await gathering(bodyOf(buffers, announced), {
      reservation,
      most: 300,
      ...options,
    }).then(
      () => undefined,
      (thrown: unknown) => thrown,
    )
    t.equal(error instanceof Failure ? error.reason : error, reason)
  })

t.test('R33 GatheredBody doubles its reservation when it is full, up to the limit', async t => {
  const { reservation } = reservationOf(10_000)
  const body = bodyOf([x(100), x(1), x(99), x(1), x(400)])
  const gathered = new GatheredBody(body as unknown as IncomingBody, { reservation, most: 700 })
  const reserved: number[] = []
  while ((await gathered.next()) !== undefined) reserved.push(reservation.bytes)
  t.strictSame(reserved, [100, 200, 200, 400, 700])
  t.equal(gathered.bytes.length, 601)
})

t.test('GatheredBody.next() returns each chunk unchanged', async t => {
  const { reservation } = reservationOf(1_000)
  const body = bodyOf([Buffer.from('one'), Buffer.from('two')])
  const gathered = new GatheredBody(body as unknown as IncomingBody, { reservation, most: 1_000 })
  t.equal(String(await gathered.next()), 'one')
  t.equal(String(gathered.bytes), 'one')
  t.equal(String(await gathered.next()), 'two')
  t.equal(String(gathered.bytes), 'onetwo')
  t.equal(await gathered.next(), undefined)
})

t.test('GatheredBody copies each chunk of an announced body once', async t => {
  const { reservation } = reservationOf(1_000_000)
  const buffers = Array.from({ length: 10 }, () => x(20_000))
  const body = bodyOf(buffers, { announced: 200_000 }) as unknown as IncomingBody
  const gathered = new GatheredBody(body, { reservation, most: 200_000 })
  const memory: unknown[] = []
  while ((await gathered.next()) !== undefined) memory.push(gathered.bytes.buffer)
  t.equal(memory[0], buffers[0]?.buffer, 'a single chunk is not copied')
  t.equal(new Set(memory.slice(1)).size, 1, 'the others are copied into the same buffer')
})
