/**
 * Runs SQLite in a thread of its own, behind kysely's database interface.
 *
 * @module
 */

import { Worker } from 'node:worker_threads'
import {
  type CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type QueryResult,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from 'kysely'
import type { Lines } from '../audit/reader.ts'
import { Rejected } from './history.ts'
import type { Reply, Request } from './sqlite-worker.ts'

/** The worker is a source file in a checkout, and a compiled file in a package. */
const WORKER = new URL(
  import.meta.url.endsWith('.ts') ? './sqlite-worker.ts' : './sqlite-worker.js',
  import.meta.url,
)

type Done = Extract<Reply, { kind: 'done' }>
type Unnumbered<T> = T extends unknown ? Omit<T, 'id'> : never
type Waiting = Readonly<{ resolve: (done: Done) => void; reject: (error: Error) => void }>

/** Sends requests to the thread. Replies arrive in the order of the requests. */
export class SqliteThread {
  readonly #worker: Worker
  readonly #waiting = new Map<number, Waiting>()
  #last = 0
  #ended: Error | undefined

  private constructor(worker: Worker) {
    this.#worker = worker
    worker.unref()
  }

  /** @throws Error that says why the file cannot be used */
  static async start(file: string): Promise<SqliteThread> {
    const worker = new Worker(WORKER, {
      workerData: file,
      execArgv: [],
      stdout: false,
    })
    const thread = new SqliteThread(worker)
    const ready = Promise.withResolvers<Done>()
    thread.#waiting.set(0, ready)
    worker.on('message', (reply: Reply) => thread.#settle(reply))
    worker.on('error', error => thread.#end(error))
    worker.on('exit', () => thread.#end(new Error('The thread of the history has ended')))
    worker.ref()
    await ready.promise
    return thread
  }

  /** @returns the number of denials that are only counted */
  async consume(lines: Lines, organizationId: string | undefined): Promise<number> {
    return (await this.#ask({ kind: 'consume', lines, organizationId })).changes
  }

  async query<R>({ sql: text, parameters }: CompiledQuery): Promise<QueryResult<R>> {
    const { rows, changes } = await this.#ask({ kind: 'query', text, parameters })
    return { rows: rows as R[], numAffectedRows: BigInt(changes) }
  }

  async close(): Promise<void> {
    if (!this.#ended) await this.#ask({ kind: 'close' }).catch(() => undefined)
    await this.#worker.terminate()
  }

  #ask(request: Unnumbered<Request>): Promise<Done> {
    if (this.#ended) return Promise.reject(this.#ended)
    this.#last += 1
    const { promise, ...waiting } = Promise.withResolvers<Done>()
    this.#waiting.set(this.#last, waiting)
    this.#worker.ref()
    this.#worker.postMessage({ id: this.#last, ...request } satisfies Request)
    return promise
  }

  #settle(reply: Reply): void {
    const waiting = this.#waiting.get(reply.id)
    this.#waiting.delete(reply.id)
    // Lets the process exit while no request is in progress.
    if (this.#waiting.size === 0) this.#worker.unref()
    if (reply.kind === 'failed') waiting?.reject(new Rejected(reply.message, reply.isPermanent))
    else waiting?.resolve(reply.kind === 'ready' ? NOTHING : reply)
  }

  #end(error: Error): void {
    this.#ended ??= error
    for (const { reject } of this.#waiting.values()) reject(this.#ended)
    this.#waiting.clear()
  }
}

const NOTHING: Done = { id: 0, kind: 'done', rows: [], changes: 0 }

/** Returns a kysely dialect that sends queries to the thread. The thread itself runs the transactions. */
export function dialectOf(thread: SqliteThread): Dialect {
  const unknown = async () => {
    throw new TypeError('There are no transactions in this thread')
  }
  const connection: DatabaseConnection = {
    executeQuery: query => thread.query(query),
    // biome-ignore lint/correctness/useYield: nothing streams a result
    async *streamQuery() {
      throw new TypeError('There are no cursors in this thread')
    },
  }
  return {
    createAdapter: () => new SqliteAdapter(),
    createQueryCompiler: () => new SqliteQueryCompiler(),
    createIntrospector: db => new SqliteIntrospector(db),
    createDriver: () => ({
      init: async () => undefined,
      acquireConnection: async () => connection,
      releaseConnection: async () => undefined,
      beginTransaction: unknown,
      commitTransaction: unknown,
      rollbackTransaction: unknown,
      destroy: () => thread.close(),
    }),
  }
}
