/**
 * Runs servers of this machine as child processes, in temporary folders.
 *
 * A keeper process watches each server. If this process ends without cleanup, the keeper ends the server
 * and removes the folder.
 *
 * @module
 */

import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { waitFor } from '../waits.ts'

/** Waits until its input ends. */
const KEEPER = 'read -r _; kill -s KILL -- "-$1"; rm -rf -- "$2"'
/** Below the ports that outgoing connections take: else one could take that of a dead server. */
const PORTS = { first: 15_000, count: 15_000 }

export const isInstalled = (binary: string) => spawnSync(binary, ['--version']).status === 0

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

export class ServerProcess {
  readonly #child: ChildProcess
  readonly #keeper: ChildProcess
  readonly #ended: Promise<unknown>
  #out = ''
  #wake = Promise.withResolvers<void>()

  private constructor(command: readonly string[], folder: string) {
    const [binary = '', ...args] = command
    this.#child = spawn(binary, args, {
      cwd: folder,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    for (const stream of [this.#child.stdout, this.#child.stderr])
      stream?.setEncoding('utf8').on('data', (text: string) => this.#heard(text))
    this.#ended = once(this.#child, 'close').finally(() => this.#heard(''))
    const keeping = ['-c', KEEPER, 'keeper', `${this.#child.pid}`, folder]
    this.#keeper = spawn('sh', keeping, { detached: true, stdio: ['pipe', 'ignore', 'ignore'] })
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
    return waitFor(`${this.#child.spawnfile} prints ${pattern}`, () => this.#prints(pattern))
  }

  async #prints(pattern: RegExp): Promise<void> {
    while (!pattern.test(this.#out)) {
      if (this.#hasEnded) throw new Error(`It ended without ${pattern}: ${this.#out}`)
      await this.#wake.promise
    }
  }

  /** As it ends with its machine. */
  async kill(): Promise<void> {
    if (!this.#hasEnded) this.signal('SIGKILL')
    await this.#ended
    this.#keeper.kill('SIGKILL')
  }

  /** Resolves when it has ended, however that came about, to its exit code; null: by a signal. */
  async ended(): Promise<number | null> {
    await this.#ended
    this.#keeper.kill('SIGKILL')
    return this.#child.exitCode
  }

  /** Returns everything that the server has printed. */
  get printout(): string {
    return this.#out
  }

  /** To it and whatever it has started. */
  signal(signal: NodeJS.Signals): void {
    if (this.#child.pid !== undefined) process.kill(-this.#child.pid, signal)
  }

  /** Holds it and whatever it has started. */
  freeze(): void {
    this.signal('SIGSTOP')
    if (this.#child.pid !== undefined) waitUntilStill([this.#child.pid])
  }

  thaw(): void {
    this.signal('SIGCONT')
  }

  get #hasEnded(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null
  }

  #heard(text: string): void {
    this.#out += text
    this.#wake.resolve()
    this.#wake = Promise.withResolvers()
  }
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
