/**
 * A small Exchange in memory, for tests and the demo.
 *
 * @module
 */

import type { ServerOptions } from 'node:https'
import type { AddressInfo } from 'node:net'
import { discover } from './autodiscover.ts'
import { Dispatcher } from './dispatch.ts'
import { Exchange, type OpenedMailbox } from './exchange.ts'
import type { IdForm } from './ids.ts'
import { type Executed, Journal, type SeenRequest } from './journal.ts'
import { MailboxControl } from './mailbox-control.ts'
import { operationTable } from './operations/table.ts'
import type { SandboxOptions, Scheduler } from './options.ts'
import { seedMailbox } from './seed.ts'
import type { Sent } from './sent.ts'
import { createExchangeServer } from './server.ts'

export type { Hidden } from './hidden.ts'
export type { Executed, SeenRequest } from './journal.ts'
export type { Delegation, SandboxOptions, SandboxUser, Scheduler } from './options.ts'
export type { Sent } from './sent.ts'

/** Address and port to listen on; by default 127.0.0.1 and any free port. */
export type Listen = Readonly<{ host?: string; port?: number; tls?: ServerOptions }>

/** Listens from {@link Sandbox.start} to {@link Sandbox.close}. */
export class Sandbox {
  readonly #exchange: Exchange
  readonly #journal: Journal
  readonly #server: ReturnType<typeof createExchangeServer>
  readonly #scheme: 'http' | 'https'

  private constructor(options: SandboxOptions, tls: ServerOptions | undefined) {
    this.#exchange = new Exchange(options)
    this.#journal = new Journal(this.#exchange.now, options.keepSeen)
    this.#scheme = tls === undefined ? 'http' : 'https'
    const { gromox } = this.#exchange
    const lenient = options.lenient ?? gromox
    const table = operationTable(options.schedule ?? runLater, gromox)
    this.#server = createExchangeServer(
      {
        username: options.username,
        password: options.password,
        lenient,
        gromox,
        behavior: this.#exchange.behavior,
        journal: this.#journal,
        dispatcher: new Dispatcher(this.#exchange, this.#journal, table, lenient),
        requestElements: [...table.keys()],
        discover: bytes => discover(this.#exchange, bytes),
        url: () => this.url,
      },
      tls,
    )
    if (options.seed === false) return
    for (const mailbox of this.#exchange.mailboxes)
      if (options.users.includes(mailbox.user) && mailbox.user.empty !== true)
        seedMailbox(this.#exchange, mailbox)
  }

  /** Starts a sandbox. It is ready when the promise resolves. */
  static async start(options: SandboxOptions, listen: Listen = {}): Promise<Sandbox> {
    const sandbox = new Sandbox(options, listen.tls)
    const { server } = sandbox.#server
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    server.once('error', reject)
    server.listen(listen.port ?? 0, listen.host ?? '127.0.0.1', resolve)
    await promise
    server.off('error', reject)
    return sandbox
  }

  /** URL of the EWS endpoint. */
  get url(): string {
    const { address, family, port } = this.#server.server.address() as AddressInfo
    const host = family === 'IPv6' ? `[${address}]` : address
    return `${this.#scheme}://${host}:${port}/EWS/Exchange.asmx`
  }

  /** Format of its IDs: that of Exchange or of grommunio. */
  get ids(): IdForm {
    return this.#exchange.ids
  }

  /** The latest requests, complete or not. */
  get seen(): readonly SeenRequest[] {
    return this.#journal.seen
  }

  /** The latest operations. */
  get executed(): readonly Executed[] {
    return this.#journal.executed
  }

  /** The latest sent messages, each with its sender. */
  get sent(): readonly Sent[] {
    return this.#exchange.sent
  }

  /** The latest mailboxes that operations opened, with the impersonated user. */
  get opened(): readonly OpenedMailbox[] {
    return this.#exchange.opened
  }

  get subscriptions(): number {
    return this.#exchange.nodes.subscriptions
  }

  /** Clears all recorded requests, operations, opened mailboxes, and sent messages. */
  forget() {
    this.#exchange.sent.length = 0
    this.#exchange.opened.length = 0
    this.#journal.seen.length = 0
    this.#journal.executed.length = 0
  }

  /** Returns the mailbox of an address, with direct access to its store. */
  mailbox(address: string): MailboxControl {
    const mailbox = this.#exchange.byAddress(address)
    if (mailbox === undefined) throw new TypeError(`No mailbox in the sandbox has '${address}'`)
    return new MailboxControl(this.#exchange, mailbox)
  }

  /** Closes every connection and stops listening. */
  async close(): Promise<void> {
    const { server, endStreams } = this.#server
    endStreams()
    this.#exchange.nodes.closeAll()
    const { promise, resolve } = Promise.withResolvers<void>()
    server.close(() => resolve())
    server.closeAllConnections()
    await promise
  }
}

const runLater: Scheduler = (run, ms) => {
  const timer = setTimeout(run, ms)
  return () => clearTimeout(timer)
}
