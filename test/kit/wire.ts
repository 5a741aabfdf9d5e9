/**
 * Bytes on the wire, before and behind the gateway: a client that sends what it likes, and an
 * upstream that keeps what it gets.
 *
 * @module
 */

import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { setImmediate } from 'node:timers/promises'
import type { Test } from 'tap'
import { CHALLENGE_RESPONSE, isProbe } from './probe.ts'
import { until } from './until.ts'

export { until }

/** A raw connection: what was received, one character a byte. */
export class Wire {
  readonly socket: Socket
  text = ''
  closed = false

  constructor(socket: Socket) {
    this.socket = socket
    socket.setNoDelay(true)
    socket.on('data', chunk => {
      this.text += chunk.toString('latin1')
    })
    socket.on('close', () => {
      this.closed = true
    })
    socket.on('error', () => undefined)
  }

  /** Resolves when the bytes have been handed on. */
  send(bytes: string | Uint8Array): Promise<void> {
    return new Promise(resolve => {
      this.socket.write(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes, () =>
        resolve(),
      )
    })
  }

  /** Waits for this many whole answers, each with a Content-Length or without a body. */
  async answers(count: number): Promise<RawAnswer[]> {
    await until(`${count} answers`, () => this.closed || readAnswers(this.text).length >= count)
    // A gateway of this process has written their outcomes when its turn of the event loop ends.
    await setImmediate()
    return readAnswers(this.text)
  }

  /** The first whole answer. */
  async answer(): Promise<RawAnswer> {
    const [first] = await this.answers(1)
    if (first === undefined) throw new Error(`No answer but ${JSON.stringify(this.text)}`)
    return first
  }

  gone(): Promise<void> {
    return until('the connection is closed', () => this.closed)
  }
}

export type RawAnswer = Readonly<{ status: number; head: string; text: string }>

function readAnswers(text: string): RawAnswer[] {
  const answers: RawAnswer[] = []
  for (let rest = text; ; ) {
    const end = rest.indexOf('\r\n\r\n') + 4
    if (end < 4) return answers
    const head = rest.slice(0, end)
    const status = Number(head.split(' ')[1])
    const length = status < 200 ? 0 : lengthOf(head)
    if (rest.length < end + length) return answers
    if (status >= 200) answers.push({ status, head, text: rest.slice(end, end + length) })
    rest = rest.slice(end + length)
  }
}

const lengthOf = (head: string) => Number(/^content-length: *(\d+)/im.exec(head)?.[1] ?? 0)

/** A request as an upstream got it. */
export type Received = Readonly<{ line: string; headers: [string, string][]; body: string }>

export type RawUpstream = Readonly<{
  url: string
  /** Every connection that was opened. */
  wires: Wire[]
  /** The requests that are whole, in the order in which they ended. */
  requests: () => Received[]
  /** Whether anything was received. */
  all: () => string
}>

const ANSWER = '<?xml version="1.0" encoding="utf-8"?><a/>'

/** Returns a response with custom headers. */
export const answerWith = (...headers: string[]): string =>
  [
    'HTTP/1.1 200 OK',
    'Content-Type: text/xml; charset=utf-8',
    `Content-Length: ${ANSWER.length}`,
    ...headers,
    '',
    ANSWER,
  ].join('\r\n')

/** Answers each whole request; every byte before that is kept too. Closed with the test. */
export async function rawUpstream(
  t: Test,
  answer: (request: Received) => string = () => answerWith(),
): Promise<RawUpstream> {
  const wires: Wire[] = []
  const received: Received[] = []
  const server = createServer(socket => {
    const wire = new Wire(socket)
    let unread = ''
    socket.on('data', chunk => {
      // The gateway tries a connection when it starts, and sends this at most.
      if (isProbe(chunk.toString('latin1'))) {
        socket.write(CHALLENGE_RESPONSE)
        return
      }
      if (!wires.includes(wire)) wires.push(wire)
      const { requests, rest } = readRequests(unread + chunk.toString('latin1'))
      unread = rest
      received.push(...requests)
      for (const request of requests) socket.write(answer(request))
    })
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  t.teardown(() => {
    for (const { socket } of wires) socket.destroy()
    server.close()
  })
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/EWS/Exchange.asmx`,
    wires,
    requests: () => [...received],
    all: () => wires.map(({ text }) => text).join(''),
  }
}

/** Whole requests with a Content-Length, and the text after them. */
function readRequests(text: string): Readonly<{ requests: Received[]; rest: string }> {
  const requests: Received[] = []
  for (let rest = text; ; ) {
    const end = rest.indexOf('\r\n\r\n') + 4
    if (end < 4) return { requests, rest }
    const length = lengthOf(rest.slice(0, end))
    if (rest.length < end + length) return { requests, rest }
    const [line = '', ...fields] = rest.slice(0, end - 4).split('\r\n')
    const headers = fields.map((field): [string, string] => {
      const colon = field.indexOf(':')
      return [field.slice(0, colon), field.slice(colon + 1).trim()]
    })
    requests.push({ line, headers, body: rest.slice(end, end + length) })
    rest = rest.slice(end + length)
  }
}
