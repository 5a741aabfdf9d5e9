/**
 * A client that behaves well, on all listeners, while others attack.
 *
 * @module
 */

import { request } from 'node:http'
import { request as requestTls } from 'node:https'
import type { AttackedGateway } from './gateway.ts'
import type { Listener } from './memory-attacks.ts'
import { ORDINARY } from './requests.ts'
import { ORGANIZATION } from './world.ts'

const LISTENERS = ['data', 'control', 'ops'] as const
/** Input of a call of the control API. */
export const DESCRIBE = JSON.stringify({ OrganizationId: ORGANIZATION.id })
const PAUSE_MS = 15
/** Minimum number of requests for a result about their duration. */
const MIN_TURNS = 9

/** A client's request, and the response to it. */
type BystanderRequest = Readonly<{
  method: string
  path: string
  headers: Record<string, string>
  body: string
}>
type BystanderResponse = Readonly<{ status: number | undefined; text: string }>

/** How requests went. */
export class Served {
  readonly #ms: readonly number[]
  readonly failures: readonly string[]
  /** CPU time that the gateway used, at most, while one request waited. */
  readonly mostWorkMs: number

  constructor(ms: readonly number[], failures: readonly string[], mostWorkMs: number) {
    this.#ms = [...ms].sort((one, other) => one - other)
    this.failures = failures
    this.mostWorkMs = mostWorkMs
  }

  get slowest(): number {
    return this.#ms.at(-1) ?? Number.POSITIVE_INFINITY
  }

  toString(): string {
    const median = this.#ms[Math.floor(this.#ms.length / 2)] ?? Number.NaN
    return `${this.#ms.length} requests, ${median.toFixed(0)} ms (median), ${this.slowest.toFixed(0)} ms (slowest; ${this.mostWorkMs} ms of work), ${this.failures.length} failed`
  }
}

export class Bystander {
  readonly #gateway: AttackedGateway
  readonly #tls: boolean
  readonly #patienceMs: number

  constructor(gateway: AttackedGateway, tls: boolean, patienceMs: number) {
    this.#gateway = gateway
    this.#tls = tls
    this.#patienceMs = patienceMs
  }

  portOf(listener: Listener): number {
    return this.#gateway[`${listener}Port`]
  }

  /** Asks all listeners in turn, until `since` and for some time after it. */
  async serve(
    forMs: number,
    since: Promise<void> = Promise.resolve(),
    look: () => Promise<void> = async () => undefined,
  ): Promise<Served> {
    const [ms, failures] = [[] as number[], [] as string[]]
    let [end, mostWorkMs] = [Number.POSITIVE_INFINITY, 0]
    const counted = since.then(() => {
      end = performance.now() + forMs
    })
    for (let turn = 0; performance.now() < end || turn < MIN_TURNS; turn++) {
      const listener = LISTENERS[turn % LISTENERS.length] ?? 'data'
      const [began, worked] = [performance.now(), this.#gateway.workedMs()]
      const failure = await this.#ask(listener)
      ms.push(performance.now() - began)
      mostWorkMs = Math.max(mostWorkMs, this.#gateway.workedMs() - worked)
      if (failure !== undefined) failures.push(failure)
      await look().catch((error: Error) => failures.push(`metrics: ${error.message}`))
      await new Promise(resolve => setTimeout(resolve, PAUSE_MS))
    }
    await counted
    return new Served(ms, failures, mostWorkMs)
  }

  /** Bytes that each listener holds. */
  async held(): Promise<Readonly<Record<Listener, number>>> {
    const { text } = await this.fetch('ops', '/metrics')
    const of = (listener: Listener) => {
      const line = new RegExp(`^ews_gateway_held_bytes\\{listener="${listener}"\\} (\\d+)$`, 'm')
      const bytes = line.exec(text)?.[1]
      if (bytes === undefined) throw new Error(`no held bytes of ${listener}`)
      return Number(bytes)
    }
    return { data: of('data'), control: of('control'), ops: of('ops') }
  }

  fetch(listener: Listener, path: string): Promise<BystanderResponse> {
    return this.#send(listener, { method: 'GET', path, headers: {}, body: '' })
  }

  /** @returns what went wrong */
  async #ask(listener: Listener): Promise<string | undefined> {
    try {
      const { status, text } = await this.#send(listener, this.#requestTo(listener))
      if (status === 200) return undefined
      return `${listener}: ${status} ${/ResponseCode[^>]*>(\w+)/.exec(text)?.[1] ?? ''}`
    } catch (error) {
      return `${listener}: ${error instanceof Error ? error.message : error}`
    }
  }

  #requestTo(listener: Listener): BystanderRequest {
    const { bystander, administrator } = this.#gateway
    const post = { method: 'POST' }
    if (listener === 'data') {
      const headers = { Authorization: bystander, 'Content-Type': 'text/xml' }
      return { ...post, path: '/EWS/Exchange.asmx', headers, body: ORDINARY }
    }
    if (listener === 'ops') return { method: 'GET', path: '/readyz', headers: {}, body: '' }
    const headers = {
      Authorization: administrator,
      'Content-Type': 'application/x-amz-json-1.1',
      'X-Amz-Target': 'EwsGateway.DescribeOverview',
    }
    return { ...post, path: '/', headers, body: DESCRIBE }
  }

  #send(
    listener: Listener,
    { method, path, headers, body }: BystanderRequest,
  ): Promise<BystanderResponse> {
    const send = this.#tls && listener !== 'ops' ? requestTls : request
    return new Promise((resolve, reject) => {
      const sent = send({
        host: '127.0.0.1',
        port: this.portOf(listener),
        agent: false,
        rejectUnauthorized: false,
        method,
        path,
        headers: { ...headers, 'Content-Length': Buffer.byteLength(body) },
      })
      sent.setTimeout(this.#patienceMs, () => sent.destroy(new Error('no answer')))
      sent
        .on('error', reject)
        .on('response', async response => {
          try {
            const text = Buffer.concat(await response.toArray()).toString()
            resolve({ status: response.statusCode, text })
          } catch (error) {
            reject(error instanceof Error ? error : new Error(String(error)))
          }
        })
        .end(body)
    })
  }
}
