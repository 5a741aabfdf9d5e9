/**
 * Gateways whose disk is full from each point on: requests fail as long as their records can't be written. Then everything
 * continues, with nothing lost and nothing there twice.
 */

import t, { type Test } from 'tap'
import { withoutPostgres } from '../kit/services/postgres.ts'
import { checkTrial } from './check.ts'
import { postgres, SQLITE } from './databases-tried.ts'
import { type PointGateway, unvisited } from './gateway.ts'
import { type Database, Trial } from './trial.ts'

async function fullSuite(t: Test, database: Database): Promise<void> {
  const trial = await Trial.start(t, database)
  const gateway = await trial.begin('first')
  await trial.tryAll(gateway, 'first')
  const points = await pointsOf(trial, gateway)
  const visited: string[] = []
  for (const [n, point] of points.entries())
    if (await fillFrom(t, trial, gateway, point, n)) visited.push(point)
  t.strictSame(unvisited(points, visited), [], `visited ${visited.length} of ${points.length}`)
  for (const part of [
    'insert into',
    'commit outbox',
    'write segment',
    'commit history',
    'write copy',
  ])
    t.ok(
      points.some(point => point.includes(part)),
      part,
    )
  t.equal(await gateway.command.kill('SIGTERM'), 0)
  trial.read()
  await checkTrial(t, trial)
}

/** Returns the points that a gateway reaches once it has started. */
async function pointsOf(trial: Trial, gateway: PointGateway): Promise<readonly string[]> {
  const before = gateway.stages.length
  await gateway.free()
  await trial.proceed(gateway, 'complete')
  await trial.tryAll(gateway, 'complete')
  const stages = gateway.stages.slice(before).filter(stage => stage.startsWith('before '))
  return stages.map(stage => stage.slice('before '.length))
}

/** Tries all with a disk that is full from a point on, and again when it has room. @returns whether it was full */
async function fillFrom(t: Test, trial: Trial, gateway: PointGateway, point: string, n: number) {
  await gateway.instruct({ full: point })
  await trial.proceed(gateway, `${n}.full`)
  await trial.tryAll(gateway, `${n}.full`)
  const wasFull = gateway.isFull
  if (wasFull) {
    const { status, text } = await trial.ask(gateway, `${n}.busy`)
    t.match({ status, text }, { status: 500, text: /ErrorServerBusy/ }, point)
  }
  await gateway.free()
  await trial.proceed(gateway, `${n}.free`)
  await trial.tryAll(gateway, `${n}.free`)
  t.match(trial.sent.requests.slice(-2), [{ status: 200 }, { status: 200 }], 'all requests succeed')
  return wasFull
}

t.test('R37 a disk that is full from any point on loses and repeats nothing, on SQLite', t =>
  fullSuite(t, SQLITE),
)

t.test(
  'R37 a disk that is full from any point on loses and repeats nothing, on PostgreSQL',
  { skip: withoutPostgres },
  async t => fullSuite(t, await postgres(t)),
)
