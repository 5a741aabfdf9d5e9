/**
 * One connection that is authenticated by NTLM: a socket, its handshake, and then its requests.
 *
 * @module
 */

import { randomBytes } from 'node:crypto'
import type { Socket } from 'node:net'
import { TLSSocket } from 'node:tls'
import { buildConnector, Client, type Dispatcher } from 'undici'
import { channelBindingHash } from '../ntlm/channel-binding.ts'
import type { UpstreamEndpoint } from './authentication.ts'
import { CLIENT_OPTIONS, CONNECT_TIMEOUT_MS, connectOptions } from './connect.ts'
import { AccountRefused, ConnectionOver, unreachable } from './failures.ts'
import { authenticate, NEGOTIATE, type NtlmAccount, readChallenge } from './ntlm-message.ts'
import { ObservedHandler } from './observed-handler.ts'

/** Maximum size of a response in a handshake. Error pages of IIS have a few KiB. */
const MAX_BYTES = 128 * 1024

type Reply = Readonly<{ status: number; token: Buffer | undefined }>

export class NtlmConnection {
  readonly #account: NtlmAccount
  readonly #endpoint: UpstreamEndpoint
  readonly #client: Client
  #socket: Socket | undefined
  #connected = false
  /** Number of requests since the handshake. */
  #requests = 0
  #rejected = false

  /** @param onClose - called when the socket is closed */
  constructor(account: NtlmAccount, endpoint: UpstreamEndpoint, onClose: () => void) {
    this.#account = account
    this.#endpoint = endpoint
    const { url, tls, lookup } = endpoint
    // Resumes no TLS session, because a resumed session would keep the certificate even if the server has replaced
    // it.
    const connector = buildConnector({
      ...connectOptions(tls, lookup),
      allowH2: false,
      maxCachedSessions: 0,
      timeout: CONNECT_TIMEOUT_MS,
    })
    this.#client = new Client(url.origin, {
      ...CLIENT_OPTIONS,
      connect: (options, callback) => this.#connectOnce(connector, options, callback),
    }).on('disconnect', () => {
      // Rejects requests that wait for the connection. Requests in flight have already failed.
      void this.#client.destroy(new ConnectionOver())
      onClose()
    })
  }

  /** Whether the connection is authenticated and not known to be broken. */
  get isUsable(): boolean {
    return !this.#rejected && this.#socket !== undefined && !this.#socket.destroyed
  }

  /**
   * Authenticates the connection, with two requests without a body.
   *
   * @param timeoutMs - maximum wait for the first byte of each response, and between two chunks of it
   * @throws AccountRefused, Failure, or an error of undici
   */
  async signIn(timeoutMs: number): Promise<void> {
    const asked = await this.#ask(NEGOTIATE, timeoutMs)
    const challenge = asked.token && readChallenge(asked.token)
    if (asked.status !== 401 || !challenge) {
      const message = `The upstream does not offer NTLM (status ${asked.status})`
      throw unreachable('not-ews', message)
    }
    const proof = authenticate(this.#account, challenge, {
      targetName: `HTTP/${this.#endpoint.tls.serverName ?? this.#endpoint.url.hostname}`,
      channelBinding: this.#channelBinding(),
      clientChallenge: randomBytes(8),
      now: this.#endpoint.now(),
    })
    const { status } = await this.#ask(proof, timeoutMs)
    if (status === 401) throw new AccountRefused('The upstream rejects the NTLM proof')
    if (status === 407 || status >= 500) {
      throw unreachable('not-ews', `The upstream answered the NTLM handshake with status ${status}`)
    }
  }

  /** Sends a request. Must not be called while another one is in progress. */
  dispatch(
    options: Dispatcher.DispatchOptions,
    handler: Dispatcher.DispatchHandler,
    events: Readonly<{
      /** Called when the server rejects the connection, although it accepted it before. */
      forgotten: () => void
      /** Called when the connection can take another request, if it is still usable. */
      free: () => void
    }>,
  ): void {
    const isFirst = this.#requests === 0
    this.#requests += 1
    const observed = new ObservedHandler(handler, {
      unauthorized: () => {
        this.#rejected = true
        if (!isFirst) events.forgotten()
        return !isFirst
      },
      ended: events.free,
    })
    this.#client.dispatch(options, observed)
  }

  close(): Promise<void> {
    return this.#client.destroyed ? Promise.resolve() : this.#client.destroy()
  }

  /** Allows only one socket, because another one would not be authenticated. */
  #connectOnce(
    connector: buildConnector.connector,
    options: buildConnector.Options,
    callback: buildConnector.Callback,
  ): void {
    if (this.#connected) {
      queueMicrotask(() => callback(new ConnectionOver(), null))
      return
    }
    this.#connected = true
    connector(options, (...result) => {
      const [, socket] = result
      if (socket) this.#socket = socket
      callback(...result)
    })
  }

  async #ask(message: Buffer, timeoutMs: number): Promise<Reply> {
    const { url, userAgent } = this.#endpoint
    const { statusCode, headers, body } = await this.#client.request({
      path: url.pathname + url.search,
      method: 'GET',
      headers: {
        Accept: 'text/xml',
        'User-Agent': userAgent,
        Authorization: `NTLM ${message.toString('base64')}`,
      },
      headersTimeout: timeoutMs,
      bodyTimeout: timeoutMs,
    })
    await body.dump({ limit: MAX_BYTES })
    return { status: statusCode, token: tokenOf(headers['www-authenticate']) }
  }

  #channelBinding(): Buffer | undefined {
    if (!(this.#socket instanceof TLSSocket)) return undefined
    const certificate = this.#socket.getPeerX509Certificate()
    return certificate && channelBindingHash(certificate.raw)
  }
}

/** Returns the token in the NTLM challenge of a response. */
function tokenOf(challenges: string | string[] | undefined): Buffer | undefined {
  const found = [challenges ?? []]
    .flat()
    .flatMap(challenge => challenge.split(','))
    .map(challenge => /^\s*NTLM\s+([A-Za-z0-9+/]+=*)\s*$/i.exec(challenge)?.[1])
    .find(token => token !== undefined)
  return found === undefined ? undefined : Buffer.from(found, 'base64')
}
