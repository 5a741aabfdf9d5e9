/**
 * Programs as processes of their own, each on one core, and what the kernel counts of them.
 *
 * @module
 */

import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

/** The core of what is measured, and that of the load and the server behind. */
export const MEASURED_CORE = 0
export const LOAD_CORE = 1

/** Ends a start that takes without end; a busy machine needs minutes. */
const START_MS = 300_000
const POLL_MS = 20
/** Who takes less than so much of that time does nothing. */
const REST_MS = 50
const RESTING_MS = 1
/** A profile takes time at rest, too. */
const MOST_RESTS = 40

export const isInstalled = (binary: string) =>
  spawnSync('sh', ['-c', 'command -v "$0"', binary]).status === 0

/** Without `taskset` programs go where the kernel puts them, and the report says so. */
export const canPin = isInstalled('taskset')

/** Keeps this process off the core of what is measured. */
export function pinSelf(): void {
  if (canPin) spawnSync('taskset', ['-a', '-cp', `${LOAD_CORE}`, `${process.pid}`])
}

export type ProgramOptions = Readonly<{
  core: number
  /** It is ready when it takes connections here, or says this. */
  ready: number | RegExp
  cwd?: string
  env?: NodeJS.ProcessEnv
}>

export class Program {
  readonly #child: ChildProcess
  #said = ''

  private constructor(child: ChildProcess) {
    this.#child = child
    for (const stream of [child.stdout, child.stderr])
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.#said = (this.#said + text).slice(-100_000)
      })
  }

  static async start(command: readonly string[], options: ProgramOptions): Promise<Program> {
    const pinned = canPin ? ['taskset', '-c', `${options.core}`, ...command] : command
    const [binary = '', ...args] = pinned
    const { cwd, env } = options
    const child = spawn(binary, args, {
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
      ...(cwd !== undefined && { cwd }),
      ...(env !== undefined && { env }),
    })
    const program = new Program(child)
    for (let late = performance.now() + START_MS; performance.now() < late; await sleep(POLL_MS)) {
      if (child.exitCode !== null || child.signalCode !== null) break
      if (await program.#isReady(options.ready)) return program
    }
    await program.stop()
    throw new Error(`${command.join(' ')} does not start: ${program.said}`)
  }

  /** The last that it printed. */
  get said(): string {
    return this.#said
  }

  /** Milliseconds on a core so far, of it and of whatever it has started. */
  get cpuMs(): number {
    return processesOf(this.pid).reduce((sum, pid) => sum + cpuMsOf(pid), 0)
  }

  /** Resolves when it does nothing any more, or after two seconds. */
  async rests(): Promise<void> {
    for (let last = this.cpuMs, rests = 0; rests < MOST_RESTS; rests += 1) {
      await sleep(REST_MS)
      const now = this.cpuMs
      if (now - last < RESTING_MS) return
      last = now
    }
  }

  /** Resident bytes now. */
  get rss(): number {
    return this.#memory('VmRSS')
  }

  /** The most resident bytes since {@link forgetPeak}. */
  get peak(): number {
    return this.#memory('VmHWM')
  }

  forgetPeak(): void {
    for (const pid of processesOf(this.pid)) writeFileSync(`/proc/${pid}/clear_refs`, '5')
  }

  /** Resolves to its exit code when it has ended by itself. */
  async ended(): Promise<number | null> {
    if (this.#child.exitCode === null && this.#child.signalCode === null)
      await once(this.#child, 'close')
    return this.#child.exitCode
  }

  signal(signal: NodeJS.Signals): void {
    process.kill(-this.pid, signal)
  }

  async stop(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return
    this.signal(signal)
    await once(this.#child, 'close')
  }

  get pid(): number {
    return this.#child.pid ?? 0
  }

  #memory(name: string): number {
    return processesOf(this.pid).reduce((sum, pid) => sum + memoryOf(pid, name), 0)
  }

  async #isReady(ready: number | RegExp): Promise<boolean> {
    if (typeof ready !== 'number') return ready.test(this.#said)
    const socket = connect(ready, '127.0.0.1').on('error', () => undefined)
    const isOpen = await Promise.race([
      once(socket, 'connect').then(() => true),
      once(socket, 'close').then(() => false),
    ]).catch(() => false)
    socket.destroy()
    return isOpen
  }
}

/** Returns a process and its children. Each can have ended by now. */
function processesOf(pid: number): number[] {
  try {
    const threads = readdirSync(`/proc/${pid}/task`)
    const children = threads.flatMap(thread =>
      readFileSync(`/proc/${pid}/task/${thread}/children`, 'utf8').trim().split(' '),
    )
    return [pid, ...children.filter(Boolean).flatMap(child => processesOf(Number(child)))]
  } catch {
    return []
  }
}

/** By the scheduler's own count of nanoseconds, which is of all threads. */
function cpuMsOf(pid: number): number {
  let nanoseconds = 0
  for (const thread of readdirSync(`/proc/${pid}/task`))
    nanoseconds += Number(
      readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ')[0],
    )
  return nanoseconds / 1e6
}

const memoryOf = (pid: number, name: string) =>
  Number(
    new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(
      readFileSync(`/proc/${pid}/status`, 'utf8'),
    )?.[1],
  ) * 1_024
