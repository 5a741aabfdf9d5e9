/**
 * A text that must not be printed.
 *
 * @module
 */

const inspect = Symbol.for('nodejs.util.inspect.custom')

/** Prints as `[secret]` in logs, JSON, templates, and inspection. `reveal()` returns the value. */
export class Secret {
  readonly #value: string
  readonly #file: string | undefined

  /** @param file - path of the file that contains the secret, if there is one */
  constructor(value: string, file?: string) {
    this.#value = value
    this.#file = file
  }

  get file(): string | undefined {
    return this.#file
  }

  reveal(): string {
    return this.#value
  }

  toString(): string {
    return '[secret]'
  }

  toJSON(): string {
    return '[secret]'
  }

  [inspect](): string {
    return '[secret]'
  }
}
