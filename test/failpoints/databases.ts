/**
 * Makes points of the statements by which store and history change their databases.
 *
 * @module
 */

import { DatabaseSync, StatementSync } from 'node:sqlite'
import pg from 'pg'
import { begin, reach } from './points.ts'

/** Table that each connection has changed last in its transaction; empty if it has changed none. */
const transactions = new WeakMap<object, string>()

const SQLITE_FULL = 13

/** Fails on the server, and with it the transaction. */
const POSTGRES_FULL = `do $$ begin
  raise exception 'could not extend file: No space left on device' using errcode = '53100';
end $$`

/** Returns the name of a statement that changes the database at once, or of a commit; undefined for all others. */
function nameOf(connection: object, text: string): string | undefined {
  const [, verb = '', table = ''] = CHANGE.exec(text) ?? []
  const last = transactions.get(connection)
  if (/^\s*begin/i.test(text)) transactions.set(connection, '')
  else if (/^\s*(commit|rollback)/i.test(text)) transactions.delete(connection)
  else if (last !== undefined && verb !== '') transactions.set(connection, table)
  else if (verb !== '') return `${verb.toLowerCase()} ${table}`
  return last && /^\s*commit/i.test(text) ? `commit ${last}` : undefined
}

const CHANGE = /^\s*(insert into|update|delete from)\s+"?(\w+)/i

export function watchSqlite(): void {
  const { exec, prepare } = DatabaseSync.prototype
  const prepared = new WeakMap<object, Readonly<{ database: DatabaseSync; text: string }>>()
  const at = <T>(database: DatabaseSync, text: string, call: () => T): T => {
    const name = nameOf(database, text)
    if (name === undefined) return call()
    const point = begin(name)
    if (point === undefined) {
      // SQLite ends the transaction by itself.
      if (database.isTransaction) exec.call(database, 'rollback')
      throw Object.assign(new Error('database or disk is full'), { errcode: SQLITE_FULL })
    }
    const result = call()
    reach(`after ${point}`)
    return result
  }
  DatabaseSync.prototype.exec = function (text) {
    at(this, text, () => exec.call(this, text))
  }
  DatabaseSync.prototype.prepare = function (text) {
    const statement = prepare.call(this, text)
    prepared.set(statement, { database: this, text })
    return statement
  }
  for (const method of ['run', 'all'] as const) {
    const original = StatementSync.prototype[method] as (...values: unknown[]) => never
    StatementSync.prototype[method] = function (this: StatementSync, ...values: unknown[]) {
      const { database, text } = prepared.get(this) ?? {}
      const call = () => original.apply(this, values)
      return database && text !== undefined ? at(database, text, call) : call()
    }
  }
}

export function watchPostgres(): void {
  const query = pg.Client.prototype.query as (...given: unknown[]) => Promise<unknown>
  const watched = async function (this: pg.Client, text: unknown, values?: unknown) {
    const name = typeof text === 'string' ? nameOf(this, text) : undefined
    if (name === undefined) return await query.call(this, text, values)
    const point = begin(name)
    if (point === undefined) return await query.call(this, POSTGRES_FULL)
    const result = await query.call(this, text, values)
    reach(`after ${point}`)
    return result
  }
  pg.Client.prototype.query = watched as typeof pg.Client.prototype.query
}
