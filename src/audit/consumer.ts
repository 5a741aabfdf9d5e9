/**
 * The port of everything that reads the journal's records: the history, the store's checkpoints, and sinks.
 *
 * @module
 */

import type { Lines, Position } from './reader.ts'

/**
 * Receives every record at least once, and the records of each writer in order. A record that is repeated after a
 * crash has the same ID.
 */
export interface Consumer {
  /**
   * Name of the consumer in messages. Also the name of the folder for its positions, if it stores them in files.
   */
  readonly name: string
  /** Present if its receiver can be away for long. Outcomes of requests of ended processes don't wait for it. */
  readonly isRemote?: true
  /** Bytes of the journal that it takes at once, unless a line is longer. By default, 256 KB. */
  readonly batchBytes?: number | undefined
  /** Returns the position up to which the consumer has the records of a writer; undefined if it has none. */
  position(writer: string): Promise<Position | undefined>
  /**
   * Whether to take records of a running writer now, or together with later ones. By default, now. The last records
   * before the end are not held.
   */
  takes?(lines: Lines): boolean
  /**
   * Takes records, and then stores the position after them, or both in one transaction.
   *
   * @throws if it has not taken all of them; the same records are then delivered again
   */
  consume(lines: Lines): Promise<void>
  /** Forgets the position of a writer whose segments have all been deleted. */
  forget(writer: string): Promise<void>
  close(): Promise<void>
}
