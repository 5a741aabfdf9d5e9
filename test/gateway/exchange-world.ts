/**
 * Allowed requests, an upstream that a test answers for, and the steps of their exchange.
 *
 * @module
 */

import { EventEmitter } from 'node:events'
import { Readable } from 'node:stream'
import type { Allowed, Answered } from '../../src/gateway/context.ts'
import { decide } from '../../src/gateway/decide.ts'
import { exchange } from '../../src/gateway/exchange.ts'
import type { OpenRequest } from '../../src/gateway/reevaluations.ts'
import type { RequestRecorder } from '../../src/gateway/request-recorder.ts'
import { subscriptionHash } from '../../src/gateway/subscriptions.ts'
import { ByteBudget } from '../../src/http/byte-budget.ts'
import type { BodySink } from '../../src/http/incoming-body.ts'
import type { Failure } from '../../src/model/failure.ts'
import type { AnswerSink, UpstreamRequest } from '../../src/upstream/upstream.ts'
import { AT, CREDENTIAL, ORGANIZATION, ANN as PERSON, ROLE } from '../decision/data.ts'
import { envelope, GET_FOLDER, prologue } from '../kit/corpus.ts'
import { DecisionWorld } from './decision-world.ts'

export const ANN = 'ann@example.com'

/** The response to the client, in memory. It closes after its end, as a socket does. */
export class FakeResponse extends EventEmitter {
  destroyed = false
  headersSent = false
  writableEnded = false
  writableFinished = false
  statusCode = 0
  text = ''

  writeHead(status: number) {
    this.statusCode = status
    this.headersSent = true
  }

  flushHeaders() {}

  write(bytes: Uint8Array): boolean {
    this.text += Buffer.from(bytes).toString()
    return true
  }

  end(text = '') {
    this.text += text
    this.writableEnded = true
    this.writableFinished = true
    queueMicrotask(() => this.emit('close'))
  }

  destroy() {
    this.destroyed = true
    queueMicrotask(() => this.emit('close'))
  }
}

export type ExchangeOptions = Readonly<{
  operation?: string
  /** The body streams: only its prologue and a few bytes have been read. */
  isStreamed?: boolean
  /** Number of bytes that all requests can hold. */
  bytes?: number
}>

export class ExchangeWorld extends DecisionWorld {
  readonly log: unknown[] = []
  readonly response = new FakeResponse()
  readonly open: OpenRequest[] = []
  changes = 0
  now = 1_000
  confirm = (caller: unknown): unknown => caller
  sink: AnswerSink | undefined
  request: UpstreamRequest | undefined
  /** The rest of a streamed body. */
  rest: BodySink | undefined
  #sent = ''
  readonly failures: Failure[] = []
  readonly bodyFailures: Failure[] = []
  readonly streams: unknown[] = []
  hasVerdict = false
  /** Whether the upstream has a connection for the request. */
  isSent = true
  /** Whether the upstream answers with a fault. */
  isFault = false
  budget = new ByteBudget(10_000_000)

  readonly recorder = {
    decided: async ({ decision }: Allowed) => {
      this.hasVerdict = true
      this.log.push(['decided', 'reason' in decision ? decision.reason : decision.verdict])
    },
    pending: async () => void this.log.push(['pending']),
    failed: async (failure: Failure) => {
      this.failures.push(failure)
      this.log.push(['failed', failure.reason, failure.reach, failure.kind])
    },
  } as unknown as RequestRecorder

  constructor(...args: ConstructorParameters<typeof DecisionWorld>) {
    super(...args)
    Object.defineProperty(this.recorder, 'hasVerdict', { get: () => this.hasVerdict })
    Object.assign(this.served.upstream, {
      send: (request: UpstreamRequest, sink: AnswerSink) => {
        this.log.push(['send'])
        this.request = request
        this.#receive(request.body)
        this.sink = sink
        const isSent = () => this.isSent
        return {
          get isSent() {
            return isSent()
          },
          responseCode: 'NoError',
          isFault: this.isFault,
          itemCount: 3,
          resume: () => undefined,
          abort: () => void this.log.push(['abort']),
        }
      },
    })
  }

