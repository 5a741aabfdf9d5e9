/**
 * Many rows at once, without a query builder: this is done for every request.
 *
 * @module
 */

export type Value = string | number | null

/** One statement that is run for many rows. */
export type Bulk = Readonly<{
  /** With the row's values in the place of its argument. */
  text: (values: string) => string
  rows: readonly (readonly Value[])[]
}>

/** Runs statements in one transaction. */
export interface BulkWriter {
  /**
   * @param guard - run first; where it changes nothing, nothing else is run
   * @throws Rejected
   */
  run(guard: Bulk, statements: readonly Bulk[]): Promise<void>
}
