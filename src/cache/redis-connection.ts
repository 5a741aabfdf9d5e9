/**
 * A connection to Redis. It reconnects quickly and without a limit of attempts, and every wait has a timeout.
 *
 * @module
 */

import { X509Certificate } from 'node:crypto'
import { createSecureContext } from 'node:tls'
import { Redis, type RedisOptions, ReplyError } from 'ioredis'
import { ownMessageOf } from '../model/certificate-error.ts'
import { SCRIPTS } from './redis-scripts.ts'

export type RedisCacheOptions = Readonly<{
  /** The Redis server, or all Sentinels. */
  nodes: readonly Readonly<{ host: string; port: number }>[]
  /** The master's name at the Sentinels. */
  sentinel?: string
  database: number
  /** User name for the server. No credentials are sent to Sentinels. */
  username?: string
  password?: string
  /**
   * TLS settings for the server and the Sentinels. `ca` is PEM text that replaces the certificate authorities of
   * Node.js.
   */
  tls: false | Readonly<{ ca?: string }>
  /** Called once when a problem begins, for each of the two connections. The error never contains a password. */
  onError?: (error: Error) => void
}>

/** Limits of a connection, in milliseconds. */
export type ConnectionLimits = Readonly<{
  connectMs: number
  /** Maximum silence while a response is due. After it, the connection is replaced. */
  silenceMs: number
}>

const MAX_PAUSE_MS = 500
const KEEP_ALIVE_MS = 5_000

/** Options that send each command at most once, and only if the connection is up. */
const CONNECTION_OPTIONS = {
  connectionName: 'ews-gateway',
  disableClientInfo: true,
  enableOfflineQueue: false,
  maxRetriesPerRequest: 0,
  autoResendUnfulfilledCommands: false,
  autoResubscribe: false,
  // Doesn't wait on disconnect, because a server that does not respond would not close its side either.
  disconnectTimeout: 0,
  keepAlive: KEEP_ALIVE_MS,
  retryStrategy: attempts => Math.min(attempts * 50, MAX_PAUSE_MS),
  sentinelRetryStrategy: attempts => Math.min(attempts * 50, MAX_PAUSE_MS),
  // Reconnects if the master has become a replica. The address or the Sentinels then lead to the new master.
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

  /** Records that the connection works, which ends a problem. */
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

/** Loads the certificates when the cache is created, so that an invalid one is an error at startup. */
function trustOf(ca: string | undefined) {
  if (ca === undefined) return { rejectUnauthorized: true }
  // createSecureContext() treats text without a certificate as an empty list.
  new X509Certificate(ca)
  return { rejectUnauthorized: true, secureContext: createSecureContext({ ca }) }
}

function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  // An AggregateError, thrown if several addresses reject the connection, has no message.
  if (error instanceof AggregateError) return [...new Set(error.errors.map(messageOf))].join(', ')
  if (error.name === 'MaxRetriesPerRequestError') return 'the connection was lost'
  return error instanceof ReplyError ? `it answered: ${error.message}` : ownMessageOf(error)
}
