/**
 * The thread that has the history's SQLite file: Node's SQLite blocks whoever asks it.
 *
 * Runs as a worker; what it is asked and answers are {@link Request} and {@link Reply}.
 *
 * @module
 */

import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite'
import { parentPort, workerData } from 'node:worker_threads'
import { type Rows, release, unpack } from './bulk.ts'

export type Request =
  | Readonly<{ id: number; kind: 'query'; text: string; parameters: readonly unknown[] }>
  | Readonly<{ id: number; kind: 'bulk'; guard: Statement; statements: readonly Statement[] }>
  | Readonly<{ id: number; kind: 'close' }>

/** A statement that is run for each of many rows. */
export type Statement = Readonly<{ text: string; width: number; rows: readonly Rows[] }>

/** `ready` comes first, or `failed` with the id 0. */
export type Reply =
  | Readonly<{ id: 0; kind: 'ready' }>
  | Readonly<{ id: number; kind: 'done'; rows: readonly unknown[]; changes: number }>
  | Readonly<{ id: number; kind: 'failed'; message: string }>

/** For another process that has the file. */
const TIMEOUT_MS = 5_000

/** Prepared statements that are kept. */
const STATEMENTS = 64

/** Filled only as far as it is used. */
const CACHE_KIB = 65_536

/** Bytes: of a record within its table's tree a quarter of a page has room. */
const PAGE = 8_192

function open(file: string): DatabaseSync {
  const database = new DatabaseSync(file, { timeout: TIMEOUT_MS })
  database.exec(`pragma page_size = ${PAGE}`)
  database.exec('pragma journal_mode = wal')
  // The audit journal is the record: what a loss of power takes from the history stands there.
  database.exec('pragma synchronous = normal')
  database.exec(`pragma cache_size = -${CACHE_KIB}`)
  return database
}

function serve(database: DatabaseSync, answer: (reply: Reply) => void) {
  const known = new Map<string, StatementSync>()
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

  const bulk = (guard: Statement, statements: readonly Statement[]) => {
    database.exec('begin immediate')
    try {
      const changes = runAll(guard)
      if (changes > 0) for (const statement of statements) runAll(statement)
      database.exec('commit')
      return { rows: [], changes }
    } catch (error) {
      if (database.isTransaction) database.exec('rollback')
      throw error
    }
  }

  const runAll = ({ text, width, rows }: Statement) => {
    const statement = statementOf(text)
    let changes = 0
    for (const some of rows) {
      for (const row of unpack(some, width)) changes += Number(statement.run(...row).changes)
      release(some)
    }
    return changes
  }

  return (request: Request) => {
    const { id } = request
    try {
      if (request.kind === 'close') database.close()
      const result =
        request.kind === 'query'
          ? query(request.text, request.parameters)
          : request.kind === 'bulk'
            ? bulk(request.guard, request.statements)
            : { rows: [], changes: 0 }
      answer({ id, kind: 'done', ...result })
    } catch (error) {
      answer({ id, kind: 'failed', message: messageOf(error) })
    }
  }
}

const messageOf = (error: unknown) => (error instanceof Error ? error.message : String(error))

const port = parentPort
if (port) {
  const answer = (reply: Reply) => port.postMessage(reply)
  try {
    const handle = serve(open(workerData as string), answer)
    port.on('message', (request: Request) => {
      handle(request)
      if (request.kind === 'close') port.close()
    })
    answer({ id: 0, kind: 'ready' })
  } catch (error) {
    answer({ id: 0, kind: 'failed', message: messageOf(error) })
    port.close()
  }
}
