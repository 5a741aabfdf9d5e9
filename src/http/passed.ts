/**
 * Lets go of the memory of bodies that have passed.
 *
 * A piece of a body is a small object with much memory outside V8's heap. V8 collects young objects
 * when its own room for them is full; long before that so much has gathered outside that it collects
 * everything, every 30 MB. That was half of an upload's CPU, and the event loop stood still for up to
 * 30 ms. Collecting what is young takes less than one.
 *
 * @module
 */

/** Some are still in use, and what is collected is freed a while later: V8 collects everything at 64 MB. */
const BYTES = 8 * 1024 * 1024

/** Counts the pieces of all bodies, in either direction. */
export class Passed {
  readonly #collectYoung: () => void
  #bytes = 0

  constructor(collectYoung: () => void) {
    this.#collectYoung = collectYoung
  }

  note(bytes: number): void {
    this.#bytes += bytes
    if (this.#bytes < BYTES) return
    this.#bytes = 0
    this.#collectYoung()
  }
}
