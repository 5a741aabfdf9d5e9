/**
 * A server that accepts every request and checks every byte of it. It decides whether the gateway's output
 * is correct.
 *
 * It answers each request as soon as the announced length has arrived. An answer is small unless the
 * request asks for a large one.
 *
 * @module
 */

import { once } from 'node:events'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { CHALLENGE_RESPONSE, isProbe } from '../kit/probe.ts'
import { UPSTREAM_AUTHORIZATION } from './gateway.ts'
import { responseFor, STREAM_ID, smallResponse } from './responses.ts'

export type Received = Readonly<{
  line: string
  headers: readonly (readonly [name: string, value: string])[]
  body: Buffer
}>

/** A request whose body contains this text gets a response with the length after it. */
export const ANSWER_BYTES = 'answer-bytes-'

/** A Subscribe that names this folder is answered byte by byte, and never to the end. */
export const DRIBBLES = 'siege-dribbles'

/** A schema file as large as Exchange's types.xsd. */
const SCHEMA = Buffer.from(
  `<?xml version="1.0"?><schema xmlns="http://www.w3.org/2001/XMLSchema">${' '.repeat(445_000)}</schema>`,
)
const SCHEMA_LINE = /^GET \/EWS\/\w+\.xsd HTTP\/1\.1$/

/** Headers that the gateway may send, and their permitted values. */
const HEADERS: Readonly<Record<string, RegExp>> = {
  host: /^127\.0\.0\.1:\d+$/,
  connection: /^keep-alive$/,
  'content-type': /^text\/xml; charset=utf-8$/,
  'content-length': /^(0|[1-9]\d*)$/,
  accept: /^text\/xml$/,
  'accept-encoding': /^(gzip|identity)$/,
  'user-agent': /^ews-gateway\/[\w.-]+$/,
  authorization: new RegExp(`^${UPSTREAM_AUTHORIZATION.replace(/[+/]/g, '\\$&')}$`),
  'x-anchormailbox': /^[\w.-]+@example\.com$/,
  'client-request-id': /^[A-Za-z0-9{}._-]{1,64}$/,
  'x-preferserveraffinity': /^true$/,
}
const NEEDED = ['host', 'content-type', 'content-length', 'authorization', 'x-anchormailbox']
const LINE = 'POST /EWS/Exchange.asmx HTTP/1.1'

export class Upstream {
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  /** Whole requests, since the last time that they were taken. */
  #received: Received[] = []
  /** Requests that should never have arrived, one line each. */
  readonly flaws: string[] = []
  readonly #arriving = new Set<Socket>()
  /** Bytes of bodies that never became whole. */
  readonly unfinished: Buffer[] = []
  private constructor() {
    this.#server = createServer(socket => this.#serve(socket))
  }

  static async start(): Promise<Upstream> {
    const upstream = new Upstream()
    await once(upstream.#server.listen(0, '127.0.0.1'), 'listening')
    return upstream
  }

  get url(): string {
    const { port } = this.#server.address() as AddressInfo
    return `http://127.0.0.1:${port}/EWS/Exchange.asmx`
  }

  /** How many requests have begun and are not whole. */
  get arriving(): number {
    return this.#arriving.size
  }

  /** The whole requests since the last time. */
  take(): Received[] {
    const received = this.#received
    this.#received = []
    return received
  }

  close(): void {
    for (const socket of this.#sockets) socket.destroy()
    this.#server.close()
  }

  #serve(socket: Socket): void {
    let chunks: Buffer[] = []
    let length = 0
    let needed = 0
    this.#sockets.add(socket)
    socket.on('error', () => undefined)
    socket.on('close', () => {
      this.#sockets.delete(socket)
      this.#arriving.delete(socket)
      if (length > 0) this.unfinished.push(Buffer.concat(chunks))
    })
    socket.on('data', chunk => {
      chunks.push(chunk)
      length += chunk.length
      this.#arriving.add(socket)
      while (length > 0 && length >= needed) {
        const bytes = Buffer.concat(chunks)
        needed = lengthOf(bytes)
        chunks = [bytes]
        if (length < needed) return
        this.#receive(socket, bytes.subarray(0, needed))
        chunks = [bytes.subarray(needed)]
        length -= needed
        needed = 0
      }
      if (length === 0) this.#arriving.delete(socket)
    })
  }

  #receive(socket: Socket, bytes: Buffer): void {
    const end = headEnd(bytes)
    const head = bytes.toString('latin1', 0, end)
    if (isProbe(head)) {
      socket.write(CHALLENGE_RESPONSE)
      return
    }
    const [line = '', ...fields] = head.slice(0, -4).split('\r\n')
    const headers = fields.map((field): [string, string] => {
      const colon = field.indexOf(':')
      return [field.slice(0, colon).toLowerCase(), field.slice(colon + 1).trim()]
    })
    if (SCHEMA_LINE.test(line)) {
      socket.write(Buffer.concat([Buffer.from(headWith(SCHEMA.length)), SCHEMA]))
      return
    }
    const received = { line, headers, body: Buffer.from(bytes.subarray(end)) }
    this.#received.push(received)
    const flaw = flawOf(received)
    if (flaw !== undefined) this.flaws.push(flaw)
    answer(socket, received.body)
  }
}

