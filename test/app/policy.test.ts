import { join } from 'node:path'
import { mock } from 'node:test'
import t from 'tap'
import { openSqlite } from '../../src/store/sqlite.ts'
import type { Store } from '../../src/store/store.ts'
import { envelope, GET_FOLDER } from '../kit/corpus.ts'
import { type Client, ORGANIZATION, startGatewayTestServer } from '../kit/gateway-test-server.ts'

type Change = readonly [
  what: string,
  user: string,
  status: 401 | 500,
  change: (store: Store, client: Client) => Promise<unknown>,
]

/** A change of each kind that denies the requests of one client. */
const CHANGES: readonly Change[] = [
  ['role', 'alice', 500, (store, { role }) => store.lockRole(ORGANIZATION, role.id, {})],
  ['rule', 'alice', 500, (store, { role }) => store.putRole({ ...role, rules: [] })],
  [
    'user',
    'bob',
    500,
    async store => {
      const bob = await store.userByName(ORGANIZATION, 'SmtpAddress', 'bob@example.com')
      return bob && store.deleteUser(ORGANIZATION, bob.id)
    },
  ],
  [
    'access control rule',
    'alice',
    500,
    (store, { role }) =>
      store.putAccessControlRule(ORGANIZATION, {
        name: 'deny',
        effect: 'DENY',
        description: '',
        impersonationRoleIds: [role.id],
      }),
  ],
  [
    'principal',
    'alice',
    401,
    (store, { principal }) => store.putPrincipal({ ...principal, enabled: false }),
  ],
  [
    'access key',
    'alice',
    401,
    (store, { accessKey }) => store.deleteKey(ORGANIZATION, accessKey.id),
  ],
]

/** Requests during which a poll that has begun ends. */
const MANY = 100

t.test('P5 startGateway() polls the store once a second', async t => {
  mock.timers.enable({ apis: ['setInterval'] })
  t.teardown(() => mock.timers.reset())
  const server = await startGatewayTestServer(t, {
    roles: CHANGES.map(([name]) => ({ name, type: 'FULL_ACCESS', allow: 'all' })),
  })
  // A writer that announces nothing, as another process whose messages are lost.
  const store = await openSqlite(join(server.auditFolder, '../../gateway.db'))
  t.teardown(() => store.close())
  for (const [what, user, denied, change] of CHANGES) {
    const client = server.client(what)
    const request = envelope(`${user}@example.com`, GET_FOLDER)
    const ask = async () => (await server.post(request, { auth: client.key })).status
    t.equal(await ask(), 200, `${what}: allowed`)
    await change(store, client)
    t.equal(await ask(), 200, `${what}: still allowed after a change that is not announced`)
    mock.timers.tick(1_000)
    let status = await ask()
    for (let n = 0; n < MANY && status === 200; n += 1) status = await ask()
    t.equal(status, denied, `${what}: denied after a second`)
  }
})
