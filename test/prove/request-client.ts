/**
 * Sends small read requests to gateways, over persistent connections.
 *
 * @module
 */

import { Agent, type ClientRequest, type IncomingMessage, request } from 'node:http'
import { MESSAGES_NS, SOAP_NS, TYPES_NS } from '../../src/model/envelope.ts'
import type { Target } from './grants.ts'
import type { Verdict } from './history.ts'

/** Longer than any wait or pause of a gateway, on a machine that is a few times too busy. */
const PATIENCE_MS = 120_000
/** Fewer than the failures that activate the gateway's rate limiter. */
const REFUSALS = 6

export type Answer = Readonly<{
  verdict: Exclude<Verdict, 'lost'>
  id?: string
  why?: string
  /** Whether the gateway certainly received nothing of the request. */
  isUnsent?: boolean
}>

export class RequestClient {
  readonly #agents = new Map<string, Agent>()
  readonly #refusals = new Map<string, number>()
  /** Number of requests that were sent again because the gateway had closed their connection. */
  repeats = 0

  /** Sends a request to the gateway at a port. Never throws. */
  async ask(port: number, target: Target): Promise<Answer> {
    const localAddress = this.#addressFor(port, target)
    const answer = await this.#send(port, target, localAddress)
    if (answer.verdict === 'deny') this.#refused(port, target)
    return answer
  }

  close(): void {
    for (const agent of this.#agents.values()) agent.destroy()
    this.#agents.clear()
  }

  async #send(port: number, target: Target, localAddress: string): Promise<Answer> {
    for (;;) {
      const { sent, answered } = begin(port, target, this.#agent(port, localAddress), localAddress)
      try {
        return verdictOf(await answered)
      } catch (error) {
        // The server closed the idle connection at the same moment, which is not a failure.
        if (sent.reusedSocket && isClosed(error)) {
          this.repeats += 1
          continue
        }
        const isUnsent = (error as NodeJS.ErrnoException).code === 'ECONNREFUSED'
        return { verdict: 'failed', why: String(error), isUnsent }
      }
    }
  }

  #agent(port: number, localAddress: string): Agent {
    const name = `${port} ${localAddress}`
    const agent = this.#agents.get(name) ?? new Agent({ keepAlive: true })
    this.#agents.set(name, agent)
    return agent
  }

  #addressFor(port: number, { permission, isBraked }: Target): string {
    if (!isBraked) return '127.0.0.1'
    const turn = Math.floor((this.#refusals.get(`${port} ${permission}`) ?? 0) / REFUSALS)
    return `127.${1 + (turn >> 16)}.${(turn >> 8) & 255}.${1 + ((turn & 255) % 254)}`
  }

  #refused(port: number, { permission, isBraked }: Target): void {
    if (!isBraked) return
    const name = `${port} ${permission}`
    const count = (this.#refusals.get(name) ?? 0) + 1
    this.#refusals.set(name, count)
  }
}

const isClosed = (error: unknown) =>
  ['ECONNRESET', 'EPIPE'].includes((error as NodeJS.ErrnoException).code ?? '')

function begin(
  port: number,
  { permission, authorization, whom }: Target,
  agent: Agent,
  localAddress: string,
): Readonly<{ sent: ClientRequest; answered: Promise<Answered> }> {
  const { promise, resolve, reject } = Promise.withResolvers<Answered>()
  const body = envelope(whom)
  const sent = request({
    ...{ host: '127.0.0.1', port, agent, localAddress },
    method: 'POST',
    path: '/EWS/Exchange.asmx',
    signal: AbortSignal.timeout(PATIENCE_MS),
    headers: {
      'Content-Type': 'text/xml; charset=utf-8',
      'Content-Length': Buffer.byteLength(body),
      'User-Agent': `prove ${permission}`,
      Authorization: authorization,
    },
  })
  sent.on('error', reject).on('response', response => {
    read(response).then(resolve, reject)
  })
  sent.end(body)
  return { sent, answered: promise }
}

type Answered = Readonly<{ status: number; id: string; text: string }>

async function read(response: IncomingMessage): Promise<Answered> {
  const chunks: Buffer[] = await response.toArray()
  const id = String(response.headers['x-decision-id'] ?? '')
  return { status: response.statusCode ?? 0, id, text: Buffer.concat(chunks).toString() }
}

/** Returns the client's view of a response. Every unexpected response counts as failed. */
function verdictOf({ status, id, text }: Answered): Answer {
  const code = /<(?:\w+:)?ResponseCode[^>]*>(\w+)</.exec(text)?.[1]
  if (status === 200 && code === 'NoError') return { verdict: 'allow', id }
  if (status === 401) return { verdict: 'deny', id }
  if (status === 500 && code === 'ErrorImpersonateUserDenied') return { verdict: 'deny', id }
  if (status === 500 && code === 'ErrorServerBusy') return { verdict: 'busy', id }
  return { verdict: 'failed', id, why: `${status} ${code ?? text.slice(0, 200)}` }
}

const envelope = (whom: string) =>
  `<?xml version="1.0" encoding="utf-8"?><s:Envelope xmlns:s="${SOAP_NS}" xmlns:m="${MESSAGES_NS}"` +
  ` xmlns:t="${TYPES_NS}"><s:Header><t:RequestServerVersion Version="Exchange2016"/>` +
  `<t:ExchangeImpersonation><t:ConnectingSID><t:SmtpAddress>${whom}</t:SmtpAddress>` +
  '</t:ConnectingSID></t:ExchangeImpersonation></s:Header><s:Body><m:GetFolder><m:FolderShape>' +
  '<t:BaseShape>IdOnly</t:BaseShape></m:FolderShape><m:FolderIds>' +
  '<t:DistinguishedFolderId Id="inbox"/></m:FolderIds></m:GetFolder></s:Body></s:Envelope>'
