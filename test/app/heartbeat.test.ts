import t from 'tap'
import { keepHeartbeat } from '../../src/app/heartbeat.ts'
import { MasterKey } from '../../src/credentials/master-key.ts'
import { openSqlite } from '../../src/store/sqlite.ts'
import type { GatewayInstance } from '../../src/store/store.ts'

const log = { debug: () => undefined, error: () => undefined }
const KEY = new MasterKey(new Uint8Array(32))

t.test(
  'keepPresent() lists the gateway until it leaves, and a late heartbeat does not list it again',
  async t => {
    const store = await openSqlite(':memory:')
    t.teardown(() => store.close())
    const written = Promise.withResolvers<void>()
    const leave = keepHeartbeat(
      {
        gateways: () => store.gateways(),
        masterKeyState: () => store.masterKeyState(),
        removeGateway: id => store.removeGateway(id),
        recordHeartbeat: async (gateway: GatewayInstance) => {
          await written.promise
          await store.recordHeartbeat(gateway)
        },
      },
      KEY,
      log,
    )
    const left = leave()
    written.resolve()
    await left
    t.strictSame(await store.gateways(), [])

    const stay = keepHeartbeat(store, KEY, log)
    const other = keepHeartbeat(store, KEY, log)
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
  await keepHeartbeat(store, KEY, { ...log, debug: failure => failures.push(failure) })()
  t.equal(failures.length, 2)
})
