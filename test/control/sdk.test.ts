/**
 * The running gateway, driven by AWS's own client for JavaScript.
 */

import {
  AssumeImpersonationRoleCommand,
  CreateImpersonationRoleCommand,
  DeleteAccessControlRuleCommand,
  DeleteImpersonationRoleCommand,
  DescribeGroupCommand,
  DescribeOrganizationCommand,
  DescribeUserCommand,
  EntityNotFoundException,
  GetAccessControlEffectCommand,
  GetImpersonationRoleCommand,
  GetImpersonationRoleEffectCommand,
  InvalidParameterException,
  ListAccessControlRulesCommand,
  ListAliasesCommand,
  ListGroupMembersCommand,
  ListGroupsCommand,
  ListGroupsForEntityCommand,
  ListOrganizationsCommand,
  OrganizationNotFoundException,
  PutAccessControlRuleCommand,
  paginateListImpersonationRoles,
  paginateListUsers,
  ResourceNotFoundException,
  UpdateImpersonationRoleCommand,
  WorkMailClient,
} from '@aws-sdk/client-workmail'
import t, { type Test } from 'tap'
import type { PolicyDocument } from '../../src/model/iam.ts'
import { DEFAULT_GUARD, roleId } from '../../src/model/role.ts'
import { NODE, ROOT, run } from '../kit/checkout.ts'
import {
  type GatewayTestServer,
  type Key,
  ORGANIZATION,
  startGatewayTestServer,
} from '../kit/gateway-test-server.ts'

const EVERYTHING: PolicyDocument = {
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: ['*'], Resource: ['*'] }],
}
const OrganizationId = ORGANIZATION

function clientOf(t: Test, { gateway }: GatewayTestServer, { id, secret }: Key): WorkMailClient {
  const client = new WorkMailClient({
    endpoint: `http://127.0.0.1:${gateway.controlPort}`,
    region: 'eu-west-1',
    credentials: { accessKeyId: id, secretAccessKey: secret },
    maxAttempts: 1,
  })
  t.teardown(() => client.destroy())
  return client
}

/** Calls the API from a machine whose clock is wrong, and prints how many requests each call took. */
const ELSEWHERE = `
  const { Date: Real } = globalThis
  const skewMs = Number(process.env.SKEW_MS)
  globalThis.Date = class extends Real {
    constructor(...given) {
      super(...(given.length === 0 ? [Real.now() + skewMs] : given))
    }
    static now() {
      return Real.now() + skewMs
    }
  }
  const { ListOrganizationsCommand, WorkMailClient } = await import('@aws-sdk/client-workmail')
  const { ENDPOINT: endpoint } = process.env
  const client = new WorkMailClient({ endpoint, region: 'eu-west-1', maxAttempts: 2 })
  for (let call = 0; call < 2; call++)
    console.log((await client.send(new ListOrganizationsCommand({}))).$metadata.attempts)
`

t.test('R20 @aws-sdk/client-workmail corrects a wrong clock, and signs again', async t => {
  const server = await startGatewayTestServer(t)
  const { key } = await server.addPrincipal('admin', EVERYTHING)
  for (const minutes of [-6, 6]) {
    const { code, out, err } = await run(NODE, ['--input-type=module', '-e', ELSEWHERE], {
      cwd: ROOT,
      env: {
        SKEW_MS: String(minutes * 60_000),
        ENDPOINT: `http://127.0.0.1:${server.gateway.controlPort}`,
        AWS_ACCESS_KEY_ID: key.id,
        AWS_SECRET_ACCESS_KEY: key.secret,
      },
    })
    t.equal(out, '2\n1\n', `${minutes} minutes: the first signature is rejected ${err}`)
    t.equal(code, 0)
  }
})

