/**
 * Accesses the history's SQLite file in a worker thread, because SQLite in Node.js blocks its thread.
 *
 * It receives {@link Request} messages and sends {@link Reply} messages.
 *
 * @module
 */

import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite'
import { parentPort, workerData } from 'node:worker_threads'
import type { Lines } from '../audit/reader.ts'
import { consumeLines, newMemories } from './consume.ts'
import { Rejected } from './history.ts'
import type { Row, Statement, Transaction } from './transaction.ts'

export type Request =
  | Readonly<{ id: number; kind: 'query'; text: string; parameters: readonly unknown[] }>
  | Readonly<{ id: number; kind: 'consume'; lines: Lines; organizationId: string | undefined }>
  | Readonly<{ id: number; kind: 'close' }>

/**
 * Reply of the thread. The first one is `ready`, or `failed` with the ID 0. `changes` is the number of changed or
 * counted rows.
 */
export type Reply =
  | Readonly<{ id: 0; kind: 'ready' }>
  | Readonly<{ id: number; kind: 'done'; rows: readonly unknown[]; changes: number }>
  | Readonly<{ id: number; kind: 'failed'; message: string; isPermanent: boolean }>

/** Maximum wait for another process that has locked the file. */
const TIMEOUT_MS = 5_000

/** Maximum number of cached prepared statements. */
const STATEMENTS = 64

/** Number of rows in one statement. The remaining rows are inserted one by one, so that few statements are prepared. */
const ROWS = 32

/**
 * Maximum size of SQLite's page cache. It fills within minutes under load. The pages that batches change are far fewer,
 * and the operating system caches the others.
 */
const CACHE_KIB = 16_384

/** Page size in bytes. A record of up to a quarter of a page is stored in the table's tree itself. */
const PAGE = 8_192

function open(file: string): DatabaseSync {
  const database = new DatabaseSync(file, { timeout: TIMEOUT_MS })
  database.exec(`pragma page_size = ${PAGE}`)
  database.exec('pragma journal_mode = wal')
  // After a loss of power, the last records and their position can be missing. They are read from the journal
  // again.
  database.exec('pragma synchronous = normal')
  database.exec(`pragma cache_size = -${CACHE_KIB}`)
  return database
}

function serve(database: DatabaseSync, answer: (reply: Reply) => void) {
  const known = new Map<string, StatementSync>()
  const memories = newMemories()
  const statementOf = (text: string) => {
    const statement = known.get(text) ?? database.prepare(text)
    if (known.size >= STATEMENTS) known.clear()
    known.set(text, statement)
    return statement
  }

  const query = (text: string, parameters: readonly unknown[]) => {
    const statement = statementOf(text)
    const values = parameters as SQLInputValue[]
    if (statement.columns().length > 0) return { rows: statement.all(...values), changes: 0 }
    return { rows: [], changes: Number(statement.run(...values).changes) }
  }

  const runSome = (text: Statement['text'], rows: Statement['rows']) => {
    const row = `(${rows[0]?.map(() => '?').join()})`
    return statementOf(text(rows.map(() => row).join())).all(...rows.flat()) as Row[]
  }

  const transaction: Transaction = {
    run: async ({ text, rows }) => {
      const results: Row[] = []
      for (let from = 0; from < rows.length; ) {
        const count = from + ROWS <= rows.length ? ROWS : 1
        results.push(...runSome(text, rows.slice(from, from + count)))
        from += count
      }
      return results
    },
  }

  const consume = async (lines: Lines, organizationId: string | undefined) => {
    database.exec('begin immediate')
    try {
      const changes = await consumeLines(transaction, memories, lines, organizationId)
      database.exec('commit')
      return { rows: [], changes }
    } catch (error) {
      if (database.isTransaction) database.exec('rollback')
      throw error
    }
  }

  const carryOut = async (request: Request) => {
    if (request.kind === 'query') return query(request.text, request.parameters)
    if (request.kind === 'consume') return await consume(request.lines, request.organizationId)
    database.close()
    return { rows: [], changes: 0 }
  }

  return async (request: Request) => {
    const { id } = request
    try {
      answer({ id, kind: 'done', ...(await carryOut(request)) })
    } catch (error) {
      answer({ id, kind: 'failed', ...failureOf(error) })
    }
  }
}

/** Result codes of SQLite for rejected values: too long, violating a constraint, or of a wrong type. */
const OF_VALUES: ReadonlySet<number> = new Set([18, 19, 20])

function failureOf(error: unknown) {
  const message = error instanceof Error ? error.message : String(error)
  if (error instanceof Rejected) return { message, isPermanent: error.isPermanent }
  const code = error instanceof Error && 'errcode' in error ? Number(error.errcode) : 0
  return { message, isPermanent: OF_VALUES.has(code & 0xff) }
}

const port = parentPort
if (port) {
  const answer = (reply: Reply) => port.postMessage(reply)
  try {
    const handle = serve(open(workerData as string), answer)
    let handling = Promise.resolve()
    port.on('message', (request: Request) => {
      // Handles requests one after another, so that a query during a transaction does not become part of it.
      handling = handling.then(() => handle(request))
      if (request.kind === 'close') void handling.then(() => port.close())
    })
    // Frees what loading modules left, for which an idle thread would allocate too little.
    void globalThis.gc?.({ type: 'major', execution: 'sync', flavor: 'last-resort' })
    answer({ id: 0, kind: 'ready' })
  } catch (error) {
    answer({ id: 0, kind: 'failed', ...failureOf(error) })
    port.close()
  }
}
