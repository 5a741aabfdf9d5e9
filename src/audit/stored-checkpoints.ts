/**
 * Keeps the latest checkpoint of each process in the store, so that a journal whose end was cut off can be compared
 * with it.
 *
 * @module
 */

import type { KeyObject } from 'node:crypto'
import type { CheckpointRecord } from './audit.ts'
import { checkpointIn, isSigned } from './checkpoint.ts'
import type { Consumer } from './consumer.ts'
import type { Lines, Position } from './reader.ts'

/** Beginning of a checkpoint. */
const START = '{"type":"checkpoint",'

const LINE_FEED = 0x0a

type Options = Readonly<{
  /** Positions of this consumer. */
  positions: Readonly<{
    of: (writer: string) => Position | undefined
    store: (position: Position) => void
    forget: (writer: string) => void
  }>
  /** Keys that can have signed checkpoints. */
  publicKeys: readonly KeyObject[]
  /** Puts a checkpoint into the store. */
  keep: (checkpoint: CheckpointRecord) => Promise<void>
}>

export class StoredCheckpoints implements Consumer {
  readonly name = 'store'
  readonly isRemote = true
  readonly #options: Options

  constructor(options: Options) {
    this.#options = options
  }

  async position(writer: string): Promise<Position | undefined> {
    return this.#options.positions.of(writer)
  }

  /** Keeps the last checkpoint of the lines. A process signs at most one a second. */
  async consume(lines: Lines): Promise<void> {
    const { positions, keep } = this.#options
    const last = this.#lastIn(lines)
    if (last) await keep(last)
    positions.store(lines.end)
  }

  /** Leaves the checkpoint in the store until it expires, because segments can also be deleted by an attacker. */
  async forget(writer: string): Promise<void> {
    this.#options.positions.forget(writer)
  }

  async close(): Promise<void> {}

  /**
   * Returns the last checkpoint that the gateway signed. It ignores others, because someone can add a line to the
   * segment of a process that has ended.
   */
  #lastIn({ bytes, end: { writer } }: Lines): CheckpointRecord | undefined {
    const { publicKeys } = this.#options
    const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
    for (let at = text.lastIndexOf(START); at >= 0; ) {
      const isLine = at === 0 || text[at - 1] === LINE_FEED
      const checkpoint = isLine
        ? checkpointIn(text.toString('utf8', at, text.indexOf(LINE_FEED, at)))
        : undefined
      const isOwn = checkpoint?.writer === writer
      if (isOwn && publicKeys.some(key => isSigned(checkpoint, key))) return checkpoint
      at = at === 0 ? -1 : text.lastIndexOf(START, at - 1)
    }
    return undefined
  }
}
