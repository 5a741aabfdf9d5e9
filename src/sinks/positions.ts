/**
 * Positions of a sink in the journal. A new sink gets the records of processes that started with it or later, not the
 * journal of the years before.
 *
 * @module
 */

import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { FilePositions } from '../audit/positions.ts'
import { beginningOf, type Position } from '../audit/reader.ts'

/** Name of the file with the first writer that had the sink. The name of a writer begins with the time of its start. */
const SINCE = 'since'

export class SinkPositions {
  readonly #positions: FilePositions
  readonly #since: string

  /**
   * @param folder - used by this sink only
   * @param writer - the writer of this process, all of whose records the sink gets
   */
  constructor(folder: string, writer: string) {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    this.#positions = new FilePositions(folder)
    // Another process that starts at the same time can be the first. Then this one has a position of its own.
    if (this.#positions.of(writer) === undefined) this.#positions.store(beginningOf(writer))
    const file = join(folder, SINCE)
    // A full disk or a loss of power can leave an empty file.
    const isNew = !existsSync(file) || readFileSync(file, 'utf8') === ''
    if (isNew) writeFileSync(file, writer, { mode: 0o600 })
    this.#since = readFileSync(file, 'utf8')
  }

  /** Returns the position of a writer: after all its records if it ended before the sink existed. */
  of(writer: string): Position {
    const stored = this.#positions.of(writer)
    if (stored !== undefined) return stored
    return writer < this.#since ? afterAll(writer) : beginningOf(writer)
  }

  store(position: Position): void {
    this.#positions.store(position)
  }

  forget(writer: string): void {
    this.#positions.forget(writer)
  }
}

const afterAll = (writer: string): Position => ({
  writer,
  segment: Number.MAX_SAFE_INTEGER,
  sequence: 0,
  offset: 0,
})
