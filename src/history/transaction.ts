/**
 * The port through which records are written: one transaction of SQL statements that both SQLite and PostgreSQL
 * support.
 *
 * @module
 */

export type Value = string | number | null

/** One statement for many rows of values. */
export type Statement = Readonly<{
  /** Returns the statement. @param values - placeholders of the rows, such as `(?, ?)` */
  text: (values: string) => string
  rows: readonly (readonly Value[])[]
}>

/** One row of a result, by column. */
export type Row = Readonly<Record<string, string | number | null>>

export interface Transaction {
  /**
   * Clause of a query that locks its rows until the end of the transaction. Absent if no other transaction can run at
   * the same time.
   */
  readonly forUpdate?: string
  /** Runs a statement for all of its rows, in order, and returns the rows of the result. */
  run(statement: Statement): Promise<readonly Row[]>
}
