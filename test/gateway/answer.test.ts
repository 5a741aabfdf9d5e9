/**
 * The response to the client, as a writable that counts what it gets.
 */

import { createSecretKey } from 'node:crypto'
import { EventEmitter } from 'node:events'
import t from 'tap'
import { CLOSED_ENVELOPE } from '../../src/ews/stream-end.ts'
import { Answer, type AnswerOptions, RESPONSE_BYTES } from '../../src/gateway/answer.ts'
import { CookieSeal } from '../../src/gateway/cookies.ts'
import { ByteBudget } from '../../src/http/byte-budget.ts'
import { Failure } from '../../src/model/failure.ts'

/** Starts the response to a stream. */
function startStream() {
  const written: string[] = []
  const response = {
    headersSent: false,
    writableEnded: false,
    writeHead: () => {
      response.headersSent = true
    },
    flushHeaders: () => undefined,
    write: (bytes: Uint8Array) => {
      written.push(Buffer.from(bytes).toString())
      return true
    },
    end: (text?: string) => {
      response.writableEnded = true
      if (text !== undefined) written.push(text)
    },
  }
  const calls: string[] = []
  const options = { response, streaming: true, decisionId: 'd', now: () => 0 }
  const answer = new Answer(options as unknown as AnswerOptions)
  answer.follow({
    isSent: true,
    responseCode: 'ErrorCorruptData',
    isFault: true,
    itemCount: 3,
    resume: () => undefined,
    abort: () => calls.push('abort'),
  })
  const begin = () => answer.head({ status: 200, headers: [], gzip: false, cookies: [] })
  const send = (text: string) => answer.chunk(Buffer.from(text))
  return { answer, begin, send, written, calls, response }
}

t.test('Answer ends a stopped stream behind a whole envelope', async t => {
  const { answer, begin, send, written, calls, response } = startStream()
  begin()
  send('<s:Envelope><s:Body>')
  answer.stop()
  t.notOk(response.writableEnded, 'in an envelope')
  send('</s:Body></s:Enve')
  t.notOk(response.writableEnded, 'in the end tag')
  t.strictSame(calls, [])
  send('lope>')
  t.ok(response.writableEnded)
  t.equal(written.at(-1), CLOSED_ENVELOPE)
  t.strictSame(calls, ['abort'])
})

t.test('Answer ends a stream at once that is stopped between two envelopes', async t => {
  for (const sent of [[], ['<Envelope>', '</Envelope>']]) {
    const { answer, begin, send, written, calls } = startStream()
    begin()
    for (const text of sent) send(text)
    t.strictSame(written, sent, 'it goes on while nothing stops it')
    answer.stop()
    t.strictSame(written, [...sent, CLOSED_ENVELOPE])
    t.strictSame(calls, ['abort'])
    answer.stop()
    t.equal(written.length, sent.length + 1, 'once')
  }
})

t.test('Answer ends a stream that is stopped before its response begins', async t => {
  const { answer, begin, send, written, calls } = startStream()
  answer.stop()
  t.strictSame([written, calls], [[], []])
  begin()
  send('<Envelope></Envelope>')
  t.equal(written.at(-1), CLOSED_ENVELOPE)
})

t.test('Answer has the facts of a response that has ended', async t => {
  const { answer, begin, send } = startStream()
  begin()
  send('<Envelope>')
  const facts = () => {
    const { responseCode, isFault, itemCount, responseBytes } = answer
    return { responseCode, isFault, itemCount, responseBytes }
  }
  const unknown = { responseCode: undefined, isFault: false, itemCount: undefined }
  t.strictSame(facts(), { ...unknown, responseBytes: 10 })
  answer.end()
  const known = { responseCode: 'ErrorCorruptData', isFault: true, itemCount: 3 }
  t.strictSame(facts(), { ...known, responseBytes: 10 })
})

const SEAL = new CookieSeal(() => [createSecretKey(Buffer.alloc(32, 1))])
const OWNER = { organizationId: 'o', roleId: 'r', principalId: 'p' }
const STALLED_BYTES = 131_072
const CLOSED = new Failure('upstream-unreachable', '', { kind: 'closed' })

