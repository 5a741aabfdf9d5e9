/**
 * Writes totals to a history in SQLite without the single requests, as they are after the retention of allowed requests.
 *
 * @module
 */

import { DatabaseSync } from 'node:sqlite'
import type { Position } from '../../src/audit/reader.ts'
import { BatchCollector } from '../../src/history/batch-collector.ts'
import { newMemories } from '../../src/history/consume.ts'
import type { Batch } from '../../src/history/history.ts'
import type { Row, Transaction } from '../../src/history/transaction.ts'
import { writeBatch } from '../../src/history/write.ts'

export class TotalsWriter {
  readonly #database: DatabaseSync
  readonly #memories = newMemories()
  readonly #transaction: Transaction = {
    run: async ({ text, rows }) => {
      const [first] = rows
      if (first === undefined) return []
      const statement = this.#database.prepare(text(`(${first.map(() => '?').join()})`))
      return rows.flatMap(row => statement.all(...row) as Row[])
    },
  }

  /** @param file - a history with tables */
  constructor(file: string) {
    this.#database = new DatabaseSync(file)
    this.#database.exec('pragma synchronous = off')
  }

  async write(batch: Batch): Promise<void> {
    this.#database.exec('begin')
    await writeBatch(this.#transaction, batch)
    this.#database.exec('commit')
  }

  /** Counts requests, and stores those that were denied. @param lines - all records of these requests */
  async count(lines: readonly string[], at: Position): Promise<void> {
    const stored = { requests: new Map(), refusals: new Map() }
    const collector = new BatchCollector(stored, this.#memories.series, undefined)
    for (const line of lines) {
      const record = this.#memories.records.recordIn({ at, line: line.trimEnd() })
      if (record !== undefined) collector.add(record)
    }
    const batch = collector.batch()
    const isDenied = (id: string) => collector.requests.get(id)?.series.verdict !== 'allow'
    const decisions = batch.decisions.filter(({ decisionId }) => isDenied(decisionId))
    await this.write({ ...batch, decisions })
  }

  close(): void {
    this.#database.close()
  }
}
