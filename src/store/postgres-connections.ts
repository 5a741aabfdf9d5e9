/**
 * Connections to PostgreSQL with a deadline for every wait.
 *
 * A frozen server, or a network that drops packets, never responds and never closes the connection. So
 * every wait ends here. The server also gets timeouts, so that it stops working for a client that is gone.
 *
 * @module
 */

import { setImmediate } from 'node:timers'
import type { PostgresPool, PostgresPoolClient } from 'kysely'
import { DatabaseError, Pool, type PoolClient, type PoolConfig, type QueryResult } from 'pg'

/** A connection that broke, or that could not be opened. Whether the statement ran is unknown. */
export class ConnectionLost extends Error {
  override readonly name = 'ConnectionLost'
  /** Empty if there was no connection. */
  readonly statement: string

  constructor(message: string, statement: string, options: ErrorOptions) {
    super(message, options)
    this.statement = statement
  }
}

/** The server did not respond in time. */
class AnswerTimeout extends Error {
  override readonly name = 'AnswerTimeout'
}

/**
 * A pool for kysely. A connection that broke or did not respond in time is destroyed with its socket, and
 * never used again. Idle connections are destroyed with it, because they lead to the same server.
 */
export class Connections implements PostgresPool {
  readonly options = {}
  readonly #pool: Pool
  readonly #deadlineOf: (statement: string) => number
  /** Callers that wait for a connection. */
  readonly #waiting = new Set<(error: Error) => void>()

  /** @param deadlineOf - returns the maximum wait for a response, in milliseconds */
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
      // Cursors are left out, because nothing reads a result row by row.
      return leased as Pick<LeasedConnection, 'release'> as PostgresPoolClient
    } catch (error) {
      throw new ConnectionLost(`Cannot connect to PostgreSQL: ${reasonOf(error)}`, '', {
        cause: error,
      })
    }
  }

  /**
   * Closes the connections when they are free. The pool itself would never respond to callers that wait for
   * one.
   */
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

/** Destroys a connection without a message to the server, which can be gone. */
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
          : new ConnectionLost(
              `The connection to PostgreSQL was lost (${reasonOf(error)}); the next statement uses another`,
              statement,
              {
                cause: error,
              },
            )
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
  const giveUp = () =>
    reject(new AnswerTimeout(`There was no answer within ${ms} ms from PostgreSQL`))
  // Data that arrived while the process was busy is read first.
  const timer = setTimeout(() => setImmediate(giveUp), ms)
  try {
    return await Promise.race([answer, promise])
  } finally {
    clearTimeout(timer)
  }
}

/**
 * Whether the server rejected a statement and the session continues. It doesn't if the server ends the
 * session (08, 57P), or if the server has become a replica (25006).
 */
export const isAnswer = (error: unknown): boolean =>
  error instanceof DatabaseError && !/^(08|57P|25P03|25006)/.test(error.code ?? '')

/** Returns the reason for each address of a host. */
function reasonOf(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(reasonOf).join(', ')
  return error instanceof Error ? error.message : String(error)
}
