/**
 * Changes that come in the middle of a decision, and how old what it is made on may be.
 */

import t from 'tap'
import { codeOf, envelope, GET_FOLDER } from '../kit/corpus.ts'
import {
  type Client,
  type GatewayTestServer,
  ORGANIZATION,
  type RoleSeed,
  startGatewayTestServer,
  USERS,
} from '../kit/gateway-test-server.ts'
import { skippableIntervals, skippableTime } from '../kit/skip-time.ts'
import { until } from '../kit/wire.ts'
import { tracesOf } from './traces.ts'

/** Changes during the read of a user, the last value that a decision needs. Each affects only the client. */
const CHANGES: readonly (readonly [
  string,
  (server: GatewayTestServer, client: Client) => Promise<unknown>,
])[] = [
  ['a rule is taken away', (server, { role }) => server.changeRole(role.name, { rules: [] })],
  ['the role is locked', ({ store }, { role }) => store.lockRole(ORGANIZATION, role.id, {})],
  ['the role is deleted', ({ store }, { role }) => store.deleteRole(ORGANIZATION, role.id)],
  ['the key is deleted', ({ store }, { key }) => store.deleteKey(ORGANIZATION, key.id as never)],
  [
    'the principal is disabled',
    ({ store }, { principal }) => store.putPrincipal({ ...principal, enabled: false }),
  ],
  [
    'an access control rule denies',
    ({ store }, { role }) =>
      store.putAccessControlRule(ORGANIZATION, {
        name: 'closed',
        effect: 'DENY',
        description: '',
        impersonationRoleIds: [role.id],
      }),
  ],
]

t.test('P5 a decision uses one state, including concurrent changes', async t => {
  const roles = CHANGES.map(([name]): RoleSeed => ({ name, type: 'FULL_ACCESS', allow: 'all' }))
  const more = CHANGES.map((_, n) => ({ primarySmtpAddress: `u${n}@example.com`, aliases: [] }))
  const server = await startGatewayTestServer(t, { roles, users: [...USERS, ...more] })
  const { snapshot } = server.store
  for (const [n, [name, change]] of CHANGES.entries()) {
    const client = server.client(name)
    const asked = Promise.withResolvers<void>()
    const held = Promise.withResolvers<void>()
    server.store.snapshot = async read => {
      let isOfUser = false
      const result = await snapshot(state =>
        read({
          ...state,
          values: (organization, kind, ids) => {
            isOfUser ||= kind === 'name'
            return state.values(organization, kind, ids)
          },
        }),
      )
      if (!isOfUser) return result
      asked.resolve()
      await held.promise
      return result
    }
    const answer = server.post(envelope(`u${n}@example.com`, GET_FOLDER), { auth: client.key })
    await asked.promise
    server.store.snapshot = snapshot
    await change(server, client)
    held.resolve()
    t.equal(codeOf((await answer).text), 'ErrorImpersonateUserDenied', name)
  }
  t.strictSame(server.sandbox.executed, [], 'nothing went upstream')
})

t.test('P5 knowledgeAgeMs is the time since the last poll of the store began', async t => {
  const skip = skippableTime(t)
  const server = await startGatewayTestServer(t)
  const read = envelope('alice@example.com', GET_FOLDER)
  t.equal(codeOf((await server.post(read)).text), 'NoError')
  server.store.policyVersions = () => Promise.reject(new Error('The store is down'))
  skip(100_000)
  const { decisions } = await tracesOf(server, () => server.post(read))
  t.match(decisions, [{ verdict: 'allow' }])
  t.ok(Number(decisions[0]?.['knowledgeAgeMs']) >= 100_000)
})

t.test('R27 the store is polled once a second, despite messages', async t => {
  const skip = skippableIntervals(t)
  const server = await startGatewayTestServer(t)
  const read = envelope('alice@example.com', GET_FOLDER)
  t.equal(codeOf((await server.post(read)).text), 'NoError')
  const { changesSince } = server.store
  let isFound = false
  server.store.changesSince = async (...given) => {
    const changes = await changesSince(...given)
    isFound = true
    return changes
  }
  // Past what announces it, as a command line does.
  const lockRole = Object.getOwnPropertyDescriptor(server.store, 'lockRole')?.value
  await lockRole(ORGANIZATION, server.client('migration-full').role.id, {})
  t.equal(codeOf((await server.post(read)).text), 'NoError', 'no message arrived')
  skip(1_000)
  await until('a look that finds it', () => isFound)
  t.equal(codeOf((await server.post(read)).text), 'ErrorImpersonateUserDenied')
})
