/**
 * The command line: in the process of the test, which takes less CPU, or as a process of its own.
 *
 * Only a process has real signals, a crash, flags, standard streams, limits, an end that an open handle prevents, and
 * the way from `main.ts` to a command.
 *
 * @module
 */

import { type ChildProcess, spawn } from 'node:child_process'
import { EventEmitter, once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { Test } from 'tap'
import { runCommandLine } from '../../src/cli/command-line.ts'

/** The command line as its sources, which load one module after the other. */
export const SOURCES = fileURLToPath(new URL('../../src/main.ts', import.meta.url))

/** The command line: under the test runner a bundle, which starts in half the time. */
export const MAIN = process.env['TEST_MAIN'] ?? SOURCES

/** Compile cache of the tests, if there is one. With it, a start takes half as long. */
const { NODE_COMPILE_CACHE } = process.env
/** Environment with the compile cache of the tests, if there is one: a start takes half as long with it. */
export const CACHE = NODE_COMPILE_CACHE === undefined ? {} : { NODE_COMPILE_CACHE }

/** Flags of V8: a large new space leaves few objects to copy, and a start takes a sixth less CPU. */
const GARBAGE = ['--single-threaded-gc', '--min-semi-space-size=16']

type Place = Readonly<{ cwd: string; env?: Readonly<Record<string, string>> }>

export type CommandOptions = Place &
  Readonly<{
    /** The most files that it can open. */
    openFiles?: number
    /** Another file than {@link MAIN}. */
    main?: string
  }>

/** The result of a command. */
export type Ended = Readonly<{ code: number | NodeJS.Signals; out: string; err: string }>

const LIMITED = 'ulimit -n "$1"; shift; exec "$@"'

/** A run of `ews-gateway`, with nothing else of this environment. It ends with its test. */
export abstract class Run {
  out = ''
  err = ''
  /** The exit code, or the signal that ended it; all that it printed is here by then. */
  abstract readonly ended: Promise<number | NodeJS.Signals>
  #isOver = false
  #wake = Promise.withResolvers<void>()

  /** Sends a signal. */
  abstract signal(signal: NodeJS.Signals): void

  /** Whether it has ended. */
  get isOver(): boolean {
    return this.#isOver
  }

  /** Sends a signal and waits for the end. */
  async kill(signal: NodeJS.Signals): Promise<number | NodeJS.Signals> {
    if (!this.#isOver) this.signal(signal)
    return this.ended
  }

  /** Waits for the end. */
  async result(): Promise<Ended> {
    return { code: await this.ended, out: this.out, err: this.err }
  }

  /** Resolves when it prints something, or ends. */
  get next(): Promise<void> {
    return this.#wake.promise
  }

  /** Resolves with the first match in the output so far, as soon as there is one. */
  async printed(pattern: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const match = pattern.exec(this.out) ?? pattern.exec(this.err)
      if (match) return match
      if (this.#isOver) throw new Error(`It ended without ${pattern}: ${this.out}${this.err}`)
      await this.next
    }
  }

  protected print(stream: 'out' | 'err', text: string): void {
    this[stream] += text
    this.#awake()
  }

  protected end(): void {
    this.#isOver = true
    this.#awake()
  }

  #awake(): void {
    this.#wake.resolve()
    this.#wake = Promise.withResolvers()
  }
}

/** The command line as a process of its own. */
export class Command extends Run {
  readonly child: ChildProcess
  override readonly ended: Promise<number | NodeJS.Signals>

  constructor(t: Test, args: readonly string[], options: CommandOptions) {
    super()
    const { cwd, env = {}, openFiles, main = MAIN } = options
    const limit = openFiles === undefined ? [] : ['sh', '-c', LIMITED, 'sh', `${openFiles}`]
    const line = [...limit, process.execPath, ...GARBAGE, main, ...args]
    const [program, ...rest] = line as [string, ...string[]]
    this.child = spawn(program, rest, { cwd, env: { ...CACHE, ...env } })
    for (const [stream, from] of [
      ['out', this.child.stdout],
      ['err', this.child.stderr],
    ] as const)
      from?.setEncoding('utf8').on('data', (text: string) => this.print(stream, text))
    this.ended = once(this.child, 'close').then(([code, signal]) => {
      this.end()
      return code ?? signal
    })
    t.teardown(() => this.kill('SIGKILL'))
  }

  get pid(): number {
    return this.child.pid ?? 0
  }

  override signal(signal: NodeJS.Signals): void {
    this.child.kill(signal)
  }
}

/** The command line in this process. Commands that run at the same time have the same working folder. */
export class LocalCommand extends Run {
  override readonly ended: Promise<number>
  readonly #signals = new EventEmitter()

  constructor(t: Test, args: readonly string[], place: Place) {
    super()
    this.ended = this.#run(args, place)
    t.teardown(() => this.#stop())
  }

  /** @throws Error if the signal would end a process without its cleanup */
  override signal(signal: NodeJS.Signals): void {
    if (!this.#signals.emit(signal)) throw new Error(`The command doesn't listen for ${signal}`)
  }

  async #run(args: readonly string[], { cwd, env = {} }: Place): Promise<number> {
    const leave = enter(cwd)
    try {
      return await runCommandLine(args, {
        env,
        output: {
          print: text => this.print('out', text),
          warn: line => this.print('err', `${line}\n`),
        },
        signals: this.#signals,
        log: { write: line => this.print('err', line) },
      })
    } finally {
      leave()
      this.end()
    }
  }

  /** Stops it, and waits until it is gone, because a process of tests ends none of its commands. */
  async #stop(): Promise<void> {
    if (!this.isOver) this.#signals.emit('SIGTERM')
    await this.ended
  }
}

/** Working folder of this process before the commands that run, and their number. */
const folder = { before: '', users: 0 }

/** Enters the working folder of a command. @returns function that leaves it with the last command */
function enter(cwd: string): () => void {
  const present = process.cwd()
  process.chdir(cwd)
  if (folder.users === 0) folder.before = present
  else if (process.cwd() !== present) {
    process.chdir(present)
    throw new Error(`Another command runs in ${present}`)
  }
  folder.users += 1
  return () => {
    folder.users -= 1
    if (folder.users === 0) process.chdir(folder.before)
  }
}

/** Runs `ews-gateway` to its end in this process. */
export const runCommand = (t: Test, args: readonly string[], place: Place): Promise<Ended> =>
  new LocalCommand(t, args, place).result()
