import t from 'tap'
import { keepHeartbeat } from '../../src/app/heartbeat.ts'
import { openSqlite } from '../../src/store/sqlite.ts'
import type { GatewayInstance } from '../../src/store/store.ts'

const log = { debug: () => undefined }

t.test(
  'keepPresent() lists the gateway until it leaves, and a late heartbeat does not list it again',
  async t => {
    const store = await openSqlite(':memory:')
    t.teardown(() => store.close())
    const written = Promise.withResolvers<void>()
    const leave = keepHeartbeat(
      {
        gateways: () => store.gateways(),
        removeGateway: id => store.removeGateway(id),
        recordHeartbeat: async (gateway: GatewayInstance) => {
          await written.promise
          await store.recordHeartbeat(gateway)
        },
      },
      log,
    )
    const left = leave()
    written.resolve()
    await left
    t.strictSame(await store.gateways(), [])

    const stay = keepHeartbeat(store, log)
    const other = keepHeartbeat(store, log)
    await other()
    t.equal((await store.gateways()).length, 1, 'the other one stays')
    await stay()
    t.strictSame(await store.gateways(), [])
  },
)

t.test('keepHeartbeat() leaves without its store', async t => {
  const store = await openSqlite(':memory:')
  const failures: unknown[] = []
  await store.close()
  await keepHeartbeat(store, { debug: failure => failures.push(failure) })()
  t.equal(failures.length, 2)
})
