/**
 * The load: a process of its own on the load's core, told by one JSON text what to send.
 *
 * With a rate it is open: requests have a time at which they are to be sent, whatever came of those
 * before, and their latency counts from that time. Without one it is closed: each connection sends
 * its next request when it has the answer to the last.
 *
 *     node bench/load.ts OPTIONS
 *
 * @module
 */

import { readFileSync, writeFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { setPriority } from 'node:os'
import { connect as connectTls } from 'node:tls'
import type { LoadOptions, LoadReport } from './loading.ts'
import { EWS_PATH, NUMBER } from './requests.ts'

/** Below the server behind, whose core this is: waiting must not keep it from answering. */
const PRIORITY = 10

const options = JSON.parse(process.argv[2] ?? '') as LoadOptions
const body = readFileSync(options.bodyFile)
const ca = options.ca === undefined ? undefined : readFileSync(options.ca)
const [before, after] = splitAt(body, NUMBER)
const began = performance.now()
const end = began + options.seconds * 1_000
const latencies: number[] = []
const ids: string[] = []
const statuses: Record<string, number> = {}
let sent = 0
let failed = 0

function splitAt(bytes: Buffer, mark: string): [Buffer, Buffer | undefined] {
  const at = bytes.indexOf(mark)
  return at === -1 ? [bytes, undefined] : [bytes.subarray(0, at), bytes.subarray(at + mark.length)]
}

function nextRequest(): Buffer {
  const { authorizations, path = EWS_PATH, from = 0, numbers = Number.MAX_SAFE_INTEGER } = options
  const number = from + (sent % numbers)
  const authorization = authorizations[sent % authorizations.length]
  sent += 1
  const text = after === undefined ? [before] : [before, Buffer.from(`${number}`), after]
  const length = text.reduce((sum, part) => sum + part.length, 0)
  const head =
    `POST ${path} HTTP/1.1\r\nHost: mail.example.com\r\nUser-Agent: ExchangeServicesClient/15.00.0847.030\r\n` +
    `Accept: text/xml\r\nContent-Type: text/xml; charset=utf-8\r\nAuthorization: ${authorization}\r\nContent-Length: ${length}\r\n\r\n`
  return Buffer.concat([Buffer.from(head), ...text])
}

/** A request is always the same where nothing in it varies. */
const fixed = after === undefined && options.authorizations.length === 1 ? nextRequest() : undefined
sent = 0

function connectTo(port: number): Socket {
  const address = { port, host: '127.0.0.1' }
  const socket = ca === undefined ? connect(address) : connectTls({ ...address, ca })
  return socket.setNoDelay(true)
}

class Connection {
  readonly #socket: Socket
  readonly #done: (connection: Connection) => void
  #intended = 0
  #left = 0
  #head = ''
  busy = false

  constructor(done: (connection: Connection) => void) {
    this.#done = done
    this.#socket = connectTo(options.port)
    this.#socket.on('data', piece => this.#read(piece))
    this.#socket.on('error', () => this.#socket.destroy())
    this.#socket.on('close', () => {
      if (this.busy) failed += 1
    })
  }

  send(intended: number): void {
    this.busy = true
    this.#intended = intended
    if (fixed !== undefined) sent += 1
    this.#socket.write(fixed ?? nextRequest())
  }

  stop(): void {
    this.busy = false
    this.#socket.destroy()
  }

  #read(piece: Buffer): void {
    if (this.#left === 0) {
      this.#head += piece.toString('latin1')
      const end = this.#head.indexOf('\r\n\r\n')
      if (end === -1) return
      const length = Number(/\r\ncontent-length: *(\d+)/i.exec(this.#head)?.[1] ?? Number.NaN)
      if (Number.isNaN(length)) throw new Error(`An answer without its length: ${this.#head}`)
      this.#left = length - (this.#head.length - end - 4)
    } else this.#left -= piece.length
    if (this.#left > 0) return
    this.#answered()
  }

  #answered(): void {
    const status = this.#head.slice(9, 12)
    statuses[status] = (statuses[status] ?? 0) + 1
    const id = /\r\nx-decision-id: *([\w-]+)/i.exec(this.#head)?.[1]
    if (id !== undefined) ids.push(id)
    latencies.push(performance.now() - this.#intended)
    this.#head = ''
    this.#left = 0
    this.busy = false
    this.#done(this)
  }
}

function closed(): void {
  const next = (connection: Connection) => {
    const now = performance.now()
    const isFirst = sent < options.connections
    if ((isFirst || now < end) && sent < (options.most ?? Number.MAX_SAFE_INTEGER))
      connection.send(now)
  }
  const connections = Array.from({ length: options.connections }, () => new Connection(next))
  for (const connection of connections) next(connection)
  finish(connections)
}

function open(rate: number): void {
  setPriority(PRIORITY)
  const idle: Connection[] = []
  const waiting: number[] = []
  const free = (connection: Connection) => {
    const intended = waiting.shift()
    if (intended === undefined) idle.push(connection)
    else connection.send(intended)
  }
  const connections = Array.from({ length: options.connections }, () => new Connection(free))
  idle.push(...connections)
  // All requests are sent, late ones too: on a busy machine, this runs seldom.
  const total = Math.ceil(options.seconds * rate)
  const timeOf = (request: number) => began + (request / rate) * 1_000
  let due = 0
  const tick = () => {
    for (const now = performance.now(); due < total && timeOf(due) <= now; due += 1) {
      const connection = idle.pop()
      if (connection === undefined) waiting.push(timeOf(due))
      else connection.send(timeOf(due))
    }
    if (due < total) setImmediate(tick)
  }
  tick()
  finish(connections, () => waiting.length + total - due)
}

/** Waits for the answers that are still due, tells, and ends. */
function finish(connections: readonly Connection[], waiting = () => 0): void {
  const timer = setInterval(() => {
    const now = performance.now()
    const isDone = now >= end || sent >= (options.most ?? Number.MAX_SAFE_INTEGER)
    const isQuiet = waiting() === 0 && connections.every(({ busy }) => !busy)
    if (!isDone || (!isQuiet && now < end + options.patienceSeconds * 1_000)) return
    clearInterval(timer)
    failed += connections.filter(({ busy }) => busy).length + waiting()
    for (const connection of connections) connection.stop()
    report(now)
  }, 10)
}

function report(now: number): void {
  latencies.sort((a, b) => a - b)
  const at = (share: number) => latencies[Math.floor((latencies.length - 1) * share)] ?? Number.NaN
  if (options.idsFile !== undefined) writeFileSync(options.idsFile, ids.join('\n'))
  const report: LoadReport = {
    answers: latencies.length,
    failed,
    statuses,
    seconds: (Math.min(now, Math.max(end, now - 10)) - began) / 1_000,
    latencyMs: { p50: at(0.5), p90: at(0.9), p99: at(0.99), max: at(1) },
  }
  process.stdout.write(`${JSON.stringify(report)}\n`)
}

if (options.rate === undefined) closed()
else open(options.rate)
