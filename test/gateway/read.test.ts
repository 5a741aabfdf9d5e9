/**
 * Reading requests: HTTP headers, prologues, and small bodies.
 */

import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import t from 'tap'
import { RESPONSE_BYTES } from '../../src/gateway/answer.ts'
import type { Authenticated, Read } from '../../src/gateway/context.ts'
import {
  checkHeaders,
  isToBeGathered,
  readPrologue,
  readWhole,
  SMALL_BODY_BYTES,
} from '../../src/gateway/read.ts'
import { PrologueMemory } from '../../src/gateway/remember.ts'
import { ByteBudget } from '../../src/http/byte-budget.ts'
import { DEFAULT_LIMITS } from '../../src/xml/limits.ts'
import { createItem, END, envelope, GET_FOLDER, prologue } from '../kit/corpus.ts'

const BODY = envelope('alice@example.com', GET_FOLDER)
const START = prologue('alice@example.com').length
const MALFORMED = { name: 'Failure', reason: 'envelope-malformed' }

t.test('checkHeaders() accepts uncompressed XML in UTF-8 up to a size', t => {
  const accepted: readonly IncomingHttpHeaders[] = [
    { 'content-type': 'text/xml; charset=utf-8' },
    { 'content-type': 'text/xml' },
    { 'content-type': 'TEXT/XML ; Charset = "UTF-8" ' },
    { 'content-type': 'text/xml', 'content-encoding': 'Identity' },
    { 'content-type': 'text/xml', 'content-length': '1000' },
  ]
  for (const headers of accepted)
    t.doesNotThrow(() => checkHeaders({ headers } as unknown as IncomingMessage, 1_000))
  for (const [headers, reason, message] of [
    [{}, 'encoding-refused', /^Content-Type must be text\/xml/],
    [{ 'content-type': 'application/xml' }, 'encoding-refused', /^Content-Type/],
    [{ 'content-type': 'text/xml; charset=utf-16' }, 'encoding-refused', /^Content-Type/],
    [{ 'content-type': 'text/xml; charset="utf-8' }, 'encoding-refused', /^Content-Type/],
    [
      { 'content-type': 'text/xml', 'content-encoding': 'gzip' },
      'encoding-refused',
      /^Content-Encoding gzip is not supported/,
    ],
    [{ 'content-type': 'text/xml', 'content-encoding': '' }, 'encoding-refused', /^Content-Enc/],
    [{ 'content-type': 'text/xml', 'content-length': '1001' }, 'body-too-large', /of 1000 bytes/],
  ] as const)
    t.throws(() => checkHeaders({ headers } as unknown as IncomingMessage, 1_000), {
      name: 'Failure',
      reason,
      message,
    } as never)
  t.end()
})

/** A body whose chunks arrive one by one. */
class ArrivingBody {
  bytes = 0
  chunks = 0
  readonly #rest: string[]
  readonly announced: number | undefined
  readonly within: number[] = []

  constructor(chunks: readonly string[], announced?: number) {
    this.#rest = [...chunks]
    this.announced = announced
  }

  get complete() {
    return this.#rest.length === 0
  }

  next(): Buffer | undefined {
    const chunk = this.#rest.shift()
    if (chunk === undefined) return undefined
    this.bytes += Buffer.byteLength(chunk)
    this.chunks += 1
    return Buffer.from(chunk)
  }

  expectWithin(ms: number) {
    this.within.push(ms)
  }
}

class Requests {
  readonly prologues = new PrologueMemory()
  budget = new ByteBudget(100_000_000)
  gatheredBytes = 1_000_000

  of(body: ArrivingBody, principal = 'p') {
    const limits = { ...DEFAULT_LIMITS, bodyBytes: 50_000_000, gatheredBytes: this.gatheredBytes }
    const { prologues, budget } = this
    const ports = { settings: { limits }, prologues, budget }
    return {
      context: { body, reservation: budget.open('192.0.2.1'), server: { ports } },
      caller: { principal: { id: principal } },
    } as unknown as Authenticated
  }

  async read(body: ArrivingBody, principal?: string): Promise<Read> {
    return await readPrologue(this.of(body, principal))
  }
}

t.test('readPrologue() reads no more than it needs', async t => {
  for (const [chunks, gathered] of [
    [[BODY], BODY],
    [[BODY.slice(0, START + 40), BODY.slice(START + 40)], BODY.slice(0, START + 40)],
    [
      [BODY.slice(0, 50), BODY.slice(50, START + 40), BODY.slice(START + 40)],
      BODY.slice(0, START + 40),
    ],
    [[...BODY], undefined],
  ] as const) {
    const body = new ArrivingBody(chunks, BODY.length)
    const authenticated = new Requests().of(body)
    const begun = readPrologue(authenticated)
    const read = await begun
    t.equal(begun instanceof Promise, chunks.length > 2, 'it waits only if it must')
    t.equal(read.prologue.requestElement, 'GetFolder')
    t.equal(read.caller, authenticated.caller)
    if (gathered !== undefined) t.equal(read.gathered.bytes.toString(), gathered)
    t.equal(await readWhole(read), undefined)
    t.equal(read.gathered.bytes.toString(), BODY)
    t.equal(read.reader.operationEnd, BODY.length - END.length)
  }
})

