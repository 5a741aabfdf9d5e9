/**
 * R8: which bytes of a large operation are passed on to the upstream, and when.
 */

import { finished } from 'node:stream/promises'
import { setImmediate as nextTurn } from 'node:timers/promises'
import fc from 'fast-check'
import t from 'tap'
import { EnvelopeReader } from '../../src/ews/reader.ts'
import { WithheldBody } from '../../src/gateway/withhold.ts'
import type { BodySink } from '../../src/http/incoming-body.ts'
import { createItem, END, prologue } from '../kit/corpus.ts'

const KIB = 1_024
const WITHHELD = 4 * KIB
const START = prologue('alice@example.com').length
/** Bytes of the first chunk, which contains the start tag of the operation. */
const BEGUN = START + 60
/** Most bytes of small chunks that are forwarded together. */
const JOINED = 8 * KIB

/** Bytes of the operation that were passed on before the next chunk arrives, or before the verdict. */
type Step = Readonly<{ received: number; passed: number; isVerdict: boolean }>

/** Withholds a request that arrives in chunks of a length, after some bytes that have been read already. */
async function withholdAll(body: Buffer, begun: number, length: number, denial?: Error) {
  const reader = new EnvelopeReader()
  const steps: Step[] = []
  const pieces: Uint8Array[] = []
  let at = begun
  const step = (isVerdict: boolean) => {
    const passed = pieces.slice(1).reduce((sum, piece) => sum + piece.length, 0)
    steps.push({ received: at - operationStart, passed, isVerdict })
  }
  reader.write(body.subarray(0, begun))
  const operationStart = reader.operationStart ?? 0
  /** Each chunk arrives in a turn of its own. */
  const arrive = async (sink: BodySink) => {
    for (;;) {
      await nextTurn()
      step(false)
      const chunk = body.subarray(at, at + length)
      at += chunk.length
      if (chunk.length === 0) break
      if (!sink.chunk(chunk)) return
    }
    sink.end()
  }
  const withheld = new WithheldBody({
    reader,
    begun: body.subarray(0, begun),
    rest: { flow: sink => void arrive(sink), resume: () => undefined },
    head: Buffer.from('HEAD'),
    operationStart,
    tail: end => Buffer.from(`TAIL ${body.length - end}`),
    async verdict() {
      step(true)
      if (denial) throw denial
    },
  })
  let thrown: unknown
  withheld.on('data', piece => pieces.push(Buffer.from(piece)))
  await finished(withheld).catch(error => {
    thrown = error
  })
  return { steps, pieces, thrown, text: Buffer.concat(pieces).toString() }
}

t.test('R8 WithheldBody passes on all, and none of the last 4 KiB before the verdict', async t => {
  for (const [filler, blanks, begun, length] of [
    [0, 0, 0, 1],
    [0, 9_000, 0, 100],
    [3_000, 0, 0, 1],
    [4_200, 0, 0, 100],
    [4_200, 9_000, 0, 1_000],
    [9_000, 0, 7_000, 1_000],
    [40_000, 0, 0, 100],
    [40_000, 9_000, 0, 1_000],
    [40_000, 0, 0, 4_096],
    [40_000, 0, 0, 8_192],
    [40_000, 0, 0, 8_193],
    [40_000, 0, 30_000, 1_000],
    [40_000, 0, 30_000, 20_000],
    [90_000, 9_000, 0, 20_000],
    [90_000, 0, 0, 99_000],
  ] as const) {
    const operation = createItem('R8', 'x'.repeat(filler))
    const end = `${' '.repeat(blanks)}${END}`
    const body = Buffer.from(`${prologue('alice@example.com')}${operation}${end}`)
    const name = `${filler} bytes and ${blanks} blanks in chunks of ${begun} and ${length} bytes`
    const { steps, pieces, text } = await withholdAll(body, BEGUN + begun, length)
    t.equal(text, `HEAD${operation}TAIL ${end.length}`, name)
    t.ok(pieces.length <= 5 + (2 * operation.length) / JOINED, `${name}: few pieces`)

    const most = operation.length - WITHHELD
    const held = WITHHELD + Math.max(length, BEGUN + begun, JOINED) + length
    const wrong = steps.filter(
      ({ received, passed }) =>
        passed > Math.max(0, Math.min(most, received - WITHHELD)) ||
        passed < Math.min(received, operation.length) - held,
    )
    t.strictSame(wrong, [], `${name}: as much as it may, at each step`)
    const verdicts = steps.map(({ isVerdict }) => isVerdict)
    t.equal(verdicts.indexOf(true), steps.length - 1, `${name}: one verdict, at the end`)

    const denial = new Error('denied')
    const denied = await withholdAll(body, BEGUN + begun, length, denial)
    t.equal(denied.thrown, denial)
    const forwarded = operation.slice(0, steps.at(-1)?.passed)
    t.equal(denied.text, `HEAD${forwarded}`, `${name}: nothing after a denial`)
  }
})

t.test('R8 WithheldBody ends without a verdict if the request is not well-formed', async t => {
  const operation = createItem('R8', 'x'.repeat(40_000))
  for (const end of ['', END.slice(0, -1), `x${END}`, `${END}<a/>`]) {
    const body = Buffer.from(`${prologue('alice@example.com')}${operation}${end}`)
    const { steps, text, thrown } = await withholdAll(body, BEGUN, 1_000)
    t.match(thrown, { reason: 'envelope-malformed' }, `behind ${end}`)
    t.notOk(steps.some(({ isVerdict }) => isVerdict))
    t.ok(text.length <= 'HEAD'.length + operation.length - WITHHELD)
  }
})

