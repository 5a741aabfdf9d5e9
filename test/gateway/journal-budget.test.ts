/**
 * One key can't fill the disk: records of denials are small, and each principal has a share of the journal.
 */

import t from 'tap'
import { codeOf, envelope, GET_FOLDER } from '../kit/corpus.ts'
import { startGatewayTestServer } from '../kit/gateway-test-server.ts'

const CEO = 'ceo@example.com'
/** 100 IDs of 250 characters. */
const LONG = Array.from(
  { length: 100 },
  (_, n) => `<t:ItemId Id="${`${n}`.padEnd(250, 'A')}"/>`,
).join('')
const MANY = `<m:GetItem><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape></m:ItemShape><m:ItemIds>${LONG}</m:ItemIds></m:GetItem>`

t.test('R31 the record of a denial names few IDs', async t => {
  const server = await startGatewayTestServer(t, { opaqueIds: 'allow' })
  await server.post(envelope(CEO, MANY))
  await server.post(envelope('alice@example.com', MANY))
  const [denied, allowed] = server.audit().filter(({ type }) => type === 'decision')
  t.match(denied, { verdict: 'deny', itemCount: 100 })
  t.match(allowed, { verdict: 'allow', itemCount: 100 })
  t.match([denied?.['items'], allowed?.['items']], [{ length: 5 }, { length: 100 }])
  t.ok(JSON.stringify(denied).length < 3_000)
})

t.test('a principal that has used up its share of the journal waits', async t => {
  const server = await startGatewayTestServer(t, {
    config: { limits: { journalBytesPerHour: 1_048_576 } },
    opaqueIds: 'allow',
  })
  const record = async () => codeOf((await server.post(envelope('alice@example.com', MANY))).text)
  let sent = 0
  while (sent < 60 && (await record()) !== 'ErrorServerBusy') sent += 1
  t.ok(sent > 20 && sent < 60, `${sent} requests with records of 26 KB`)
  const before = server.audit().length
  for (let n = 0; n < 20; n += 1) t.equal(await record(), 'ErrorServerBusy')
  t.match(await server.metrics(), /throttled_total\{kind="journal"\} 21/)
  const after = server.audit()
  t.equal(after.length, before, 'none of them has a record')
  const errors = after.filter(({ verdict }) => verdict === 'error')
  t.match(errors, [{ reason: 'over-budget' }], 'but one a minute')
  t.equal(
    (await server.post(envelope('alice@example.com', GET_FOLDER), { auth: 'readOnly' })).status,
    200,
    'another has its own',
  )
  const token = await server.post('grant_type=client_credentials', {
    auth: 'full',
    path: '/oauth2/token',
    headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
  })
  t.equal(token.status, 429, 'tokens have records, too')
})

t.test('a client that repeats the identical request is named', async t => {
  const server = await startGatewayTestServer(t)
  const { principal } = server.client('migration-full')
  const loop = envelope('alice@example.com', GET_FOLDER)
  for (let n = 0; n < 100; n += 1)
    await Promise.all(Array.from({ length: 10 }, () => server.post(loop)))
  const alerts = server.audit().filter(({ type }) => type === 'alert')
  t.equal(alerts.length, 1)
  t.match(alerts[0], { alert: 'repeated-request', organizationId: principal.organizationId })
  t.match(alerts[0]?.['message'], principal.id)
  t.match(
    await server.metrics(),
    `ews_gateway_repeated_requests_total{principal="${principal.id}"} 1`,
  )
})
