import { join } from 'node:path'
import t from 'tap'
import {
  basic,
  FULL,
  ORGANIZATION,
  startGatewayTestServer,
  USERS,
} from '../kit/gateway-test-server.ts'
import { lend } from '../kit/services/lend.ts'
import { BASE, noSlapd, READER, Slapd } from '../kit/services/slapd.ts'
import { dnOf, ldifOf, type Person, people, person, Writer } from './people.ts'

/** Users of the test server, and more, so that one user is less than 10% of them. */
const testServer = USERS.map(({ primarySmtpAddress, aliases, principalName }, index): Person => {
  const [name = ''] = primarySmtpAddress.split('@')
  return person(name, index + 1, {
    proxyAddresses: [`SMTP:${primarySmtpAddress}`, ...aliases.map(alias => `smtp:${alias}`)],
    ...(principalName !== undefined && { principalName }),
  })
})

const request = (address: string) => `<?xml version="1.0" encoding="utf-8"?>
<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/" xmlns:t="http://schemas.microsoft.com/exchange/services/2006/types" xmlns:m="http://schemas.microsoft.com/exchange/services/2006/messages"><s:Header><t:ExchangeImpersonation><t:ConnectingSID><t:PrimarySmtpAddress>${address}</t:PrimarySmtpAddress></t:ConnectingSID></t:ExchangeImpersonation></s:Header><s:Body><m:GetFolder><m:FolderShape><t:BaseShape>IdOnly</t:BaseShape></m:FolderShape><m:FolderIds><t:DistinguishedFolderId Id="inbox"/></m:FolderIds></m:GetFolder></s:Body></s:Envelope>`

t.test('the gateway follows changes of the directory', { skip: noSlapd }, async t => {
  const server = await lend(t, Slapd.start({ ldif: ldifOf([...testServer, ...people(20)]) }))
  const writer = await Writer.to(server, t)
  const { gateway, store, post, ...rest } = await startWith(t, server)
  const reasonFor = async (address: string) => {
    const { status } = await post(request(address))
    return status === 200 ? 'allowed' : rest.reason()
  }
  t.match(await rest.sync(), { Outcome: 'done', Removed: [], Unfit: [] })
  const alice = await store.userByName(ORGANIZATION, 'SmtpAddress', 'alice@example.com')
  t.equal(await reasonFor('alice@example.com'), 'allowed')
  t.equal(await reasonFor('bob@example.com'), 'allowed')
  t.equal(await reasonFor('robert@example.com'), 'unknown-user')

  await writer.change(
    { name: 'bob' },
    {
      proxyAddresses: ['SMTP:bob@example.com', 'smtp:robert@example.com'],
    },
  )
  await writer.remove({ name: 'alice' })
  t.match(await rest.sync(), {
    Created: [],
    Updated: ['bob@example.com'],
    Removed: ['alice@example.com'],
  })
  t.equal(await reasonFor('alice@example.com'), 'unknown-user')
  t.equal(await reasonFor('robert@example.com'), 'allowed')
  const records = rest
    .audit()
    .filter(
      ({ action, verdict }) => action === 'ewsgateway:SynchronizeDirectory' && verdict === 'allow',
    )
  t.match(
    [records[0], records.at(-1)],
    [
      {
        principalId: undefined,
        policyVersion: Number,
        after: { outcome: 'done', users: { counts: { created: 20 } } },
      },
      { principalId: /-/, after: { outcome: 'done', users: { removed: [{ id: alice?.id }] } } },
    ],
  )

  for (const [name, input] of [
    ['PutUser', { PrimarySmtpAddress: 'eve@example.com' }],
    ['DeleteUser', { UserId: 'bob@example.com' }],
    ['ImportUsers', { Users: [] }],
    ['PutGroup', { Name: 'Board' }],
    ['UpdateGroup', { GroupId: 'Board', Name: 'Other' }],
    ['DeleteGroup', { GroupId: 'Board' }],
  ] as const)
    t.match(await rest.call(name, input), {
      __type: 'OrganizationStateException',
      Message: /come from its directory/,
    })
  const offered = await rest.offered()
  t.ok(offered.includes('ewsgateway:SynchronizeDirectory'))
  for (const name of [
    'PutUser',
    'DeleteUser',
    'ImportUsers',
    'PutGroup',
    'UpdateGroup',
    'DeleteGroup',
  ])
    t.notOk(offered.includes(`ewsgateway:${name}`), `the console does not offer ${name}`)

  await writer.addGroup({ name: 'Board', number: 500, members: ['bob'] })
  await writer.addGroup({ name: 'Protected', number: 501, members: ['Board'] })
  t.match(await rest.sync(), { Groups: { Created: ['Board', 'Protected'] } })
  await rest.keepAway('Protected')
  t.equal(await reasonFor('bob@example.com'), 'rule-denies', 'by a group in a group')
  await writer.change({ name: 'Board' }, { member: [dnOf({ name: 'carol' })] })
  t.match(await rest.sync(), { Updated: [], Groups: { Updated: ['Board'] } })
  t.equal(await reasonFor('bob@example.com'), 'allowed')
  t.equal(await reasonFor('carol@example.com'), 'rule-denies')

  for (const one of people(20)) await writer.remove(one)
  t.match(await rest.sync(), {
    Outcome: 'stopped',
    Message: /^The synchronization would remove 20 of 25 users/,
  })
  t.match(await rest.call('DescribeDirectory'), {
    Kind: 'ldap',
    WouldRemove: 20,
    Users: 25,
    Alarm: /^The synchronization would/,
  })
  const ready = await fetch(`http://127.0.0.1:${gateway.opsPort}/readyz`)
  t.match(
    [ready.status, await ready.json()],
    [
      200,
      {
        status: 'warn',
        checks: {
          directory: { status: 'warn', message: /The synchronization would remove 20 of 25/ },
        },
      },
    ],
  )
  t.equal(await reasonFor('bob@example.com'), 'allowed')
  t.match(await rest.sync({ AcceptRemovals: true }), { Outcome: 'done', Removed: { length: 20 } })

  server.freeze()
  t.equal(await reasonFor('bob@example.com'), 'allowed', 'requests do not wait for it')
  server.thaw()
  await writer.add(person('alice', 1))
  t.match(await rest.sync(), { Created: ['alice@example.com'] })
  t.equal(await reasonFor('alice@example.com'), 'allowed')
  t.equal(
    (await store.userByName(ORGANIZATION, 'SmtpAddress', 'alice@example.com'))?.id,
    alice?.id,
    'R3',
  )
  t.match(await rest.metrics(), /ews_gateway_directory_age_seconds\{organization="m-\w+"\} /)
})

