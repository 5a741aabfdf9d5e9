/**
 * Runs servers of this machine as child processes, in temporary folders.
 *
 * A keeper process starts them. If this process ends without cleanup, the keeper ends the servers and removes the
 * folders.
 *
 * @module
 */

import { once } from 'node:events'
import { accessSync, constants, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { waitFor } from '../waits.ts'
import { type KeeperMessage, keep, killGroup } from './keeper.ts'

/** Below the ports that outgoing connections take: else one could take that of a dead server. */
const PORTS = { first: 15_000, count: 15_000 }

/** Returns whether a folder of PATH has the program. */
export const isInstalled = (program: string): boolean =>
  (process.env['PATH'] ?? '').split(delimiter).some(folder => isExecutable(join(folder, program)))

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}

export const temporaryFolder = (name: string) => mkdtempSync(join(tmpdir(), `ews-${name}-`))

export async function freePort(): Promise<number> {
  for (;;) {
    const port = PORTS.first + Math.floor(Math.random() * PORTS.count)
    const server = createServer()
    try {
      await once(server.listen(port, '127.0.0.1'), 'listening')
    } catch {
      continue
    }
    await once(server.close(), 'close')
    return port
  }
}

/** Whether a server accepts connections on a port of this machine. */
export function listens(port: number): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>()
  const socket = connect(port, '127.0.0.1')
  socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
  return promise.finally(() => socket.destroy())
}

/**
 * Returns the environment of a server. Its locale is one that every machine has: Redis doesn't start with one that is not
 * installed.
 */
export const environment = () => ({ ...process.env, LC_ALL: 'C.UTF-8' })

export class ServerProcess {
  readonly #program: string
  readonly #started = Promise.withResolvers<void>()
  readonly #ended = Promise.withResolvers<void>()
  #pid = 0
  #hasEnded = false
  #exitCode: number | null = null
  #out = ''
  #wake = Promise.withResolvers<void>()

  private constructor(command: readonly string[], folder: string) {
    this.#program = command[0] ?? ''
    keep({ command, folder, env: environment() }, message => this.#told(message))
  }

  /**
   * Starts a server and waits until it is ready.
   *
   * @param command - the binary and its arguments
   * @param folder - working directory, which is removed if this process ends first
   * @param ready - output of the server when it is ready
   */
  static async start(
    command: readonly string[],
    folder: string,
    ready: RegExp,
  ): Promise<ServerProcess> {
    const server = new ServerProcess(command, folder)
    await server.#started.promise
    try {
      await server.printed(ready)
    } catch (error) {
      await server.kill()
      throw error
    }
    return server
  }

  /** Resolves once it has printed what matches. */
  printed(pattern: RegExp): Promise<void> {
    return waitFor(`${this.#program} prints ${pattern}`, () => this.#prints(pattern))
  }

  async #prints(pattern: RegExp): Promise<void> {
    while (!pattern.test(this.#out)) {
      if (this.#hasEnded) throw new Error(`It ended without ${pattern}: ${this.#out}`)
      await this.#wake.promise
    }
  }

  /** As it ends with its machine. */
  async kill(): Promise<void> {
    if (!this.#hasEnded) killGroup(this.#pid)
    await this.#ended.promise
  }

  /** Resolves when it has ended, however that came about, to its exit code; null: by a signal. */
  async ended(): Promise<number | null> {
    await this.#ended.promise
    return this.#exitCode
  }

  /** Returns everything that the server has printed. */
  get printout(): string {
    return this.#out
  }

  /** To it and whatever it has started. */
  signal(signal: NodeJS.Signals): void {
    process.kill(-this.#pid, signal)
  }

  /** Holds it and whatever it has started. */
  freeze(): void {
    this.signal('SIGSTOP')
    waitUntilStill([this.#pid])
  }

  thaw(): void {
    this.signal('SIGCONT')
  }

  #told(message: KeeperMessage): void {
    if ('pid' in message) {
      this.#pid = message.pid
      this.#started.resolve()
    } else if ('failed' in message) {
      this.#started.reject(new Error(message.failed))
    } else if ('text' in message) {
      this.#out += message.text
    } else {
      this.#hasEnded = true
      this.#exitCode = message.code
      this.#ended.resolve()
    }
    this.#wake.resolve()
    this.#wake = Promise.withResolvers()
  }
}

/** Runs a program to its end. @throws Error with what it printed, if it fails */
export async function runKept(command: readonly string[], folder: string): Promise<void> {
  const program = await ServerProcess.start(command, folder, /(?:)/)
  const code = await program.ended()
  if (code !== 0) throw new Error(`${command[0]} ended with ${code}: ${program.printout}`)
}

/**
 * Waits until processes that received SIGSTOP have stopped. On a busy machine, their threads run for a few
 * more milliseconds, in which a server can answer.
 */
export function waitUntilStill(pids: readonly number[]): void {
  while (pids.some(moves)) Atomics.wait(NEVER, 0, 0, 1)
}

const NEVER = new Int32Array(new SharedArrayBuffer(4))
const STILL = ['T', 't', 'Z', 'X', undefined]

const moves = (pid: number) => threadsOf(pid).some(thread => !STILL.includes(stateOf(thread)[0]))

function threadsOf(pid: number): readonly string[] {
  try {
    return readdirSync(`/proc/${pid}/task`).map(thread => `${pid}/task/${thread}`)
  } catch {
    return []
  }
}

/**
 * Returns the state, parent, and other fields that the kernel reports of a process or thread. Empty if it
 * is gone.
 */
export function stateOf(process: string): readonly string[] {
  try {
    const text = readFileSync(`/proc/${process}/stat`, 'utf8')
    return text.slice(text.lastIndexOf(')') + 2).split(' ')
  } catch {
    return []
  }
}

export const remove = (folder: string) => rmSync(folder, { recursive: true, force: true })
