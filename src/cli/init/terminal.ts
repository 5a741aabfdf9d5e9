/**
 * Asks questions on standard error, so that standard output has results only.
 *
 * @module
 */

import { createInterface, type Interface } from 'node:readline/promises'
import { Writable } from 'node:stream'

/** The user ended the dialog with Ctrl-C. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted'
}

/** The input ended before the last question. */
export class InputEnded extends Error {
  override readonly name = 'InputEnded'
}

/** Whether a person can answer questions. */
export const isTerminal = (): boolean => process.stdin.isTTY && process.stderr.isTTY

/** Dialog with a person at a terminal. */
export class Terminal {
  readonly #lines: Interface
  #isHidden = false
  #isClosed = false
  readonly #ended = new AbortController()

  constructor() {
    const output = new Writable({
      write: (chunk, _encoding, done) => {
        if (!this.#isHidden) process.stderr.write(chunk)
        done()
      },
    })
    // Without a history, the arrow keys show no earlier answer, such as the password.
    this.#lines = createInterface({ input: process.stdin, output, terminal: true, historySize: 0 })
    this.#lines.once('SIGINT', () => this.#end(new Interrupted('Interrupted')))
    this.#lines.once('close', () => this.#end(new InputEnded('The input ended')))
  }

  say(line: string): void {
    process.stderr.write(`${line}\n`)
  }

  /** @throws Interrupted after Ctrl-C, or InputEnded */
  async ask(prompt: string): Promise<string> {
    return (await this.#question(prompt)).trim()
  }

  /** Asks without showing what the user types. @throws Interrupted after Ctrl-C, or InputEnded */
  async askHidden(prompt: string): Promise<string> {
    process.stderr.write(prompt)
    this.#isHidden = true
    try {
      return await this.#question('')
    } finally {
      this.#isHidden = false
      process.stderr.write('\n')
    }
  }

  /** Stops reading, and restores the terminal's echo. */
  close(): void {
    this.#isClosed = true
    this.#lines.close()
  }

  /** Ends the line of the question, and the dialog. */
  #end(reason: Error): void {
    if (this.#isClosed || this.#ended.signal.aborted) return
    if (!this.#isHidden) process.stderr.write('\n')
    this.#ended.abort(reason)
  }

  async #question(prompt: string): Promise<string> {
    const { signal } = this.#ended
    try {
      return await this.#lines.question(prompt, { signal })
    } catch (error) {
      signal.throwIfAborted()
      throw error
    }
  }
}
