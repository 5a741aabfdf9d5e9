/**
 * Connections to PostgreSQL that nobody waits for without end.
 *
 * A server that is frozen, or a network that swallows packets, never answers and never closes the
 * connection either, so every wait has a deadline here; what the server is told of it besides makes
 * it stop working for somebody who has gone.
 *
 * @module
 */

import { setImmediate } from 'node:timers'
import type { PostgresPool, PostgresPoolClient } from 'kysely'
import { DatabaseError, Pool, type PoolClient, type PoolConfig, type QueryResult } from 'pg'

/** A connection that broke, or one that could not be made. Whether the statement ran is unknown. */
export class ConnectionLost extends Error {
  override readonly name = 'ConnectionLost'
  /** Empty where there was no connection yet. */
  readonly statement: string

  constructor(message: string, statement: string, options: ErrorOptions) {
    super(message, options)
    this.statement = statement
  }
}

/** No answer in time. */
class AnswerTimeout extends Error {
  override readonly name = 'AnswerTimeout'
}

/**
 * A pool as kysely wants it. A connection that broke or did not answer in time is destroyed, with
 * its socket, and never lent again; those that lie idle beside it go with it, for they lead to the
 * same place: one failure is enough.
 */
export class Connections implements PostgresPool {
  readonly options = {}
  readonly #pool: Pool
  readonly #deadlineOf: (statement: string) => number
  /** Those who wait for a connection. */
  readonly #waiting = new Set<(error: Error) => void>()

  /** @param deadlineOf - how long an answer may take, in milliseconds */
  constructor(config: PoolConfig, deadlineOf: (statement: string) => number) {
    this.#deadlineOf = deadlineOf
    this.#pool = new Pool(config)
    // Idle connections that break are removed by the pool; without listeners the process would end.
    this.#pool.on('error', () => undefined)
    this.#pool.on('connect', client => client.on('error', () => undefined))
  }

  async connect(): Promise<PostgresPoolClient> {
    try {
      const client = await this.#connection()
      const leased = new LeasedConnection(client, this.#deadlineOf, () => this.#discard(client))
      // Without cursors: nothing reads a result row by row.
      return leased as Pick<LeasedConnection, 'release'> as PostgresPoolClient
    } catch (error) {
      throw new ConnectionLost(`There is no connection: ${reasonOf(error)}`, '', { cause: error })
    }
  }

  /** Closes the connections when they are free. The pool itself would never answer those who wait for one. */
  async end(): Promise<void> {
    await this.#pool.end()
    for (const reject of this.#waiting) reject(new Error('the connections are closed'))
  }

  #connection(): Promise<PoolClient> {
    const { promise, resolve, reject } = Promise.withResolvers<PoolClient>()
    this.#waiting.add(reject)
    this.#pool.connect().then(resolve, reject)
    return promise.finally(() => this.#waiting.delete(reject))
  }

  #discard(broken: PoolClient) {
    destroy(broken)
    for (let idle = this.#pool.idleCount; idle > 0; idle -= 1)
      this.#pool.connect().then(destroy, () => undefined)
  }
}

/** Without good-byes: nobody may be there to read them. */
function destroy(client: PoolClient) {
  client.release(true)
  client.connection.stream.destroy()
}

class LeasedConnection implements Pick<PostgresPoolClient, 'release'> {
  readonly #client: PoolClient
  readonly #deadlineOf: (statement: string) => number
  readonly #discard: () => void
  #broken: Error | undefined

  constructor(client: PoolClient, deadlineOf: (statement: string) => number, discard: () => void) {
    this.#client = client
    this.#deadlineOf = deadlineOf
    this.#discard = discard
  }

  async query(statement: string, parameters: readonly unknown[] = []): Promise<QueryResult> {
    if (this.#broken) throw this.#broken
    try {
      const answer = this.#client.query(statement, [...parameters])
      return await within(this.#deadlineOf(statement), answer)
    } catch (error) {
      if (isAnswer(error)) throw error
      this.#broken =
        error instanceof AnswerTimeout
          ? error
          : new ConnectionLost(`The connection was lost: ${reasonOf(error)}`, statement, {
              cause: error,
            })
      throw this.#broken
    }
  }

  release(discard = false): void {
    if (discard || this.#broken) this.#discard()
    else this.#client.release()
  }
}

async function within<T>(ms: number, answer: Promise<T>): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>()
  const giveUp = () => reject(new AnswerTimeout(`There was no answer within ${ms} ms`))
  // What arrived while the process was busy is read first.
  const timer = setTimeout(() => setImmediate(giveUp), ms)
  try {
    return await Promise.race([answer, promise])
  } finally {
    clearTimeout(timer)
  }
}

/**
 * Whether the server refused a statement and goes on. It does not when it ends the session (08, 57P),
 * and a session with a server that has become a replica (25006) is no use.
 */
export const isAnswer = (error: unknown): boolean =>
  error instanceof DatabaseError && !/^(08|57P|25P03|25006)/.test(error.code ?? '')

/** Of a host with several addresses, each has its own reason. */
function reasonOf(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(reasonOf).join(', ')
  return error instanceof Error ? error.message : String(error)
}