async function startWith(t: Parameters<typeof startGatewayTestServer>[0], { url }: Slapd) {
  const started = await startGatewayTestServer(t, {
    directory: {
      kind: 'ldap',
      url,
      bindDn: READER.bindDn,
      password: { file: join(t.testdir({ password: READER.password }), 'password') },
      baseDn: BASE,
    },
  })
  const { key } = await started.addPrincipal('admin', {
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Action: ['*'], Resource: ['*'] }],
  })
  const call = async (name: string, input: object = {}): Promise<Record<string, unknown>> => {
    const response = await fetch(`http://127.0.0.1:${started.gateway.controlPort}/`, {
      method: 'POST',
      headers: {
        'Content-Type': 'application/x-amz-json-1.1',
        'X-Amz-Target': `EwsGateway.${name}`,
        Authorization: basic(key),
      },
      body: JSON.stringify({ OrganizationId: ORGANIZATION, ...input }),
    })
    return (await response.json()) as Record<string, unknown>
  }
  return {
    gateway: started.gateway,
    store: started.store,
    post: (body: string) => started.post(body),
    metrics: () => started.metrics(),
    audit: () => started.audit(),
    call,
    /** Returns the actions that the console offers after sign-in. */
    offered: async (): Promise<readonly string[]> => {
      const { origin } = new URL(`http://127.0.0.1:${started.gateway.controlPort}`)
      const response = await fetch(`${origin}/console/session`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json', Origin: origin },
        body: JSON.stringify({ accessKeyId: key.id, secretAccessKey: key.secret }),
      })
      const session = (await response.json()) as { allowedActions: readonly string[] }
      return session.allowedActions
    },
    /** From the role by which all are allowed. */
    keepAway: async (name: string) => {
      const [group] = await started.store.groupsNamed(ORGANIZATION, name)
      const targetGroups = group ? [group.id] : []
      await started.changeRole(FULL.name, {
        rules: [
          { id: 'allow', effect: 'ALLOW' },
          { id: 'deny', effect: 'DENY', targetGroups },
        ],
      })
    },
    reason: () => started.audit().findLast(({ type }) => type === 'decision')?.reason,
    /**
     * Starts a sync. A gateway syncs when it starts, and rejects other requests for a sync during that
     * time.
     */
    sync: async (input: object = {}) => {
      for (;;) {
        const answer = await call('SynchronizeDirectory', input)
        if (answer['__type'] !== 'ConflictException') return answer
      }
    },
  }
}