t.test('readPrologue() rejects a body without an operation', async t => {
  // The reader knows better than the gateway what is missing.
  for (const [text, message] of [
    [`${prologue('alice@example.com')}${END}`, /^(?!The request has no operation)./],
    ['', /ends too early$/],
    [prologue('alice@example.com'), /ends too early$/],
    [BODY.slice(0, START - 5), /ends too early$/],
  ] as const) {
    const chunks = text === '' ? [] : [text.slice(0, 20), text.slice(20)]
    const read = new Requests().read(new ArrivingBody(chunks))
    await t.rejects(read, { ...MALFORMED, message } as never)
  }
})

t.test('readPrologue() buffers small bodies, and streams others', async t => {
  for (const [announced, whole, held] of [
    [BODY.length, true, 2 * BODY.length],
    [SMALL_BODY_BYTES, true, 2 * SMALL_BODY_BYTES],
    [SMALL_BODY_BYTES + 1, false, 262_144],
  ] as const) {
    const requests = new Requests()
    requests.gatheredBytes = 100
    const read = await requests.read(new ArrivingBody([BODY, 'more'], announced))
    t.equal(read.whole, whole)
    t.equal(requests.budget.held, held, `${announced} bytes`)
  }
  t.equal((await new Requests().read(new ArrivingBody([BODY]))).whole, true, 'without a length')
  t.equal(SMALL_BODY_BYTES, 262_144)
})

t.test('readPrologue() limits a body without Content-Length', async t => {
  const long = envelope('alice@example.com', createItem('x', 'x'.repeat(9_000)))
  const { length } = long
  for (const [gatheredBytes, share, most] of [
    [length, 1_000_000, undefined],
    [length - 1, 1_000_000, length - 1],
    [1_000_000, RESPONSE_BYTES + 2 * length, undefined],
    [1_000_000, RESPONSE_BYTES + 2 * length - 1, length - 1],
    [1_000_000, RESPONSE_BYTES + 2 * length - 2, length - 1],
  ] as const) {
    const requests = new Requests()
    requests.gatheredBytes = gatheredBytes
    requests.budget = new ByteBudget(2 * share)
    const read = requests.read(new ArrivingBody([long]))
    const message = new RegExp(`exceeds the limit of ${most} bytes`)
    if (most === undefined) t.ok(await read, `${gatheredBytes} ${share}`)
    else await t.rejects(read, { reason: 'body-too-large', message } as never)
  }
})

t.test('readPrologue() remembers prologues of each principal', async t => {
  const requests = new Requests()
  let added = 0
  const add = requests.prologues.add.bind(requests.prologues)
  requests.prologues.add = (...entry) => {
    added += 1
    add(...entry)
  }
  for (const [principal, chunks, count] of [
    ['p', [BODY], 1],
    ['p', [BODY], 1],
    ['p', [BODY.slice(0, START + 40), BODY.slice(START + 40)], 1],
    ['q', [BODY], 2],
    ['r', [BODY.slice(0, 20), BODY.slice(20)], 3],
    ['r', [BODY], 4],
    ['r', [BODY], 4],
  ] as const) {
    const read = await requests.read(new ArrivingBody(chunks), principal)
    await readWhole(read)
    t.equal(read.prologue.requestElement, 'GetFolder')
    t.equal(read.reader.operationEnd, BODY.length - END.length)
    t.equal(added, count, `${principal} in ${chunks.length} chunks`)
  }
})

t.test('isToBeGathered() is true until a small body or its operation has arrived', async t => {
  const [half, end] = [BODY.slice(0, START + 40), BODY.length - END.length]
  for (const [chunks, announced, expected] of [
    [[half, BODY.slice(START + 40)], BODY.length, true],
    [[half, BODY.slice(START + 40)], SMALL_BODY_BYTES + 1, false],
    [[BODY], BODY.length, false],
    [[BODY.slice(0, end), END], BODY.length, false],
    [[half], BODY.length, false],
  ] as const)
    t.equal(
      isToBeGathered(await new Requests().read(new ArrivingBody(chunks, announced))),
      expected,
      `${chunks.length} chunks of ${announced}`,
    )
})

t.test('readWhole() requires that a small body is complete', async t => {
  const half = BODY.slice(0, START + 40)
  for (const chunks of [[half], [half, 'x'], [half, BODY.slice(START + 40, -1)]]) {
    const body = new ArrivingBody(chunks, BODY.length)
    const read = await new Requests().read(body)
    await t.rejects(async () => readWhole(read), MALFORMED)
    t.strictSame(body.within, chunks.length > 1 ? [5 * 60_000] : [], 'in five minutes')
  }
  const body = new ArrivingBody([half, BODY.slice(START + 40)], SMALL_BODY_BYTES + 1)
  const large = await new Requests().read(body)
  t.equal(readWhole(large), undefined, 'a larger one is streamed')
  t.equal(body.bytes, half.length)
  const arrived = new ArrivingBody([half], SMALL_BODY_BYTES + 1)
  const cut = await new Requests().read(arrived)
  t.throws(() => readWhole(cut), MALFORMED as never, 'unless it has arrived')
})
