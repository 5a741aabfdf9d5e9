/**
 * R8: which bytes of a large operation are passed on to the upstream, and when.
 */

import { finished } from 'node:stream/promises'
import { setImmediate as nextTurn } from 'node:timers/promises'
import t from 'tap'
import { EnvelopeReader } from '../../src/ews/reader.ts'
import { WithheldBody } from '../../src/gateway/withhold.ts'
import type { BodySink } from '../../src/http/incoming-body.ts'
import { createItem, END, prologue } from '../kit/corpus.ts'

const KIB = 1_024
const WITHHELD = 4 * KIB
/** Bytes of the first chunk, which contains the start tag of the operation. */
const BEGUN = prologue('alice@example.com').length + 60
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
