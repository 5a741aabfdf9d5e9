/**
 * A connection to Redis: made again quickly and for ever, and never waited for in silence.
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
  /** Of the server. Sentinels are asked without credentials. */
  username?: string
  password?: string
  /** Of the server and the Sentinels; `ca` is PEM text, in place of the authorities of Node.js. */
  tls: false | Readonly<{ ca?: string }>
  /**
   * Told when trouble begins, by each of two connections, and not again until it has ended; never
   * with a password.
   */
  onError?: (error: Error) => void
}>

/** Limits of a connection, in milliseconds. */
export type ConnectionLimits = Readonly<{
  connectMs: number
  /** Silence that ends the connection while an answer is due. */
  silenceMs: number
}>

const MAX_PAUSE_MS = 500
const KEEP_ALIVE_MS = 5_000

/** What is sent once, at once, or not at all. */
const CONNECTION_OPTIONS = {
  connectionName: 'ews-gateway',
  disableClientInfo: true,
  enableOfflineQueue: false,
  maxRetriesPerRequest: 0,
  autoResendUnfulfilledCommands: false,
  autoResubscribe: false,
  // A connection that does not answer would not take part in its own end either.
  disconnectTimeout: 0,
  keepAlive: KEEP_ALIVE_MS,
  retryStrategy: attempts => Math.min(attempts * 50, MAX_PAUSE_MS),
  sentinelRetryStrategy: attempts => Math.min(attempts * 50, MAX_PAUSE_MS),
  // A master that was made a replica: its name leads elsewhere by now.
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

  /** Trouble is over. */
  works(): void {
    this.#isWell = true
  }

  /** Tells of trouble where it is new. */
  failed(error: unknown): Error {
    const told = this.errorOf(error)
    if (this.#isWell) this.#onError?.(told)
    this.#isWell = false
    return told
  }

  /** Without the cause: to its errors ioredis pins what was sent, passwords too. */
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

/** Made here, so that a bad certificate is an error of the start. */
function trustOf(ca: string | undefined) {
  if (ca === undefined) return { rejectUnauthorized: true }
  // For createSecureContext(), text without any certificate is a list of none.
  new X509Certificate(ca)
  return { rejectUnauthorized: true, secureContext: createSecureContext({ ca }) }
}

function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  // Several addresses that all refuse are one error without words.
  if (error instanceof AggregateError) return [...new Set(error.errors.map(messageOf))].join(', ')
  if (error.name === 'MaxRetriesPerRequestError') return 'the connection was lost'
  return error instanceof ReplyError ? `it answered: ${error.message}` : error.message
}
