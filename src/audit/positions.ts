/**
 * Stores the positions of a consumer in files, one for each writer.
 *
 * @module
 */

import { closeSync, mkdirSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import type { Position } from './reader.ts'

/**
 * Length of a stored position. Every position has the same length, so it is overwritten in place, and a crash can't
 * leave it incomplete.
 */
const LENGTH = 200

export class FilePositions {
  readonly #folder: string

  /** @param folder - used by this consumer only; created when the first position is stored */
  constructor(folder: string) {
    this.#folder = folder
  }

  /** Returns the position up to which a writer's records were consumed; undefined if none is stored. */
  of(writer: string): Position | undefined {
    try {
      return JSON.parse(readFileSync(this.#fileOf(writer), 'utf8'))
    } catch (error) {
      const isAbsent = (error as NodeJS.ErrnoException).code === 'ENOENT'
      if (isAbsent || error instanceof SyntaxError) return undefined
      throw error
    }
  }

  store(position: Position): void {
    const fd = this.#open(position.writer)
    try {
      writeSync(fd, `${JSON.stringify(position)}\n`.padStart(LENGTH), 0)
    } finally {
      closeSync(fd)
    }
  }

  forget(writer: string): void {
    rmSync(this.#fileOf(writer), { force: true })
  }

  #open(writer: string): number {
    try {
      return openSync(this.#fileOf(writer), 'r+')
    } catch {
      mkdirSync(this.#folder, { recursive: true, mode: 0o700 })
      return openSync(this.#fileOf(writer), 'w', 0o600)
    }
  }

  #fileOf(writer: string): string {
    return join(this.#folder, writer)
  }
}
