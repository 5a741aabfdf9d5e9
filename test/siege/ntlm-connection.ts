/**
 * A connection on which a client signs in by NTLM, correctly or not.
 *
 * @module
 */

import { connect, type Socket } from 'node:net'
import { negotiateOf, ntlm, type ProofParts, proofOf } from '../kit/ntlm-client.ts'
import { ORDINARY } from './requests.ts'
import { answersIn, PATIENCE_MS } from './wire.ts'

/** An access key. */
export type Account = Readonly<{ user: string; password: string }>

/** Reads the key of a Basic header. */
export function accountOf(authorization: string): Account {
  const [, token = ''] = authorization.split(' ')
  const [user = '', password = ''] = Buffer.from(token, 'base64').toString().split(':')
  return { user, password }
}

export type Sent = Readonly<{
  authorization?: string
  host?: string
  body?: string
  headers?: readonly string[]
  line?: string
}>

/** Host name of the requests, unless they have another. */
export const HOST = 'ews.example.com'

/** Returns a request as bytes. */
export function bytesOf({ authorization, host = HOST, body = ORDINARY, headers, line }: Sent) {
  return [
    line ?? 'POST /EWS/Exchange.asmx HTTP/1.1',
    `Host: ${host}`,
    'Content-Type: text/xml; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(body)}`,
    ...(authorization === undefined ? [] : [`Authorization: ${authorization}`]),
    ...(headers ?? []),
    '',
    body,
  ].join('\r\n')
}

/** A response. Its status is 0 if the connection was closed without one. */
type Response = Readonly<{ status: number; head: string }>

export class NtlmConnection {
  readonly #socket: Socket
  readonly #account: Account
  #text = ''
  isClosed = false
  #changed: () => void = () => undefined

  /** @param localAddress - of the client, by which the gateway counts its failures */
  constructor(port: number, account: Account, localAddress = '127.0.0.1') {
    this.#account = account
    this.#socket = connect({ port, host: '127.0.0.1', localAddress, noDelay: true })
    this.#socket
      .on('error', () => undefined)
      .on('close', () => {
        this.isClosed = true
        this.#changed()
      })
      .on('data', chunk => {
        this.#text += chunk.toString('latin1')
        this.#changed()
      })
  }

  /** Sends bytes, and returns the responses, once enough have arrived or the connection is closed. */
  async send(bytes: string, awaited = 1): Promise<readonly Response[]> {
    this.#text = ''
    this.#socket.write(bytes)
    await new Promise<void>(resolve => {
      const late = setTimeout(resolve, PATIENCE_MS)
      this.#changed = () => {
        if (!this.isClosed && answersIn(this.#text) < awaited) return
        clearTimeout(late)
        resolve()
      }
      this.#changed()
    })
    return responsesIn(this.#text)
  }

  async ask(sent: Sent = {}): Promise<Response> {
    const [response] = await this.send(bytesOf(sent))
    return response ?? { status: 0, head: '' }
  }

  async status(sent: Sent = {}): Promise<number> {
    return (await this.ask(sent)).status
  }

  /** Sends a first message, and returns the challenge. */
  async challenge(sent: Sent = {}, negotiate = negotiateOf()): Promise<Buffer> {
    const { head } = await this.ask({ body: '', ...sent, authorization: ntlm(negotiate) })
    const [, token] = /^www-authenticate: NTLM (\S+)\r$/im.exec(head) ?? []
    if (token === undefined) throw new Error(`No challenge: ${head}`)
    return Buffer.from(token, 'base64')
  }

  proof(challenge: Buffer, parts: Partial<ProofParts> = {}): string {
    return ntlm(proofOf(challenge, { ...this.#account, ...parts }))
  }

  /** Signs in, and returns the status of the request with the proof. */
  async signIn(parts: Partial<ProofParts> = {}, sent: Sent = {}): Promise<number> {
    return await this.status({
      ...sent,
      authorization: this.proof(await this.challenge(sent), parts),
    })
  }

  close(): void {
    this.#socket.destroy()
  }
}

/** Returns the final responses in a text. The bodies of these responses contain no status line. */
const responsesIn = (text: string): Response[] =>
  [...text.matchAll(/HTTP\/1\.1 (\d{3}) [\s\S]*?\r\n\r\n/g)]
    .map(([head, status]) => ({ status: Number(status), head }))
    .filter(({ status }) => status >= 200)
