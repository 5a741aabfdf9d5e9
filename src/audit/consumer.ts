/**
 * The port of everything that is made of the journal: the history, standard output, copies.
 *
 * @module
 */

import type { Lines, Position } from './reader.ts'

/**
 * Takes every record at least once, those of a writer in their order. A record that comes again after a crash
 * has the same ID.
 */
export interface Consumer {
  /** Name of the consumer in messages; also of its folder, if its positions are files. */
  readonly name: string
  /** Returns the place up to which it has the records of a writer; undefined if it has none. */
  position(writer: string): Promise<Position | undefined>
  /**
   * Takes records, and then stores the place behind them, or both in one transaction.
   *
   * @throws if it has not taken all of them: then the same records come again
   */
  consume(lines: Lines): Promise<void>
  /** Forgets the position of a writer that has no segments anymore. */
  forget(writer: string): Promise<void>
  close(): Promise<void>
}