/** Withholds a request whose chunks arrive in one turn. */
async function withholdNow(body: Buffer, begun: number) {
  const reader = new EnvelopeReader()
  reader.write(body.subarray(0, begun))
  const sinks: BodySink[] = []
  const resumed: number[] = []
  const withheld = new WithheldBody({
    reader,
    begun: body.subarray(0, begun),
    rest: { flow: sink => void sinks.push(sink), resume: () => resumed.push(1) },
    head: Buffer.from('HEAD'),
    operationStart: START,
    tail: () => Buffer.from('TAIL'),
    verdict: async () => undefined,
  })
  const pieces: string[] = []
  withheld.on('error', () => undefined)
  withheld.on('data', piece => pieces.push(piece.toString()))
  await nextTurn()
  let at = begun
  return {
    withheld,
    pieces,
    resumed: () => resumed.length,
    /** Passes on a chunk of a length, and returns whether more is taken. */
    receive(length: number) {
      const chunk = body.subarray(at, at + length)
      at += length
      return sinks[0]?.chunk(chunk)
    },
    async end() {
      sinks[0]?.end()
      await finished(withheld)
      return pieces.join('')
    },
  }
}

const LONG = createItem('R8', 'x'.repeat(40_000))
const LONG_BODY = Buffer.from(`${prologue('alice@example.com')}${LONG}${END}`)
const NUMBERED = createItem('R8', Array.from({ length: 8_000 }, (_, n) => `${n} `).join(''))
const NUMBERED_BODY = Buffer.from(`${prologue('alice@example.com')}${NUMBERED}${END}`)

t.test('R8 WithheldBody passes on a chunk as soon as 4 KiB follow it', async t => {
  for (const [after, passed] of [
    [WITHHELD - 1, 0],
    [WITHHELD, 9_000],
  ] as const) {
    const { pieces, receive } = await withholdNow(LONG_BODY, START + 9_000)
    receive(after)
    const forwarded = pieces.slice(1).join('')
    t.equal(forwarded.length, passed, `${after} bytes follow`)
  }
})

t.test('WithheldBody joins small chunks up to 8 KiB', async t => {
  const { pieces, receive } = await withholdNow(LONG_BODY, BEGUN)
  for (let n = 0; n < 30_000; n += 1) receive(1)
  t.strictSame(
    pieces.slice(2).map(({ length }) => length),
    [JOINED, JOINED],
  )
})

t.test('R8 WithheldBody passes on all bytes in their order, whatever their chunks are', async t => {
  const lengths = fc.constantFrom(1, 100, WITHHELD, 5_000, JOINED - 100, JOINED, 20_000)
  const begun = fc.nat(12_000)
  await fc.assert(
    fc.asyncProperty(begun, fc.array(lengths), fc.nat(60), async (begun, lengths, last) => {
      const { receive, end } = await withholdNow(NUMBERED_BODY, BEGUN + begun)
      let left = NUMBERED_BODY.length - BEGUN - begun - last
      for (const length of lengths) {
        const next = Math.min(length, left)
        if (next > 0) receive(next)
        left -= next
      }
      if (left > 0) receive(left)
      receive(last)
      return (await end()) === `HEAD${NUMBERED}TAIL`
    }),
    { seed: 8, numRuns: 30 },
  )
  for (const last of [END.length - 1, END.length, END.length + 1]) {
    const { receive, end } = await withholdNow(NUMBERED_BODY, START)
    receive(NUMBERED_BODY.length - START - last)
    receive(last)
    t.equal(await end(), `HEAD${NUMBERED}TAIL`, 'nothing of the operation has been read before')
  }
})

t.test('WithheldBody takes no more of a request that is not well-formed', async t => {
  const malformed = Buffer.from(`${LONG_BODY.toString('latin1', 0, BEGUN)}</x>`)
  const { receive, withheld } = await withholdNow(malformed, BEGUN)
  t.equal(receive(4), false)
  t.ok(withheld.destroyed)
})

t.test('WithheldBody lets the rest continue when its reader takes more', async t => {
  const { withheld, receive, resumed } = await withholdNow(LONG_BODY, BEGUN)
  withheld.pause()
  t.equal(receive(30_000), false)
  const before = resumed()
  withheld.resume()
  await nextTurn()
  t.ok(resumed() > before)
})

t.test('R8 WithheldBody that was destroyed gets no verdict when the rest arrives', async t => {
  const body = Buffer.from(`${prologue('alice@example.com')}${createItem('R8', 'x')}${END}`)
  const reader = new EnvelopeReader()
  reader.write(body.subarray(0, BEGUN))
  const sinks: BodySink[] = []
  let verdicts = 0
  const withheld = new WithheldBody({
    reader,
    begun: body.subarray(0, BEGUN),
    rest: { flow: sink => sinks.push(sink), resume: () => undefined },
    head: Buffer.from('HEAD'),
    operationStart: reader.operationStart ?? 0,
    tail: () => Buffer.alloc(0),
    verdict: async () => {
      verdicts += 1
    },
  })
  withheld.resume()
  await nextTurn()
  const [sink] = sinks
  t.equal(sink?.chunk(body.subarray(BEGUN)), true)
  withheld.destroy()
  t.equal(sink?.chunk(Buffer.from(' ')), false, 'nor is more taken')
  sink?.end()
  await nextTurn()
  t.equal(verdicts, 0)
})
