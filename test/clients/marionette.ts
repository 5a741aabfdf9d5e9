/**
 * Drives a program of Mozilla's over Marionette, its protocol for tests: commands in JSON over TCP.
 *
 * @module
 */

import { once } from 'node:events'
import { connect, type Socket } from 'node:net'

/** The runner ends a test that hangs. Without a timeout, Marionette doesn't wait for a promise. */
const LONGEST_SCRIPT_MS = 2 ** 31 - 1

type Failure = Readonly<{ error: string; message: string; stacktrace: string }>
type Response = readonly [1, number, Failure | null, Readonly<{ value: unknown }> | null]

class MarionetteError extends Error {
  readonly code: string

  constructor(command: string, { error, message }: Failure) {
    super(`${command}: ${error}: ${message}`)
    this.code = error
  }
}

/** A session in the chrome context, in which scripts can use the services of the program. */
export class Marionette {
  readonly #socket: Socket
  readonly #packets: AsyncGenerator<unknown>
  #last = 0

  private constructor(socket: Socket) {
    this.#socket = socket
    this.#packets = packetsOf(socket)
  }

  static async connect(port: number): Promise<Marionette> {
    const socket = connect(port, '127.0.0.1')
    await once(socket, 'connect')
    const session = new Marionette(socket)
    await session.#packets.next()
    await session.#ask('WebDriver:NewSession', {
      timeouts: { script: LONGEST_SCRIPT_MS },
      unhandledPromptBehavior: 'ignore',
    })
    await session.#ask('Marionette:SetContext', { value: 'chrome' })
    return session
  }

  /**
   * Runs the body of an async function and returns what it returns.
   *
   * @throws Error if the body throws
   */
  run(body: string, ...args: readonly unknown[]): Promise<unknown> {
    const script = `return (async (...args) => {\n${body}\n})(...arguments)`
    return this.#ask('WebDriver:ExecuteScript', {
      script,
      args,
      newSandbox: false,
      sandbox: 'system',
    })
  }

  /** Accepts the dialog that is open, and returns its text; undefined if none is. */
  async dialog(): Promise<string | undefined> {
    try {
      const text = await this.#ask('WebDriver:GetAlertText', {})
      await this.#ask('WebDriver:AcceptAlert', {})
      return String(text)
    } catch (error) {
      if (error instanceof MarionetteError && error.code === 'no such alert') return undefined
      throw error
    }
  }

  close(): void {
    this.#socket.destroy()
  }

  async #ask(command: string, parameters: object): Promise<unknown> {
    this.#last += 1
    const packet = JSON.stringify([0, this.#last, command, parameters])
    this.#socket.write(`${Buffer.byteLength(packet)}:${packet}`)
    const { value: response } = await this.#packets.next()
    if (response === undefined) throw new Error(`${command}: the connection ended`)
    const [, , failure, result] = response as Response
    if (failure !== null) throw new MarionetteError(command, failure)
    return result?.value
  }
}

/** Yields what arrives: each packet is its length in bytes, a colon, and JSON. */
async function* packetsOf(socket: Socket): AsyncGenerator<unknown> {
  let held = Buffer.alloc(0)
  for await (const chunk of socket) {
    held = Buffer.concat([held, chunk])
    for (;;) {
      const colon = held.indexOf(':')
      const end = colon + 1 + Number(held.subarray(0, Math.max(colon, 0)))
      if (colon < 0 || held.length < end) break
      yield JSON.parse(held.subarray(colon + 1, end).toString())
      held = held.subarray(end)
    }
  }
}
