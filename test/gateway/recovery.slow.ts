/**
 * Faults that last: the time until the log names them and requests fail, and from their end to the first success.
 *
 * The times are printed, and only the order of events is tested: a busy machine takes longer.
 */

import { setTimeout } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { diskBelow } from '../kit/full-disk.ts'
import { type GatewayTestServer, startGatewayTestServer } from '../kit/gateway-test-server.ts'
import { collectLog, type LogLine } from '../kit/log-lines.ts'
import { lend } from '../kit/services/lend.ts'
import { PostgresServer, withoutPostgres } from '../kit/services/postgres.ts'
import { noRedis, RedisServer } from '../kit/services/redis.ts'
import { skippableTime } from '../kit/skip-time.ts'
import { until } from '../kit/wire.ts'
import { readyzOf, requestOf, send } from './failure-trials.ts'
import { FaultyUpstream } from './faulty-upstream.ts'

/** Interval of the requests of a client. */
const PACE_MS = 20
/** Longer than states and the limits of the log last. */
const QUIET_MS = 61_000
const MAX_AGE_SECONDS = 4

type Lasting = Readonly<{
  fault: string
  begin: () => Promise<void> | void
  end: () => Promise<void> | void
  /** Message of the log that names it. */
  message: string
  /** `/readyz` while it lasts. */
  readyz: string
  /** Whether requests succeed while it lasts. */
  isSurvived?: boolean
}>

type Sent = Readonly<{ sentAt: number; endedAt: number; code: string }>

/** A client that sends one read after the other. */
class Client {
  readonly sent: Sent[] = []
  readonly #running: Promise<void>
  #stopped = false

  constructor(server: GatewayTestServer) {
    this.#running = this.#run(server)
  }

  /** Returns the first request since a time that succeeded, or failed. */
  first(since: number, isSuccess: boolean): Sent | undefined {
    return this.sent.find(it => it.sentAt >= since && (it.code === 'NoError') === isSuccess)
  }

  async stop(): Promise<void> {
    this.#stopped = true
    await this.#running
  }

  async #run(server: GatewayTestServer): Promise<void> {
    while (!this.#stopped) {
      const sentAt = performance.now()
      const code = await send(server, requestOf('read'))
      this.sent.push({ sentAt, endedAt: performance.now(), code })
      await setTimeout(PACE_MS)
    }
  }
}

const since = (start: number, end: number) => `${Math.max(0, Math.round(end - start))} ms`

async function measure(
  t: Test,
  { server, takeLog }: Readonly<{ server: GatewayTestServer; takeLog: () => LogLine[] }>,
  { fault, begin, end, message, readyz, isSurvived = false }: Lasting,
): Promise<void> {
  takeLog()
  const client = new Client(server)
  const begun = performance.now()
  await begin()
  await until(`the log says: ${message}`, () => takeLog().some(({ msg }) => msg === message))
  const logged = performance.now()
  if (!isSurvived) await until('a request fails', () => client.first(begun, false) !== undefined)
  await until(`/readyz says ${readyz}`, async () => (await readyzOf(server)) === readyz)
  const seen = performance.now()
  await end()
  const ended = performance.now()
  await until('a request succeeds', () => client.first(ended, true) !== undefined)
  await client.stop()
  const failed = client.first(begun, false)
  const success = client.first(ended, true) as Sent
  t.equal(failed === undefined, isSurvived, 'whether requests fail')
  t.comment(
    `${fault}: log line ${since(begun, logged)}, first failure ` +
      `${failed === undefined ? 'none' : since(begun, failed.endedAt)}, /readyz ${since(begun, seen)}; ` +
      `from its end to the first success ${since(ended, success.endedAt)}`,
  )
}

