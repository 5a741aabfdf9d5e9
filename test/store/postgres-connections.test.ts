import t from 'tap'
import { Connections } from '../../src/store/postgres-connections.ts'
import { withoutPostgres } from '../kit/services/postgres.ts'
import { sharedPostgres } from '../kit/services/shared-postgres.ts'

t.test(
  'Connections.end() fails calls that wait for a connection',
  { skip: withoutPostgres },
  async t => {
    const { host, port, user } = await sharedPostgres()
    const connections = new Connections(
      { host, port, user, database: 'postgres', max: 1 },
      () => 60_000,
    )
    const first = await connections.connect()
    const second = connections.connect()
    const ended = connections.end()
    first.release()
    await ended
    await t.rejects(second, { name: 'ConnectionLost', message: /the connections are closed/ })
  },
)