t.test('@aws-sdk/client-workmail administers the gateway', async t => {
  const server = await startGatewayTestServer(t)
  const { key } = await server.addPrincipal('admin', EVERYTHING)
  const client = clientOf(t, server, key)
  const [alice, ceo] = [
    await server.userId('alice@example.com'),
    await server.userId('ceo@example.com'),
  ]

  const made = await client.send(
    new CreateImpersonationRoleCommand({
      OrganizationId,
      Name: 'sdk',
      Type: 'FULL_ACCESS',
      Description: 'By SDK',
      Rules: [
        { ImpersonationRuleId: 'all', Name: 'All', Effect: 'ALLOW' },
        { ImpersonationRuleId: 'not-ceo', Effect: 'DENY', TargetUsers: ['boss@example.com'] },
      ],
    }),
  )
  const { ImpersonationRoleId } = made
  const one = { OrganizationId, ImpersonationRoleId }
  t.match(made.$metadata.requestId, /^[0-9a-f-]{36}$/)

  t.test('a role is created, read, listed, changed, tested, and deleted', async t => {
    const read = await client.send(new GetImpersonationRoleCommand(one))
    t.match(read, {
      Name: 'sdk',
      Description: 'By SDK',
      Rules: [{ ImpersonationRuleId: 'all', Name: 'All' }, { TargetUsers: [ceo] }],
    })
    t.ok(read.DateCreated instanceof Date)
    t.ok(Math.abs(Number(read.DateCreated) - Date.now()) < 60_000)

    const names: (string | undefined)[] = []
    const pages = paginateListImpersonationRoles({ client, pageSize: 1 }, { OrganizationId })
    for await (const { Roles = [] } of pages) {
      t.equal(Roles.length, 1)
      names.push(...Roles.map(({ Name }) => Name))
    }
    t.strictSame(names.sort(), ['backup-readonly', 'migration-full', 'sdk'])

    const effectOn = async (TargetUser: string) => {
      const answer = await client.send(
        new GetImpersonationRoleEffectCommand({ ...one, TargetUser }),
      )
      return [answer.Type, answer.Effect, answer.MatchedRules]
    }
    t.strictSame(await effectOn('alice@example.com'), [
      'FULL_ACCESS',
      'ALLOW',
      [{ ImpersonationRuleId: 'all', Name: 'All' }],
    ])
    t.strictSame(await effectOn('ceo@corp.example.com'), [
      'FULL_ACCESS',
      'DENY',
      [{ ImpersonationRuleId: 'not-ceo' }],
    ])

    await client.send(
      new UpdateImpersonationRoleCommand({ ...one, Name: 'sdk', Type: 'READ_ONLY', Rules: [] }),
    )
    t.strictSame(await effectOn(alice), ['READ_ONLY', 'DENY', []])
    const changed = await client.send(new GetImpersonationRoleCommand(one))
    t.strictSame([changed.Type, changed.Description, changed.Rules], ['READ_ONLY', undefined, []])
  })

  t.test('a role is assumed', async t => {
    const { Token = '', ExpiresIn } = await client.send(new AssumeImpersonationRoleCommand(one))
    t.match(Token, /^[\w-]+\.[\w-]+\.[\w-]+$/)
    t.equal(ExpiresIn, 900)
  })

  t.test('access control rules are created, listed, tested, and deleted', async t => {
    const Name = 'no-imap'
    const put = { OrganizationId, Name, Description: '', Actions: ['IMAP'] }
    await client.send(new PutAccessControlRuleCommand({ ...put, Effect: 'DENY' }))
    const listed = await client.send(new ListAccessControlRulesCommand({ OrganizationId }))
    t.match(listed.Rules, [{ Name: 'Default' }, { Name, Effect: 'DENY', Actions: ['IMAP'] }])
    t.ok(listed.Rules?.[1]?.DateCreated instanceof Date)

    const effectOf = async (Action: string) => {
      const input = { OrganizationId, IpAddress: '192.0.2.1', Action, UserId: alice }
      const answer = await client.send(new GetAccessControlEffectCommand(input))
      return [answer.Effect, answer.MatchedRules]
    }
    t.strictSame(await effectOf('IMAP'), ['DENY', [Name]])
    t.strictSame(await effectOf('EWS'), ['ALLOW', ['Default']])
    await client.send(new DeleteAccessControlRuleCommand({ OrganizationId, Name }))
    t.strictSame(await effectOf('IMAP'), ['ALLOW', ['Default']])
  })

  t.test('organizations and users are read', async t => {
    const { OrganizationSummaries } = await client.send(new ListOrganizationsCommand({}))
    t.strictSame(OrganizationSummaries, [{ OrganizationId, Alias: 'example', State: 'Active' }])
    const organization = await client.send(new DescribeOrganizationCommand({ OrganizationId }))
    t.match(organization, { Alias: 'example', ARN: /^arn:aws:workmail:/ })

    const emails: (string | undefined)[] = []
    for await (const { Users = [] } of paginateListUsers(
      { client, pageSize: 2 },
      { OrganizationId },
    ))
      emails.push(...Users.map(({ Email }) => Email))
    t.equal(emails.length, (await server.store.users(OrganizationId)).length)
    const user = await client.send(
      new DescribeUserCommand({ OrganizationId, UserId: 'boss@example.com' }),
    )
    t.match(user, { UserId: ceo, Email: 'ceo@example.com', State: 'ENABLED', UserRole: 'USER' })
    const { Aliases } = await client.send(new ListAliasesCommand({ OrganizationId, EntityId: ceo }))
    t.strictSame(Aliases, ['boss@example.com'])
  })

  t.test('groups are read, and a role that names one is tested', async t => {
    const sales = { name: 'sales', users: [ceo], groups: [] }
    const { group } = await server.store.putGroup(OrganizationId, sales)
    const { id } = group
    const { Groups } = await client.send(new ListGroupsCommand({ OrganizationId }))
    t.strictSame(Groups, [{ Id: id, Name: 'sales', State: 'DISABLED' }])
    const one = { OrganizationId, GroupId: 'sales' }
    t.match(await client.send(new DescribeGroupCommand(one)), { GroupId: id, Name: 'sales' })
    const { Members } = await client.send(new ListGroupMembersCommand(one))
    t.match(Members, [{ Id: ceo, Type: 'USER', State: 'ENABLED' }])
    const his = { OrganizationId, EntityId: ceo }
    const { Groups: ofHis } = await client.send(new ListGroupsForEntityCommand(his))
    t.strictSame(ofHis, [{ GroupId: id, GroupName: 'sales' }])

    const rules = [{ id: 'sales', effect: 'ALLOW', targetUsers: [], targetGroups: [id] }] as const
    const draft = { organizationId: OrganizationId, name: 'sellers', type: 'READ_ONLY' } as const
    const role = { ...draft, id: roleId('sellers'), rules, guard: DEFAULT_GUARD }
    await server.store.putRole(role)
    const asked = { OrganizationId, ImpersonationRoleId: role.id }
    const effect = await client.send(
      new GetImpersonationRoleEffectCommand({ ...asked, TargetUser: ceo }),
    )
    t.match(effect, { Effect: 'ALLOW', MatchedRules: [{ ImpersonationRuleId: 'sales' }] })
    const read = await client.send(new GetImpersonationRoleCommand(asked))
    t.match(read.Rules, [{ Effect: 'ALLOW', TargetUsers: [] }])
    await t.rejects(
      client.send(
        new UpdateImpersonationRoleCommand({ ...asked, Name: 'x', Type: 'READ_ONLY', Rules: [] }),
      ),
      InvalidParameterException,
    )
  })

  t.test('errors have the types of the SDK', async t => {
    const get = (input: object) =>
      client.send(new GetImpersonationRoleCommand({ ...one, ...input }))
    const effect = (TargetUser: string) =>
      client.send(new GetImpersonationRoleEffectCommand({ ...one, TargetUser }))
    await t.rejects(get({ ImpersonationRoleId: 'nothing' }), ResourceNotFoundException)
    await t.rejects(get({ ImpersonationRoleId: '' }), InvalidParameterException)
    await t.rejects(get({ OrganizationId: `m-${'0'.repeat(32)}` }), OrganizationNotFoundException)
    await t.rejects(effect('nobody@example.com'), EntityNotFoundException)
    await t.rejects(effect('nobody@example.com'), { message: /"nobody@example.com"/ })

    const wrong = clientOf(t, server, { ...key, secret: 'wrong' })
    const list = new ListOrganizationsCommand({})
    await t.rejects(wrong.send(list), { name: 'InvalidSignatureException' })
    const tool = clientOf(t, server, server.keys.full)
    await t.rejects(tool.send(list), {
      name: 'AccessDeniedException',
      message: /workmail:ListOrganizations/,
    })
    const mine = { OrganizationId, ImpersonationRoleId: server.client('migration-full').role.id }
    t.ok((await tool.send(new AssumeImpersonationRoleCommand(mine))).Token)
    await t.rejects(tool.send(new AssumeImpersonationRoleCommand(one)), {
      name: 'AccessDeniedException',
    })
  })

  t.test('a role is deleted', async t => {
    await client.send(new DeleteImpersonationRoleCommand(one))
    await client.send(new DeleteImpersonationRoleCommand(one))
    await t.rejects(client.send(new GetImpersonationRoleCommand(one)), ResourceNotFoundException)
  })
})