  async allowed({ operation = GET_FOLDER, isStreamed = false, bytes }: ExchangeOptions = {}) {
    if (bytes !== undefined) this.budget = new ByteBudget(bytes)
    const text = Buffer.from(envelope(ANN, operation))
    const begun = isStreamed ? prologue(ANN).length + 60 : text.length
    const read = this.read(ANN, operation, ORGANIZATION.id, begun)
    const { context } = read
    const metric =
      (name: string) =>
      (...args: readonly unknown[]) =>
        void this.log.push([name, ...args])
    const ports = {
      ...context.server.ports,
      now: () => this.now,
      settings: { timeouts: { upstreamMs: 5_000 } },
      authenticator: { confirm: async (caller: unknown) => this.confirm(caller) },
      cookies: { unseal: () => ({ cookies: new Map(), anchorMailbox: undefined }) },
      subscriptions: { write: async () => void this.log.push(['stored']) },
      metrics: {
        upstream: { failed: metric('upstream failed') },
        streamOpened: metric('stream opened'),
        streamClosed: metric('stream closed'),
      },
    }
    const changes = () => this.changes
    const reevaluations = {
      get changes() {
        return changes()
      },
      add: (request: OpenRequest) => {
        this.open.push(request)
        return () => void this.open.splice(this.open.indexOf(request), 1)
      },
    }
    const streams = {
      add: (_: unknown, ms: number) => {
        this.streams.push(ms)
        return () => void this.streams.pop()
      },
    }
    const forward = (organization: string) => {
      this.steps.push(['forward', organization])
      return { end: (...args: readonly unknown[]) => void this.steps.push(args) }
    }
    const whole = {
      ...read,
      whole: !isStreamed,
      gathered: { bytes: text.subarray(0, begun) },
      context: {
        ...context,
        decisionId: 'd',
        request: { headers: { 'content-length': String(text.length) } },
        response: this.response,
        reservation: this.budget.open('192.0.2.1'),
        body: {
          flow: (sink: BodySink) => {
            this.rest = sink
          },
          resume: () => undefined,
          fail: (failure: Failure) => void this.bodyFailures.push(failure),
        },
        trace: context.trace && { ...context.trace, forward },
        server: { ...context.server, ports, reevaluations, streams },
      },
    }
    const decided = await decide(whole as never)
    if (decided.verdict !== 'allow') throw new Error('Not allowed')
    return decided
  }

  /**
   * Begins an exchange. It is sent when the promises that are ready have run, and reevaluated a turn later if it waits.
   *
   * @param changes - number of reevaluations before the decision
   */
  async begin(allowed: Allowed, changes = this.changes): Promise<{ ended: Promise<Answered> }> {
    const ended = exchange(this.recorder, allowed, changes)
    ended.catch(() => undefined)
    await new Promise(setImmediate)
    await new Promise(setImmediate)
    return { ended }
  }

  /** Answers for the upstream. */
  answer(text: string) {
    this.sink?.head({ status: 200, headers: [], gzip: false, cookies: [] })
    this.sink?.chunk(Buffer.from(text))
    this.sink?.end()
  }

  /** Returns the body that the upstream has received so far. */
  async sent(): Promise<string> {
    await new Promise(setImmediate)
    return this.#sent
  }

  #receive(body: UpstreamRequest['body']) {
    if (body instanceof Readable)
      body
        .on('error', () => undefined)
        .on('data', chunk => {
          this.#sent += String(chunk)
        })
    else this.#sent = Buffer.from(body).toString()
  }
}

/** Gives Ann a subscription of her own, with the ID `sub`. */
export function putSubscription({ data }: DecisionWorld): void {
  const { organizationId, id: principalId } = CREDENTIAL.principal
  const idHash = subscriptionHash('sub')
  const ids = { organizationId, idHash, userId: PERSON.id, roleId: ROLE.id, principalId }
  data.put('subscription', idHash, { ...ids, others: [], lifeMs: 1, expiresAt: AT + 1_000 })
}
