/**
 * Many rows at once, without a query builder: this is done for every request.
 *
 * @module
 */

import { deserialize, serialize } from 'node:v8'

export type Value = string | number | null

/**
 * Rows in one block of bytes: what waits for a second as objects V8 moves about meanwhile, which
 * took a third of the history's CPU.
 */
export type Rows = Uint8Array

export function pack(rows: readonly (readonly Value[])[]): Rows {
  const values = rows.flat()
  const packed = serialize(values)
  forget(values)
  return packed
}

/** The rows again, one by one. @param width - values in each */
export function* unpack(rows: Rows, width: number): Generator<readonly Value[]> {
  const values: Value[] = deserialize(rows)
  for (let at = 0; at < values.length; at += width) yield values.slice(at, at + width)
  forget(values)
}

/** Lets go of their memory: so much of it waits for V8 otherwise that it collects everything. */
export function release(rows: Rows): void {
  const { buffer } = rows
  if (buffer instanceof ArrayBuffer) buffer.transfer(0)
}

/** What V8 has written or read lives on until its writer or reader is collected, which outlives many. */
function forget(values: Value[]): void {
  values.length = 0
}

/** One statement that is run for many rows. */
export type Bulk = Readonly<{
  /** With the row's values in the place of its argument. */
  text: (values: string) => string
  /** Values in a row. */
  width: number
  rows: readonly Rows[]
}>

/** Runs statements in one transaction. */
export interface BulkWriter {
  /**
   * @param guard - run first; where it changes nothing, nothing else is run
   * @throws Rejected
   */
  run(guard: Bulk, statements: readonly Bulk[]): Promise<void>
}