t.test('persistent faults, and the recovery', { skip: withoutPostgres || noRedis }, async t => {
  const postgres = await lend(t, PostgresServer.start())
  const redis = await lend(t, RedisServer.start())
  const upstream = await FaultyUpstream.start(t)
  const database = await postgres.createDatabase()
  const takeLog = collectLog(t)
  const skip = skippableTime(t)
  const server = await startGatewayTestServer(t, {
    upstreamUrl: upstream.url,
    config: {
      store: `postgres://${postgres.user}@127.0.0.1:${postgres.port}/${database}?sslmode=disable`,
      cache: `redis://127.0.0.1:${redis.port}`,
      propagation: { maxAgeSeconds: MAX_AGE_SECONDS },
      log: { level: 'info' },
    },
  })
  upstream.sandbox = server.sandbox
  const disk = diskBelow(t, server.auditFolder)
  const look = 'The poll of the store failed; retrying'
  const faults: readonly Lasting[] = [
    {
      fault: 'the upstream accepts no connection',
      begin: () => upstream.begin('accepts no connection'),
      end: () => upstream.begin('answers'),
      message: 'The upstream serves no requests',
      readyz: 'warn: upstream',
    },
    {
      fault: 'the disk of the audit is full',
      begin: () => disk.fill(),
      end: () => disk.empty(),
      message: 'Cannot write the audit; requests fail until it can be written',
      readyz: 'fail: audit',
    },
    {
      fault: 'PostgreSQL is frozen',
      begin: () => postgres.freeze(),
      end: () => postgres.thaw(),
      message: look,
      readyz: 'fail: policy, store',
    },
    {
      fault: 'PostgreSQL is killed',
      begin: () => postgres.kill(),
      end: () => postgres.restart(),
      message: look,
      readyz: 'fail: policy, store',
    },
    {
      fault: 'Redis is frozen',
      begin: () => redis.freeze(),
      end: () => redis.thaw(),
      message: 'The shared cache failed; retrying',
      readyz: 'warn: cache',
      isSurvived: true,
    },
    {
      fault: 'Redis is killed',
      begin: () => redis.kill(),
      end: () => redis.restart(),
      message: 'No invalidation messages; polling the store every second',
      readyz: 'warn: cache',
      isSurvived: true,
    },
  ]
  for (const lasting of faults) {
    await until(
      'the gateway serves',
      async () => (await send(server, requestOf('read'))) === 'NoError',
    )
    await until('/readyz passes', async () => {
      skip(QUIET_MS)
      return (
        (await send(server, requestOf('read'))) === 'NoError' && (await readyzOf(server)) === 'pass'
      )
    })
    await measure(t, { server, takeLog }, lasting)
  }
})

t.test('credentials that are rejected, and then accepted', async t => {
  const upstream = await FaultyUpstream.start(t)
  const takeLog = collectLog(t)
  const skip = skippableTime(t)
  const server = await startGatewayTestServer(t, {
    upstreamUrl: upstream.url,
    config: { log: { level: 'info' } },
  })
  upstream.sandbox = server.sandbox
  const ask = () => send(server, requestOf('read'))
  t.equal(await ask(), 'NoError')
  takeLog()
  await upstream.begin('answers 401')
  let seconds = 0
  const pass = async (isOver: () => boolean) => {
    for (seconds = 0; !isOver(); seconds += 1) {
      skip(1_000)
      codes.push(await ask())
    }
    return seconds
  }
  const codes: string[] = [await ask()]
  const lines = takeLog()
  const rejected = await pass(() => {
    lines.push(...takeLog())
    return lines.some(({ msg }) => msg === "The upstream rejects the gateway's own account")
  })
  t.equal(lines[0]?.msg, 'Some requests to the upstream fail', 'the first failure is logged')
  t.equal(rejected, 2, 'seconds until the second request decides')
  await upstream.begin('answers')
  const recovery = await pass(() => codes.at(-1) === 'NoError')
  t.ok(recovery <= 60, 'one request is sent a minute after the second rejection')
  t.comment(
    `the upstream answers 401: log line with the first failure, second line after ${rejected} s; ` +
      `from its end to the first success ${recovery} s`,
  )
})
