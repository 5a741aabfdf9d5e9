import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { join } from 'node:path'
import t from 'tap'
import { directoriesOf, keepDirectories } from '../../src/app/directories.ts'
import { loadConfig } from '../../src/config/load.ts'
import { openSqlite } from '../../src/store/sqlite.ts'
import { createLog } from '../../src/telemetry/log.ts'
import { Metrics } from '../../src/telemetry/metrics.ts'
import { configOf } from '../kit/serving.ts'

t.test(
  'keepDirectories() reports no failure of a synchronization that is interrupted by its end',
  async t => {
    const server = createServer(socket => socket.on('error', () => undefined)).listen(
      0,
      '127.0.0.1',
    )
    await once(server, 'listening')
    t.teardown(() => server.close())
    const { port } = server.address() as AddressInfo
    const cwd = t.testdir({ 'upstream.password': 'x', 'directory.password': 'x' })
    const { organizations } = configOf('https://mail.example.com/EWS/Exchange.asmx')
    const directory = {
      kind: 'ldap',
      url: `ldap://127.0.0.1:${port}`,
      bindDn: 'cn=reader,dc=example,dc=com',
      password: { file: 'directory.password' },
      baseDn: 'dc=example,dc=com',
    }
    const file = join(cwd, 'gateway.yaml')
    const [organization] = organizations
    writeFileSync(file, JSON.stringify({ organizations: [{ ...organization, directory }] }))
    const config = loadConfig({ file, env: {}, cwd })

    const store = await openSqlite(':memory:')
    t.teardown(() => store.close())
    const means = { store, announce: async () => undefined, deliver: async () => undefined }
    const warnings: unknown[] = []
    const log = createLog('error')
    log.warn = (...args: unknown[]) => void warnings.push(args)
    const metrics = new Metrics({ version: '0', organizations: [] })
    const end = keepDirectories(await directoriesOf(config, means), { metrics, log })
    await once(server, 'connection')
    await end()
    t.strictSame(warnings, [])
  },
)