/** The client's side of a response. It reads slowly or not at all if the test says so. */
class Client extends EventEmitter {
  readonly calls: unknown[][] = []
  headersSent = false
  isSlow = false
  /** Number of bytes that the client has not been sent yet. */
  writableLength = 0

  writeHead(...head: unknown[]) {
    this.headersSent = true
    this.calls.push(['head', ...head])
  }

  flushHeaders() {
    this.calls.push(['flush'])
  }

  write(bytes: Uint8Array) {
    this.calls.push(['write', bytes.length])
    return !this.isSlow
  }

  setTimeout(ms: number) {
    this.calls.push(['timeout', ms])
    return this
  }

  end() {
    this.calls.push(['end'])
  }

  destroy() {
    this.calls.push(['destroy'])
  }

  taken() {
    return this.calls.splice(0)
  }
}

/** Starts the response to a request that is no stream. */
function start({ streaming = false, bytes = 1_000_000 } = {}) {
  const client = new Client()
  const reservation = new ByteBudget(2 * bytes).open('192.0.2.1')
  const time = { now: 1_000 }
  const note =
    (name: string) =>
    (...what: unknown[]) =>
      client.calls.push([name, ...what])
  const answer = new Answer({
    ...{ response: client, reservation, decisionId: 'd', cookies: SEAL, owner: OWNER, streaming },
    anchorMailbox: 'ann@example.com',
    now: () => time.now,
    upstreamFailed: note('upstream failed'),
    failed: note('failed'),
  } as unknown as AnswerOptions)
  const exchange = { isSent: true, responseCode: 'E', isFault: true, itemCount: 1 }
  answer.follow({ ...exchange, resume: note('resume'), abort: note('abort') })
  const begin = () => answer.head({ status: 200, headers: [], gzip: false, cookies: [] })
  const { isCut, upstreamMs } = answer
  return { answer, begin, client, reservation, time, fresh: { isCut, upstreamMs } }
}

t.test('Answer forwards the head, with sealed cookies and the decision ID', async t => {
  for (const streaming of [false, true]) {
    const { answer, client, time, fresh } = start({ streaming })
    t.strictSame(fresh, { isCut: false, upstreamMs: undefined })
    time.now += 70
    const cookie = { name: 'X-BackEndCookie', value: 'v', attributes: '; path=/' }
    const headers = ['Content-Type', 'text/xml']
    answer.head({ status: 503, headers, gzip: false, cookies: [cookie, cookie] })
    t.equal(answer.upstreamMs, 70)
    const [, sealed = ''] = /^X-BackEndCookie=(.*); path=\/$/.exec(sealedIn(client)) ?? []
    const set = ['Set-Cookie', `X-BackEndCookie=${sealed}; path=/`]
    const head = [...headers, ...set, ...set, 'X-Decision-Id', 'd']
    t.strictSame(client.taken(), [['head', 503, head], ...(streaming ? [['flush']] : [])])
    const { cookies } = SEAL.unseal(OWNER, { cookie: `X-BackEndCookie=${sealed}` })
    t.strictSame([...cookies.values()], ['v'], 'the client can send it back')
  }
})

/** Returns the first cookie in the head that a client got. */
const sealedIn = ({ calls }: Client): string => {
  const headers = calls[0]?.[2] as readonly string[] | undefined
  return headers?.[headers.indexOf('Set-Cookie') + 1] ?? ''
}

