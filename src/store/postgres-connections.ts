/**
 * Connections to PostgreSQL with a deadline for every wait.
 *
 * A frozen server, or a network that drops packets, never responds and never closes the connection, so the gateway
 * limits every wait. The server has timeouts, too, so that it stops working for a client that has disconnected.
 *
 * @module
 */

import { setImmediate } from 'node:timers'
import type { PostgresPool, PostgresPoolClient } from 'kysely'
import { DatabaseError, Pool, type PoolClient, type PoolConfig, type QueryResult } from 'pg'
import { ownMessageOf } from '../model/certificate-error.ts'

/** A connection broke, or could not be opened. It is unknown whether the statement was run. */
export class ConnectionLost extends Error {
  override readonly name = 'ConnectionLost'
  /** Statement in progress. Empty if the connection could not be opened. */
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
 * A pool for kysely. A connection that broke or did not respond in time is destroyed. Idle connections are
 * destroyed with it, because they lead to the same server.
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
    // Ignores errors of idle connections, which the pool removes by itself. Without a listener, they would end the
    // process.
    this.#pool.on('error', () => undefined)
    this.#pool.on('connect', client => client.on('error', () => undefined))
  }

  async connect(): Promise<PostgresPoolClient> {
    try {
      const client = await this.#connection()
      const leased = new LeasedConnection(client, this.#deadlineOf, () => this.#discard(client))
      // Omits the support for cursors, because nothing reads a result row by row.
      return leased as Pick<LeasedConnection, 'release'> as PostgresPoolClient
    } catch (error) {
      throw new ConnectionLost(`Cannot connect to PostgreSQL: ${reasonOf(error)}`, '', {
        cause: error,
      })
    }
  }

  /**
   * Closes each connection once it is not in use. Rejects callers that wait for a connection, because the pool
   * would let them wait forever.
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

/** Destroys a connection without notifying the server, which may be unreachable. */
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
  const giveUp = () => reject(new AnswerTimeout(`PostgreSQL did not respond within ${ms} ms`))
  // Waits for one more turn of the event loop, so that a response that arrived while the process was busy is read
  // first.
  const timer = setTimeout(() => setImmediate(giveUp), ms)
  try {
    return await Promise.race([answer, promise])
  } finally {
    clearTimeout(timer)
  }
}

/**
 * Whether the server rejected a statement, and the connection is still usable. It isn't if the server ended the
 * session (codes 08 and 57P), or has become a replica (25006).
 */
export const isAnswer = (error: unknown): boolean =>
  error instanceof DatabaseError && !/^(08|57P|25P03|25006)/.test(error.code ?? '')

/** Returns the reasons of a failure to connect, one for each address of the host. */
function reasonOf(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(reasonOf).join(', ')
  return error instanceof Error ? ownMessageOf(error) : String(error)
}
