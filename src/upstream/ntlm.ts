/**
 * Authenticates at the upstream by NTLM.
 *
 * NTLM authenticates a connection, not a request. Each connection has its own handshake and is kept for
 * many requests. No request is sent on a connection before its handshake is complete.
 *
 * @module
 */

import type { Dispatcher } from 'undici'
import { type Authentication, Connections, type UpstreamEndpoint } from './authentication.ts'
import { NtlmConnection } from './ntlm-connection.ts'
import type { NtlmAccount } from './ntlm-message.ts'

export const ntlmAuthentication = (account: NtlmAccount): Authentication => ({
  kind: 'ntlm',
  connect: endpoint => new NtlmConnections(account, endpoint),
})

/** Timeout of a handshake for a request without a timeout. */
const TIMEOUT_MS = 30_000

type Handler = Dispatcher.DispatchHandler
type Waiting = Readonly<{ options: Dispatcher.DispatchOptions; handler: Handler }>

class NtlmConnections extends Connections {
  readonly #account: NtlmAccount
  readonly #endpoint: UpstreamEndpoint
  /** Authenticated connections without a request. The most recently used one is used first. */
  #idle: NtlmConnection[] = []
  /** All connections, including those in a handshake. */
  readonly #open = new Set<NtlmConnection>()
  readonly #waiting: Waiting[] = []
  /** The first handshake, which shows whether the account is accepted. Other handshakes wait for it. */
  #trial: Promise<void> | undefined
  #proven = false

  constructor(account: NtlmAccount, endpoint: UpstreamEndpoint) {
    super()
    this.#account = account
    this.#endpoint = endpoint
  }

  override dispatch(options: Dispatcher.DispatchOptions, handler: Handler): boolean {
    const connection = this.#takeIdle()
    if (connection !== undefined) this.#use(connection, { options, handler })
    else if (this.#open.size < this.#endpoint.connections) this.#openFor({ options, handler })
    else this.#waiting.push({ options, handler })
    return true
  }

  override async end(): Promise<void> {
    await Promise.all([...this.#open].map(connection => connection.close()))
  }

  #takeIdle(): NtlmConnection | undefined {
    for (;;) {
      const connection = this.#idle.pop()
      if (connection === undefined || connection.isUsable) return connection
      this.#drop(connection)
    }
  }

  #use(connection: NtlmConnection, { options, handler }: Waiting): void {
    connection.dispatch(options, handler, {
      forgotten: () => this.#distrust(),
      // Deferred, because undici is still ending the request.
      free: () => queueMicrotask(() => this.#release(connection)),
    })
  }

  #openFor(waiting: Waiting): void {
    const connection = new NtlmConnection(this.#account, this.#endpoint, () => {
      this.#drop(connection)
    })
    this.#open.add(connection)
    this.#signIn(connection, waiting.options.headersTimeout ?? TIMEOUT_MS).then(
      () => this.#use(connection, waiting),
      (error: Error) => {
        this.#drop(connection)
        waiting.handler.onResponseError?.(NO_CONTROLLER, error)
        this.#next()
      },
    )
  }

  /**
   * Authenticates a connection. Until the account was accepted once, only one handshake runs at a time, because
   * many concurrent failed logons with a wrong password would lock the account.
   */
  async #signIn(connection: NtlmConnection, timeoutMs: number): Promise<void> {
    while (!this.#proven && this.#trial !== undefined) await this.#trial
    if (this.#proven) return this.#handshake(connection, timeoutMs)
    this.#trial = this.#handshake(connection, timeoutMs).finally(() => {
      this.#trial = undefined
    })
    return this.#trial
  }

  async #handshake(connection: NtlmConnection, timeoutMs: number): Promise<void> {
    try {
      await connection.signIn(timeoutMs)
      this.#proven = true
    } catch (error) {
      this.#proven = false
      throw error
    }
  }

  #release(connection: NtlmConnection): void {
    if (!connection.isUsable) {
      this.#drop(connection)
      this.#next()
      return
    }
    const waiting = this.#waiting.shift()
    if (waiting) this.#use(connection, waiting)
    else this.#idle.push(connection)
  }

  #next(): void {
    const waiting = this.#waiting.shift()
    if (waiting) this.dispatch(waiting.options, waiting.handler)
  }

  /**
   * Called when the server no longer accepts an authenticated connection. Closes the other idle ones, too, because
   * they were authenticated in the same way.
   */
  #distrust(): void {
    this.#proven = false
    for (const connection of this.#idle.splice(0)) this.#drop(connection)
  }

  #drop(connection: NtlmConnection): void {
    this.#open.delete(connection)
    this.#idle = this.#idle.filter(other => other !== connection)
    void connection.close()
  }
}

/** Placeholder for a request that failed before it had a connection, and so has no controller. */
const NO_CONTROLLER = null as unknown as Dispatcher.DispatchController
