/**
 * Requests within and outside the periods of roles, principals, and keys, also while the wall clock jumps.
 */

import t, { type Test } from 'tap'
import { codeOf, envelope, GET_FOLDER } from '../kit/corpus.ts'
import { FULL, type GatewayTestServer, startGatewayTestServer } from '../kit/gateway-test-server.ts'

const REQUEST = envelope('alice@example.com', GET_FOLDER)

/** Clocks of this process, which a test moves. */
function movableClocks(t: Test) {
  const [wall, elapsed] = [Date.now, performance.now.bind(performance)]
  const moved = { wall: 0, elapsed: 0 }
  Date.now = () => wall() + moved.wall
  performance.now = () => elapsed() + moved.elapsed
  t.teardown(() => {
    Date.now = wall
    Reflect.deleteProperty(performance, 'now')
  })
  return {
    pass: (ms: number) => {
      moved.wall += ms
      moved.elapsed += ms
    },
    setBack: (ms: number) => {
      moved.wall -= ms
    },
  }
}

async function outcome(server: GatewayTestServer, auth: string | 'full' = 'full') {
  const { status, text } = await server.post(REQUEST, { auth })
  if (status === 401) return '401'
  const code = status === 200 ? 'NoError' : codeOf(text)
  const { reason } = server.audit().findLast(({ type }) => type === 'decision') ?? {}
  return status === 200 ? code : `${code} ${reason}`
}

const MINUTE = 60_000

t.test(
  'a request is denied outside a period, and a clock that is set back reopens none',
  async t => {
    for (const [what, limit, expected] of [
      [
        'role',
        (server: GatewayTestServer, notAfter: number) => server.changeRole(FULL.name, { notAfter }),
        'ErrorImpersonateUserDenied role-expired',
      ],
      [
        'principal',
        (server: GatewayTestServer, notAfter: number) =>
          server.store.putPrincipal({ ...server.client(FULL.name).principal, notAfter }),
        'ErrorImpersonateUserDenied principal-expired',
      ],
      [
        'key',
        (server: GatewayTestServer, expiresAt: number) =>
          server.store.putKey({ ...server.client(FULL.name).accessKey, expiresAt }),
        '401',
      ],
      [
        'rule',
        (server: GatewayTestServer, notAfter: number) =>
          server.changeRole(FULL.name, { rules: [{ id: 'r', effect: 'ALLOW', notAfter }] }),
        'ErrorImpersonateUserDenied no-rule-allows',
      ],
    ] as const) {
      await t.test(what, async t => {
        const clocks = movableClocks(t)
        const server = await startGatewayTestServer(t)
        await limit(server, Date.now() + MINUTE)
        t.equal(await outcome(server), 'NoError', 'before the end')
        clocks.pass(MINUTE)
        t.equal(await outcome(server), expected, 'after the end')
        clocks.setBack(30 * MINUTE)
        t.equal(await outcome(server), expected, 'after the clock was set back')
        await limit(server, Date.now() + MINUTE)
        t.equal(await outcome(server), expected, 'an end in the time that has passed')
        await limit(server, Date.now() + 32 * MINUTE)
        t.equal(await outcome(server), 'NoError', 'an end that is still to come')
        clocks.pass(MINUTE)
        t.equal(await outcome(server), 'NoError', 'one minute of two')
        clocks.pass(MINUTE)
        t.equal(await outcome(server), expected, 'the time between is not counted twice')
      })
    }
  },
)

t.test('a token ends with its role, its principal, or its key', async t => {
  const clocks = movableClocks(t)
  const server = await startGatewayTestServer(t)
  const { role, principal, accessKey, key } = server.client(FULL.name)
  const token = async () => {
    const response = await fetch(`http://127.0.0.1:${server.gateway.dataPort}/oauth2/token`, {
      method: 'POST',
      headers: { connection: 'close' },
      body: new URLSearchParams({
        grant_type: 'client_credentials',
        client_id: key.id,
        client_secret: key.secret,
        scope: role.id,
      }),
    })
    return (await response.json()) as Record<string, unknown>
  }
  t.match(await token(), { expires_in: 900 })
  for (const limit of [
    (notAfter: number) => server.changeRole(FULL.name, { notAfter }),
    (notAfter: number) => server.store.putPrincipal({ ...principal, notAfter }),
    (expiresAt: number) => server.store.putKey({ ...accessKey, expiresAt }),
  ]) {
    await limit(Date.now() + 5 * MINUTE)
    const { access_token, expires_in } = await token()
    t.ok(Number(expires_in) <= 300 && Number(expires_in) > 200, `${expires_in}`)
    t.equal(await outcome(server, `Bearer ${access_token}`), 'NoError')
    clocks.pass(5 * MINUTE)
    t.equal(await outcome(server, `Bearer ${access_token}`), '401')
    const refused = await token()
    t.match(refused, { error: /^(unauthorized_client|invalid_client)$/ })
    await server.changeRole(FULL.name, {})
    await server.store.putPrincipal(principal)
    await server.store.putKey(accessKey)
  }
})
