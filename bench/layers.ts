/**
 * Cost of a request by the layer that has its user: the process, the shared cache, or only the store.
 *
 * Two gateways share a store and a Redis. In each round, the first gateway gets requests for new users, which it reads from
 * the store. The second gets requests for the users of the round before, first from Redis, and then again from its own
 * memory. Every request has another user, so all rows have equally many prologues.
 *
 * @module
 */

import { PostgresServer, withoutPostgres } from '../test/kit/services/postgres.ts'
import type { BenchEnvironment } from './environment.ts'
import { type GatewayProcess, subjectOf } from './gateway.ts'
import { envelope, FIND_ITEM, NUMBER } from './requests.ts'
import { inRounds, type Measured, percent, warm } from './rounds.ts'
import { figure, type Table } from './table.ts'

const ROUNDS = 7
/** Requests, and users, of a round; it has time enough for them. */
const ASKED = 2_500
const PATIENCE_SECONDS = 10
const USERS = (ROUNDS + 2) * ASKED

export async function layers(
  environment: BenchEnvironment,
  redis: string | undefined,
): Promise<{ tables: readonly Table[]; skipped: readonly string[] }> {
  const alone = await environment.gateway({ name: 'alone', users: USERS })
  const measured = [row(environment, 'from the store, SQLite', alone, 2)]
  const skipped: string[] = []
  const postgres = withoutPostgres ? undefined : await PostgresServer.start()
  try {
    if (postgres === undefined) skipped.push('PostgreSQL')
    else if (redis !== undefined) {
      const store = postgres.url(await postgres.createDatabase())
      const first = await environment.gateway({ name: 'layers', users: USERS, cache: redis, store })
      const second = await environment.second(first)
      measured.push(
        row(environment, 'from the store, PostgreSQL, and put into Redis', first, 2),
        row(environment, 'from Redis', second, 1),
        row(environment, 'in the process', second, 0),
      )
    }
    for (const each of measured) await warm(each)
    const figures = await inRounds(measured, ROUNDS)
    const rows = figures.map(each => [
      each.name,
      figure(each.cpuMicroseconds),
      percent(each.spread),
      figure(each.requestsPerSecond),
    ])
    const note = 'CPU is the gateway’s, without that of PostgreSQL and Redis.'
    const columns = ['', 'CPU µs/request', '±', 'requests/s']
    return { skipped, tables: [{ title: 'Where a user is read from', columns, rows, note }] }
  } finally {
    await postgres?.stop()
  }
}

/** @param ahead - rounds that these users are ahead of those that the process knows */
const row = (
  environment: BenchEnvironment,
  name: string,
  gateway: GatewayProcess,
  ahead: number,
): Measured => ({
  subject: subjectOf(name, gateway, gateway.basic),
  options: {
    folder: environment.folder,
    bodyFile: environment.body(envelope(FIND_ITEM, { address: `user-${NUMBER}@example.com` })),
    seconds: PATIENCE_SECONDS,
    most: ASKED,
    numbers: ASKED,
  },
  // The round of warming is -1, in which nothing is known yet.
  inRound: round => ({ from: Math.max(0, round + ahead) * ASKED }),
})