const headEnd = (bytes: Buffer) => bytes.indexOf('\r\n\r\n') + 4

/** Returns the length of the first request. It is one byte more than available if the head is incomplete. */
function lengthOf(bytes: Buffer): number {
  const end = headEnd(bytes)
  if (end < 4) return bytes.length + 1
  const length = /\r\ncontent-length:\s*(\d+)/i.exec(bytes.toString('latin1', 0, end))?.[1]
  return end + Number(length ?? 0)
}

/** Returns the flaw in the frame of a request. Undefined if there is none. */
export function flawOf({ line, headers }: Received): string | undefined {
  if (line !== LINE) return `the request line ${JSON.stringify(line.slice(0, 200))}`
  const names = headers.map(([name]) => name)
  const twice = names.find((name, at) => names.indexOf(name) !== at)
  if (twice !== undefined) return `the header ${twice} twice`
  const missing = NEEDED.find(name => !names.includes(name))
  if (missing !== undefined) return `no header ${missing}`
  const wrong = headers.find(([name, value]) => !HEADERS[name]?.test(value))
  return wrong && `the header ${JSON.stringify(wrong).slice(0, 200)}`
}

const HEAD = 'HTTP/1.1 200 OK\r\nContent-Type: text/xml; charset=utf-8\r\n'
const headWith = (length: number) => `${HEAD}Content-Length: ${length}\r\n\r\n`
const STREAM_HEAD = `${HEAD}Transfer-Encoding: chunked\r\n\r\n`
/** Less than the gateway holds of a response. */
const DRIBBLED_BYTES = 60_000
const EVENT = '<Envelope><Body><NewMailEvent/></Body></Envelope>'

/** An answer; a large one goes out as fast as it is taken, and no faster. */
function answer(socket: Socket, body: Buffer): void {
  const response = responseFor(body)
  if (response !== undefined) {
    socket.write(Buffer.concat([Buffer.from(headWith(response.length)), response]))
    return
  }
  if (body.includes(DRIBBLES)) {
    socket.write(STREAM_HEAD + '1\r\n \r\n'.repeat(DRIBBLED_BYTES))
    return
  }
  if (body.includes(STREAM_ID)) {
    socket.write(`${STREAM_HEAD}${EVENT.length.toString(16)}\r\n${EVENT}\r\n`)
    return
  }
  const at = body.indexOf(ANSWER_BYTES)
  const digits = at === -1 ? '' : body.toString('latin1', at + ANSWER_BYTES.length).slice(0, 12)
  let left = Number(/^\d+/.exec(digits)?.[0] ?? 0)
  if (left === 0) {
    const small = smallResponse(body)
    socket.write(Buffer.concat([Buffer.from(headWith(small.length)), small]))
    return
  }
  socket.write(headWith(left))
  const chunk = Buffer.alloc(65_536, ' ')
  const more = () => {
    while (left > 0 && !socket.destroyed) {
      const length = Math.min(left, chunk.length)
      left -= length
      if (!socket.write(chunk.subarray(0, length))) {
        socket.once('drain', more)
        return
      }
    }
  }
  more()
}
