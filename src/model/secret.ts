/**
 * A text that must not be printed.
 *
 * @module
 */

const inspect = Symbol.for('nodejs.util.inspect.custom')

/** Prints as `[secret]` in logs, JSON, templates, and inspection. `reveal()` returns the value. */
export class Secret {
  readonly #value: string

  constructor(value: string) {
    this.#value = value
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
