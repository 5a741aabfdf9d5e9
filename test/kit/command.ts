/**
 * The command line as a process of its own, which ends with its test.
 *
 * @module
 */

import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { Test } from 'tap'

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

export type CommandOptions = Readonly<{
  cwd: string
  env?: Readonly<Record<string, string>>
  /** The most files that it can open. */
  openFiles?: number
  /** Another file than {@link MAIN}. */
  main?: string
}>

const LIMITED = 'ulimit -n "$1"; shift; exec "$@"'

export class Command {
  readonly child: ChildProcess
  out = ''
  err = ''
  /** The exit code, or the signal that ended it; all that it printed is here by then. */
  readonly ended: Promise<number | NodeJS.Signals>
  #isOver = false
  #wake = Promise.withResolvers<void>()

  /** Runs `ews-gateway` with nothing else of this environment. */
  constructor(t: Test, args: readonly string[], options: CommandOptions) {
    const { cwd, env = {}, openFiles, main = MAIN } = options
    const limit = openFiles === undefined ? [] : ['sh', '-c', LIMITED, 'sh', `${openFiles}`]
    const line = [...limit, process.execPath, ...GARBAGE, main, ...args]
    const [program, ...rest] = line as [string, ...string[]]
    this.child = spawn(program, rest, { cwd, env: { ...CACHE, ...env } })
    this.child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.out += text
      this.#awake()
    })
    this.child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.err += text
      this.#awake()
    })
    this.ended = once(this.child, 'close').then(([code, signal]) => {
      this.#isOver = true
      this.#awake()
      return code ?? signal
    })
    t.teardown(() => this.kill('SIGKILL'))
  }

  /** Whether it has ended. */
  get isOver(): boolean {
    return this.#isOver
  }

  get pid(): number {
    return this.child.pid ?? 0
  }

  /** Sends a signal and waits for the end. */
  async kill(signal: NodeJS.Signals): Promise<number | NodeJS.Signals> {
    if (!this.#isOver) this.child.kill(signal)
    return this.ended
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

  #awake(): void {
    this.#wake.resolve()
    this.#wake = Promise.withResolvers()
  }
}

export type Ended = Readonly<{ code: number; out: string; err: string }>

/** Runs `ews-gateway` to its end, with nothing else of this environment. */
export function runCommand(args: readonly string[], options: CommandOptions): Promise<Ended> {
  const { cwd, env } = options
  return new Promise(resolve => {
    execFile(
      process.execPath,
      [...GARBAGE, MAIN, ...args],
      { cwd, env: { ...CACHE, ...env } },
      (error, out, err) => resolve({ code: error ? Number(error.code) : 0, out, err }),
    )
  })
}
