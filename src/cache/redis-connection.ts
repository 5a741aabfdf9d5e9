/**
 * A connection to Redis. It reconnects quickly and permanently, and every wait has a limit.
 *
 * @module
 */

import { X509Certificate } from 'node:crypto'
import { createSecureContext } from 'node:tls'
import { Redis, type RedisOptions, ReplyError } from 'ioredis'
import { SCRIPTS } from './redis-scripts.ts'

export type RedisCacheOptions = Readonly<{
  /** The server, or all the Sentinels. */
  nodes: readonly Readonly<{ host: string; port: number }>[]
  /** The master's name at the Sentinels. */
  sentinel?: string
  database: number
  /** User name at the server. Sentinels are asked without credentials. */
  username?: string
  password?: string
  /** Settings for the server and the Sentinels. `ca` is PEM text that replaces the authorities of Node.js. */
  tls: false | Readonly<{ ca?: string }>
  /**
   * Called when a problem begins, by each of two connections, and not again until it has ended. The error
   * never contains a password.
   */
  onError?: (error: Error) => void
}>

/** Limits of a connection, in milliseconds. */
export type ConnectionLimits = Readonly<{
  connectMs: number
  /** Silence that ends the connection while a response is due. */
  silenceMs: number
}>

const MAX_PAUSE_MS = 500
const KEEP_ALIVE_MS = 5_000

/** Options with which a command is sent once, immediately, or not at all. */
const CONNECTION_OPTIONS = {
  connectionName: 'ews-gateway',
  disableClientInfo: true,
  enableOfflineQueue: false,
  maxRetriesPerRequest: 0,
  autoResendUnfulfilledCommands: false,
  autoResubscribe: false,
  // A connection that does not respond would not take part in closing it either.
  disconnectTimeout: 0,
  keepAlive: KEEP_ALIVE_MS,
  retryStrategy: attempts => Math.min(attempts * 50, MAX_PAUSE_MS),
  sentinelRetryStrategy: attempts => Math.min(attempts * 50, MAX_PAUSE_MS),
  // A master that became a replica. Its name leads to another server by now.
  reconnectOnError: ({ message }) => message.startsWith('READONLY'),
} satisfies RedisOptions

export class Connection {
  readonly redis: Redis
  readonly #where: string
  readonly #onError: RedisCacheOptions['onError']
  #isWell = true

  constructor(options: RedisCacheOptions, limits: ConnectionLimits) {
    const { nodes, sentinel, onError } = options
    const servers = nodes.map(({ host, port }) => `${host}:${port}`).join(', ')
    this.#where = sentinel === undefined ? servers : `${sentinel} of ${servers}`
    this.#onError = onError
    this.redis = new Redis({
      ...CONNECTION_OPTIONS,
      connectTimeout: limits.connectMs,
      maxLoadingRetryTime: limits.connectMs,
      socketTimeout: limits.silenceMs,
      sentinelCommandTimeout: limits.silenceMs,
      ...serverOf(options),
      scripts: SCRIPTS,
    })
    this.redis.on('error', error => this.failed(error)).on('ready', () => this.works())
  }

  get isReady(): boolean {
    return this.redis.status === 'ready' && this.redis.stream.writable
  }

  /** Ends a problem. */
  works(): void {
    this.#isWell = true
  }

  /** Reports a problem if it is new. */
  failed(error: unknown): Error {
    const told = this.errorOf(error)
    if (this.#isWell) this.#onError?.(told)
    this.#isWell = false
    return told
  }

  /** Returns an error without its cause, because ioredis adds the sent commands, including passwords. */
  errorOf(error: unknown): Error {
    return new Error(`Redis at ${this.#where}: ${messageOf(error)}`)
  }

  async close(): Promise<void> {
    const { redis } = this
    const isOpen = redis.status === 'ready' || redis.status === 'connect'
    const { promise, resolve } = Promise.withResolvers<void>()
    redis.once('end', resolve)
    redis.disconnect()
    if (isOpen) await promise
  }
}

function serverOf({ nodes, sentinel, database, username, password, tls }: RedisCacheOptions) {
  const identity = {
    db: database,
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
  }
  const trust = tls === false ? undefined : trustOf(tls.ca)
  if (sentinel === undefined) return { ...identity, ...nodes[0], ...(trust && { tls: trust }) }

  const sentinels = nodes.map(node => ({ ...node }))
  const named = { ...identity, sentinels, name: sentinel }
  if (trust === undefined) return named
  return { ...named, tls: trust, sentinelTLS: trust, enableTLSForSentinelMode: true }
}

/** Created here, so that a bad certificate is an error at startup. */
function trustOf(ca: string | undefined) {
  if (ca === undefined) return { rejectUnauthorized: true }
  // createSecureContext() treats text without a certificate as an empty list.
  new X509Certificate(ca)
  return { rejectUnauthorized: true, secureContext: createSecureContext({ ca }) }
}

function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  // If several addresses reject the connection, the error has no message.
  if (error instanceof AggregateError) return [...new Set(error.errors.map(messageOf))].join(', ')
  if (error.name === 'MaxRetriesPerRequestError') return 'the connection was lost'
  return error instanceof ReplyError ? `it answered: ${error.message}` : error.message
}