t.test('Answer reserves memory for a client that reads slowly, until it reads on', async t => {
  const { answer, begin, client, reservation } = start()
  begin()
  t.ok(answer.chunk(Buffer.alloc(10)))
  t.equal(reservation.bytes, 0)
  client.taken()
  for (let round = 0; round < 2; round += 1) {
    client.isSlow = true
    t.notOk(answer.chunk(Buffer.alloc(10)))
    t.notOk(answer.chunk(Buffer.alloc(10)))
    t.equal(reservation.bytes, STALLED_BYTES, 'once')
    t.strictSame(client.taken(), [
      ['write', 10],
      ['timeout', 120_000],
      ['write', 10],
    ])
    client.isSlow = false
    client.emit('drain')
    t.strictSame(client.taken(), [['timeout', 0], ['resume']])
    t.equal(reservation.bytes, 0)
  }
  client.emit('drain')
  t.strictSame(client.taken(), [], 'it waits for nothing')
  t.equal(answer.responseBytes, 50)
})

t.test('Answer does not resume an exchange that has ended', async t => {
  for (const end of ['end', 'fail'] as const) {
    const { answer, begin, client, reservation } = start()
    begin()
    client.isSlow = true
    answer.chunk(Buffer.alloc(10))
    if (end === 'end') answer.end()
    else answer.fail(CLOSED)
    client.taken()
    client.emit('drain')
    t.strictSame([client.taken(), reservation.bytes], [[], STALLED_BYTES], end)
  }
})

t.test('Answer limits how long a client takes for the end of a response', async t => {
  for (const [unsent, calls] of [
    [0, [['end']]],
    [1, [['end'], ['timeout', 120_000]]],
  ] as const) {
    const { answer, begin, client } = start()
    begin()
    answer.chunk(Buffer.alloc(10))
    client.taken()
    client.writableLength = unsent
    answer.end()
    t.strictSame(client.taken(), calls)
  }
})

t.test('Answer aborts a response for whose slow client there is no memory', async t => {
  for (const [bytes, isCut] of [
    [STALLED_BYTES, false],
    [STALLED_BYTES - 1, true],
  ] as const) {
    const { answer, begin, client } = start({ bytes })
    begin()
    client.isSlow = true
    answer.chunk(Buffer.alloc(10))
    t.equal(answer.isCut, isCut)
    t.strictSame(client.taken().at(-1), isCut ? ['destroy'] : ['timeout', 120_000])
  }
  t.equal(RESPONSE_BYTES, 65_536, 'until then, it holds one read of a socket')
})

t.test('Answer aborts a response that has begun, and reports one that has not', async t => {
  for (const [hasBegun, end] of [
    [true, ['destroy']],
    [false, ['failed', CLOSED]],
  ] as const) {
    const { answer, begin, client } = start()
    if (hasBegun) begin()
    client.taken()
    answer.fail(CLOSED)
    t.strictSame(client.taken(), [['upstream failed', CLOSED], end])
    const { failure, isCut, isFault, responseCode } = answer
    t.strictSame([failure, isCut], [CLOSED, hasBegun])
    t.strictSame([isFault, responseCode], [true, 'E'])
  }
  const { answer, begin, client } = start()
  begin()
  answer.end()
  t.strictSame(client.taken().at(-1), ['end'])
  t.equal(new Answer({ now: () => 0 } as AnswerOptions).isFault, false)
  const early = new Answer({ now: () => 0, response: client } as unknown as AnswerOptions)
  early.end()
  t.equal(early.isFault, false, 'without an exchange')
})

t.test('Answer recognizes the end of an envelope in its last 64 characters', async t => {
  for (const [blanks, isEnded] of [
    [53, true],
    [54, false],
  ] as const) {
    const { answer, begin, send, response } = startStream()
    begin()
    send(`<Envelope></Envelope>${' '.repeat(30)}`)
    send(' '.repeat(blanks - 30))
    answer.stop()
    t.equal(response.writableEnded, isEnded, `${blanks} blanks behind it`)
  }
})

t.test('Answer frees the chunks of long responses', async t => {
  const { gc } = globalThis
  let collected = 0
  globalThis.gc = (async () => {
    collected += 1
  }) as NonNullable<typeof gc>
  t.teardown(() => Object.assign(globalThis, { gc }))
  const { answer, begin } = start()
  begin()
  answer.chunk(Buffer.alloc(16 * 1_048_576))
  t.equal(collected, 1)
})
