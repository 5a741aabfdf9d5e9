/**
 * A stored object that this version doesn't understand, from socket to socket: clients, the log, `/readyz`, and the
 * metrics of the gateway.
 */

import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import t, { type Test } from 'tap'
import { codeOf, envelope, GET_FOLDER } from '../kit/corpus.ts'
import { ORGANIZATION, startGatewayTestServer } from '../kit/gateway-test-server.ts'
import { collectLog } from '../kit/log-lines.ts'
import { until } from '../kit/until.ts'

type Row = readonly [kind: string, sql: string, code: string, reason: string]

const DENIED = 'ErrorImpersonateUserDenied'

const ROWS: readonly Row[] = [
  [
    'role',
    `update roles set rules = replace(rules, 'targetUsers', 'targetDepartments')`,
    DENIED,
    'role-locked',
  ],
  [
    'role',
    `update roles set rules = replace(rules, '"DENY"', '"DENY_SEND"')`,
    DENIED,
    'role-locked',
  ],
  [
    'access-control-rule',
    `insert into access_control_rules values
      ('m-0123456789abcdef0123456789abcdef', 'Default', 'ALLOW', '', '{}', 0, 0),
      ('m-0123456789abcdef0123456789abcdef', 'Later', 'DENY_SEND', '', '{}', 0, 0);
      update organizations set access_control_changed = 1`,
    DENIED,
    'access-control-denies',
  ],
  [
    'protection',
    `insert into protections values ('m-0123456789abcdef0123456789abcdef',
      '{"users":[],"groups":[],"departments":["board"],"exceptions":[]}')`,
    DENIED,
    'mailbox-protected',
  ],
  [
    'principal',
    `update principals set policy = replace(policy, '"Allow"', '"AllowReads"')`,
    DENIED,
    'role-not-permitted',
  ],
  [
    'user',
    `update users set aliases = '{}' where primary_smtp_address = 'alice@example.com'`,
    DENIED,
    'unknown-user',
  ],
]

/** Answers of `/readyz`: its status, and the message of the check of stored content. */
async function readinessOf(port: number) {
  const response = await fetch(`http://127.0.0.1:${port}/readyz`)
  const { checks } = (await response.json()) as { checks: Record<string, { message?: string }> }
  return { status: response.status, message: checks['content']?.message ?? '' }
}

/** Waits until `/readyz` says so. It repeats a result for a second. */
const untilReady = (port: number, isReady: boolean) =>
  until(`/readyz ${isReady ? 'passes' : 'fails'}`, async () => {
    const { status } = await readinessOf(port)
    return (status === 200) === isReady
  })

async function start(t: Test) {
  const server = await startGatewayTestServer(t)
  const file = join(server.auditFolder, '../../gateway.db')
  const database = new DatabaseSync(file)
  t.teardown(() => database.close())
  const ask = async (address: string) =>
    codeOf((await server.post(envelope(address, GET_FOLDER))).text)
  return { server, database, ask }
}

for (const [kind, sql, code, reason] of ROWS)
  t.test(`P3 a ${kind} that is not understood denies: ${sql.slice(0, 55)}`, async t => {
    const { server, database, ask } = await start(t)
    const takeLog = collectLog(t)

    database.exec(sql)
    for (const address of ['alice@example.com', 'ceo@example.com'])
      t.equal(await ask(address), code, address)
    const decisions = server.audit().filter(({ type }) => type === 'decision')
    t.match(decisions[0], { verdict: 'deny', reason })
    t.match(takeLog(), [
      {
        level: 'error',
        kind,
        id: String,
        organization: ORGANIZATION,
        msg: 'This version does not understand a stored object; denying what depends on it',
      },
    ])
    await untilReady(server.gateway.opsPort, false)
    const { message } = await readinessOf(server.gateway.opsPort)
    t.match(message, `(${kind}: 1)`)
    const metric = `ews_gateway_unreadable_objects{organization="${ORGANIZATION}",kind="${kind}"} 1`
    t.ok((await server.metrics()).includes(metric))
  })

t.test('/readyz passes again when an administrator has replaced the role', async t => {
  const { server, database, ask } = await start(t)
  const takeLog = collectLog(t)
  const { opsPort } = server.gateway
  const [client] = server.clients.values()
  const role = await server.store.role(ORGANIZATION, client?.role.id as never)
  database.exec(`update roles set guard = '{}'`)
  t.equal(await ask('alice@example.com'), DENIED)
  await untilReady(opsPort, false)
  takeLog()
  const { version: _, tokensValidFrom: __, createdAt: ___, modifiedAt: ____, ...draft } = role ?? {}
  await server.store.putRole(draft as never)
  t.equal(await ask('alice@example.com'), 'NoError')
  database.exec(`delete from roles where id != '${client?.role.id}'`)
  await untilReady(opsPort, true)
  t.match(takeLog(), [], 'the log at this level has no line about it')
})
