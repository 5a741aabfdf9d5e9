import t from 'tap'
import { keepHeartbeat } from '../../src/app/heartbeat.ts'
import { MasterKey } from '../../src/credentials/master-key.ts'
import { openSqlite } from '../../src/store/sqlite.ts'
import type { GatewayInstance } from '../../src/store/store.ts'
import { Health } from '../../src/telemetry/health.ts'
import { until } from '../kit/until.ts'

const log = { debug: () => undefined, error: () => undefined }
const telemetry = { log, health: new Health() }
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
      telemetry,
    )
    const left = leave()
    written.resolve()
    await left
    t.strictSame(await store.gateways(), [])

    const stay = keepHeartbeat(store, KEY, telemetry)
    const other = keepHeartbeat(store, KEY, telemetry)
    await other()
    t.equal((await store.gateways()).length, 1, 'the other one stays')
    await stay()
    t.strictSame(await store.gateways(), [])
  },
)

t.test('keepHeartbeat() uses the master key of the store, and tells the others', async t => {
  const store = await openSqlite(':memory:')
  t.teardown(() => store.close())
  const old = new MasterKey(new Uint8Array(32).fill(1))
  await store.setMasterKeyCheck(old.check())
  const both = new MasterKey(new Uint8Array(32), new Uint8Array(32).fill(1))
  const errors: unknown[] = []
  const telling = { ...log, error: (_: object, message: string) => errors.push(message) }
  let now = 0
  const health = new Health(() => now)
  const ready = async () => {
    now += 1_000
    return await health.report('ready')
  }
  const leave = keepHeartbeat(store, both, { log: telling, health })
  await until('a heartbeat', async () => (await store.gateways()).length > 0)
  t.match(await store.gateways(), [{ masterKeys: [old.check(), KEY.check()] }])
  t.equal(both.check(), old.check())
  await store.putMasterKeyState(both.rotated())
  await until('it uses the new key', async () => {
    const [gateway] = await store.gateways()
    return gateway?.masterKeys[0] === KEY.check()
  })
  t.strictSame(errors, [])
  t.match(await ready(), { status: 'pass', checks: { 'master-key': { status: 'pass' } } })
  await store.putMasterKeyState({ check: 'unknown' })
  await until('it says that it lacks the key', () => errors.length > 0)
  t.match(await ready(), {
    status: 'fail',
    checks: { 'master-key': { message: /masterKey.file/ } },
  })
  await leave()
  t.match(errors, [/^The store belongs to a master key that this gateway does not have;/])
})

t.test('keepHeartbeat() leaves without its store', async t => {
  const store = await openSqlite(':memory:')
  const failures: unknown[] = []
  await store.close()
  await keepHeartbeat(store, KEY, {
    ...telemetry,
    log: { ...log, debug: failure => failures.push(failure) },
  })()
  t.equal(failures.length, 2)
})
