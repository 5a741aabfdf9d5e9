import t from 'tap'
import { keepPresent } from '../../src/app/presence.ts'
import { openSqlite } from '../../src/store/sqlite.ts'
import type { GatewayInstance } from '../../src/store/store.ts'

const log = { debug: () => undefined }

t.test(
  'keepPresent() lists the gateway until it leaves, and nobody after a late sign of life',
  async t => {
    const store = await openSqlite(':memory:')
    t.teardown(() => store.close())
    const written = Promise.withResolvers<void>()
    const leave = keepPresent(
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

    const stay = keepPresent(store, log)
    const other = keepPresent(store, log)
    await other()
    t.equal((await store.gateways()).length, 1, 'the other one stays')
    await stay()
    t.strictSame(await store.gateways(), [])
  },
)

t.test('keepPresent() leaves without its store', async t => {
  const store = await openSqlite(':memory:')
  const failures: unknown[] = []
  await store.close()
  await keepPresent(store, { debug: failure => failures.push(failure) })()
  t.equal(failures.length, 2)
})
