import t from 'tap'
import { ACTIONS } from '../../src/control/actions.ts'
import { responseOfError } from '../../src/control/wire.ts'
import { accessKeyId, type Principal } from '../../src/model/principal.ts'
import type { Store } from '../../src/store/store.ts'
import { createLog } from '../../src/telemetry/log.ts'
import {
  ANYTHING,
  ELSEWHERE,
  type Key,
  ORGANIZATION,
  startControlTestServer,
} from '../kit/control-test-server.ts'
import { diskBelow } from '../kit/full-disk.ts'

t.test('dispatch() denies every action that the policy does not allow', async t => {
  const control = await startControlTestServer(t)
  const nobody = await control.addPrincipal('nobody', [])
  const role = await control.createRole('role')

  for (const { service, name, permission } of ACTIONS.values()) {
    const said = await control.refusal(name, { ImpersonationRoleId: role }, { as: nobody, service })
    const expected = `AccessDeniedException: User: nobody (${nobody.principalId}) is not authorized to perform: ${permission} on resource: organization/${ORGANIZATION}: no statement of its policy allows it`
    t.equal(said, expected, `dispatch() refuses ${name} to nobody`)
  }

  const allBut = (...actions: string[]) =>
    control.addPrincipal('most', [ANYTHING, { Effect: 'Deny', Action: actions, Resource: ['*'] }])
  const most = await allBut('workmail:Delete*')
  t.match(
    await control.refusal('DeleteImpersonationRole', { ImpersonationRoleId: role }, { as: most }),
    /^AccessDeniedException: .*workmail:DeleteImpersonationRole.*: a statement of its policy denies it$/,
    'dispatch() says that a statement denies',
  )
  t.equal(await control.refusal('ListImpersonationRoles', {}, { as: most }), 'undefined: undefined')
})

t.test('dispatch() evaluates conditions with the values of the request', async t => {
  const control = await startControlTestServer(t, {
    now: () => Date.parse('2026-06-01T12:00:00Z'),
    trustedProxies: ['127.0.0.1'],
  })
  const may = (operator: string, key: string, value: string) =>
    control.addPrincipal(crypto.randomUUID(), [
      {
        Effect: 'Allow',
        Action: ['workmail:ListOrganizations'],
        Resource: ['*'],
        Condition: { [operator]: { [key]: [value] } },
      },
    ])
  const from = { 'X-Forwarded-For': '203.0.113.9, 127.0.0.1', 'X-Forwarded-Proto': 'https' }
  for (const [operator, key, value, headers, status] of [
    ['IpAddress', 'aws:SourceIp', '203.0.113.0/24', from, 200],
    ['IpAddress', 'aws:SourceIp', '203.0.113.0/24', {}, 403],
    ['IpAddress', 'aws:SourceIp', '127.0.0.0/8', {}, 200],
    ['DateLessThan', 'aws:CurrentTime', '2026-06-01T12:00:01Z', {}, 200],
    ['DateLessThan', 'aws:CurrentTime', '2026-06-01T12:00:00Z', {}, 403],
    ['Bool', 'aws:SecureTransport', 'true', from, 200],
    ['Bool', 'aws:SecureTransport', 'true', {}, 403],
    ['Bool', 'aws:SecureTransport', 'false', {}, 200],
  ] as const) {
    const as = await may(operator, key, value)
    const answered = await control.call('ListOrganizations', {}, { as, headers })
    const circumstances = headers === from ? 'through a proxy' : 'from this machine'
    t.equal(answered.status, status, `dispatch() ${key} ${operator} ${value} ${circumstances}`)
  }

  const malformed = { 'X-Forwarded-For': 'elsewhere' }
  t.match(
    await control.call('ListOrganizations', {}, { headers: malformed }),
    { status: 400, type: 'SerializationException', message: /X-Forwarded-For/ },
    'R23 a malformed X-Forwarded-For is refused',
  )
  const inClear = { 'X-Forwarded-For': '203.0.113.9', 'X-Forwarded-Proto': 'http' }
  t.match(
    await control.call('ListOrganizations', {}, { headers: inClear }),
    { type: 'IncompleteSignatureException' },
    'R20 Basic is not taken in clear from elsewhere',
  )
})

t.test('dispatch() compares the role of a condition only if the call assumes a role', async t => {
  const control = await startControlTestServer(t)
  const ImpersonationRoleId = await control.createRole('role')
  const onRole = await control.addPrincipal('on-role', [
    {
      Effect: 'Allow',
      Action: ['workmail:*ImpersonationRole'],
      Resource: ['*'],
      Condition: { StringEquals: { 'workmail:ImpersonationRoleId': [ImpersonationRoleId] } },
    },
  ])
  for (const [name, status] of [
    ['AssumeImpersonationRole', 200],
    ['GetImpersonationRole', 403],
  ] as const) {
    const input = { OrganizationId: ORGANIZATION, ImpersonationRoleId }
    t.equal((await control.call(name, input, { as: onRole })).status, status, name)
  }
})

t.test('R19 a principal can access only its own organization', async t => {
  const control = await startControlTestServer(t)
  const other = await control.addPrincipal('other', [ANYTHING], ELSEWHERE)
  const role = await control.createRole('role')
  const unknown = (id: string) =>
    `OrganizationNotFoundException: The organization ${id} does not exist`

  for (const { service, name } of ACTIONS.values()) {
    if (name === 'ListOrganizations') continue
    const input = { ImpersonationRoleId: role }
    const said = await control.refusal(name, input, { as: other, service })
    t.equal(said, unknown(ORGANIZATION), `dispatch() hides the organization from ${name}`)
  }
  const invented = 'm-00000000000000000000000000000000'
  t.equal(
    await control.refusal('ListUsers', { OrganizationId: invented }),
    unknown(invented),
    'another organization and an unknown one get the same message',
  )
  t.match(
    await control.refusal('ListUsers', { OrganizationId: 'bad', MaxResults: 0 }),
    /^InvalidParameterException: OrganizationId must be 34 characters: .*; MaxResults must be /,
    'all that is wrong is said at once',
  )
  const listed = await control.call('ListOrganizations', {}, { as: other })
  t.match(listed.body, { OrganizationSummaries: [{ OrganizationId: ELSEWHERE }] })
  t.equal((listed.body['OrganizationSummaries'] as unknown[]).length, 1)

  const nowhere = await control.addPrincipal('nowhere', [ANYTHING], invented as typeof ELSEWHERE)
  t.equal(
    await control.refusal('ListUsers', { OrganizationId: invented }, { as: nowhere }),
    unknown(invented),
    'an organization that is configured no more is not there',
  )
})

t.test('R25 dispatch() announces every change that may have been made, and no other', async t => {
  const control = await startControlTestServer(t)
  const role = { OrganizationId: ORGANIZATION, Name: 'role', Type: 'READ_ONLY', Rules: [] }
  const nobody = await control.addPrincipal('nobody', [])
  await control.call('ListImpersonationRoles', { OrganizationId: ORGANIZATION })
  await control.call('CreateImpersonationRole', role, { as: nobody })
  await control.call('CreateImpersonationRole', { ...role, Type: 'NONE' })
  t.strictSame(
    control.announced,
    [],
    'a read, and what was refused before it could change anything',
  )
  await control.call('CreateImpersonationRole', role)
  t.strictSame(control.announced, [ORGANIZATION])
  const failed = await control.call('CreateImpersonationRole', role)
  t.equal(failed.status, 400)
  t.strictSame(control.announced, [ORGANIZATION, ORGANIZATION])
})

t.test('dispatch() records every change, with any result', async t => {
  const control = await startControlTestServer(t)
  const nobody = await control.addPrincipal('nobody', [])
  const role = { Name: 'role', Type: 'READ_ONLY', Rules: [] }
  const create = (input: object, as: Key = control.admin) =>
    control.call(
      'CreateImpersonationRole',
      { OrganizationId: ORGANIZATION, ...input },
      { as, headers: { 'User-Agent': 'test/1' } },
    )

  const made = await create(role)
  const refused = await create(role, nobody)
  const failed = await create({ ...role, Type: 'NONE' })
  const id = String(made.body['ImpersonationRoleId'])
  const common = { type: 'change', sourceAddress: '127.0.0.1', userAgent: 'test/1' }
  const action = 'workmail:CreateImpersonationRole'
  const by = { principalId: control.admin.principalId, accessKeyId: control.admin.id }
  const idOf = ({ headers }: typeof made) => headers.get('x-amzn-requestid')
  const [first, second, third, ...more] = control.audit()
  t.match(first, {
    ...common,
    ...by,
    action,
    verdict: 'allow',
    decisionId: idOf(made),
    after: { id, name: 'role' },
  })
  t.notOk('before' in (first ?? {}))
  t.type(first?.['policyVersion'], 'number')
  t.match(second, {
    ...common,
    action,
    verdict: 'deny',
    reason: 'AccessDeniedException',
    principalId: nobody.principalId,
    decisionId: idOf(refused),
  })
  t.match(third, {
    ...common,
    action,
    verdict: 'error',
    reason: 'InvalidParameterException',
    decisionId: idOf(failed),
  })

  await control.get('UpdateImpersonationRole', { ...role, ImpersonationRoleId: id, Name: 'new' })
  await control.get('DeleteImpersonationRole', { ImpersonationRoleId: id })
  await control.get('PutAccessControlRule', { Name: 'all', Effect: 'ALLOW', Description: '' })
  await control.get('DeleteAccessControlRule', { Name: 'all' })
  const changes = control.audit().slice(3)
  t.match(changes, [
    {
      action: 'workmail:UpdateImpersonationRole',
      before: { name: 'role' },
      after: { name: 'new' },
    },
    { action: 'workmail:DeleteImpersonationRole', before: { name: 'new' } },
    { action: 'workmail:PutAccessControlRule', after: { name: 'all' } },
    { action: 'workmail:DeleteAccessControlRule', before: { name: 'all' } },
  ])
  t.strictSame(more, [])

  await control.get('ListUsers')
  await control.refusal('ListUsers', {}, { as: nobody })
  t.match(
    control.audit().slice(7),
    [{ type: 'call' }],
    'reading is not recorded, unless it is denied',
  )
})

t.test('R31 wrong credentials are recorded once per address, key and minute', async t => {
  const control = await startControlTestServer(t)
  const wrong = { ...control.admin, secret: 'wrong' }
  for (const _ of [1, 2, 3]) {
    const { type, status } = await control.call('ListOrganizations', {}, { as: wrong })
    t.strictSame([type, status], ['UnrecognizedClientException', 403])
  }
  const records = control.audit()
  t.match(records, [
    { type: 'decision', reason: 'credentials-refused', accessKeyId: control.admin.id },
  ])
  t.equal(records.length, 1)
})

t.test('P6 without the store every call fails, and clients retry', async t => {
  const control = await startControlTestServer(t)
  await control.store.close()
  const answered = await control.call('ListOrganizations')
  t.match(answered, { status: 503, type: 'ServiceUnavailableException', message: /Try again/ })
  t.match(control.log(), /requestId/)
})

t.test('R37 a change waits in the outbox while the audit cannot be written', async t => {
  const control = await startControlTestServer(t)
  diskBelow(t, control.auditFolder).fill()
  const role = { OrganizationId: ORGANIZATION, Name: 'role', Type: 'READ_ONLY', Rules: [] }
  const made = await control.call('CreateImpersonationRole', role)
  t.equal(made.status, 200)
  const [waiting, ...others] = await control.store.claimOutbox(-1)
  t.match(JSON.parse(waiting?.record ?? '{}'), {
    type: 'change',
    decisionId: waiting?.id,
    organizationId: ORGANIZATION,
    principalId: control.admin.principalId,
    action: 'workmail:CreateImpersonationRole',
    verdict: 'allow',
    policyVersion: await control.store.policyVersion(ORGANIZATION),
    after: { name: 'role' },
  })
  t.strictSame(others, [])
  const refused = await control.call('CreateImpersonationRole', { ...role, Type: 'NONE' })
  t.equal(refused.type, 'InvalidParameterException', 'what is refused is refused all the same')
  t.equal((await control.call('ListOrganizations')).status, 200, 'and reads continue')
  const [one] = await control.store.roles(ORGANIZATION)
  const assumed = await control.call('AssumeImpersonationRole', {
    OrganizationId: ORGANIZATION,
    ImpersonationRoleId: one?.id,
  })
  t.match(assumed, { status: 503, body: { Token: undefined } })
})

t.test('concurrent changes are recorded in the order in which they were made', async t => {
  const control = await startControlTestServer(t)
  const ImpersonationRoleId = await control.createRole('role')
  const names = ['a', 'b', 'c', 'd', 'e', 'f']
  const answers = await Promise.all(
    names.map(Name =>
      control.call('UpdateImpersonationRole', {
        OrganizationId: ORGANIZATION,
        ImpersonationRoleId,
        Name,
        Type: 'READ_ONLY',
        Rules: [],
      }),
    ),
  )
  t.strictSame(new Set(answers.map(({ status }) => status)), new Set([200]))
  type State = { name: string; version: number }
  const changes = control
    .audit()
    .filter(({ action }) => action === 'workmail:UpdateImpersonationRole')
    .map(({ before, after }) => ({ before: before as State, after: after as State }))
    .sort((one, other) => one.after.version - other.after.version)
  t.equal(changes.length, names.length)
  t.strictSame(changes.map(({ after }) => after.name).sort(), names)
  for (const [i, { before }] of changes.entries())
    t.equal(before.name, changes[i - 1]?.after.name ?? 'role')
})

t.test('P5 a change that waited for the revocation of its caller changes nothing', async t => {
  const control = await startControlTestServer(t)
  const { store } = control
  const { change } = store
  const mayCreate = { ...ANYTHING, Action: ['ewsgateway:CreatePrincipal'] }
  const mayList = { ...ANYTHING, Action: ['ewsgateway:ListPrincipals'] }
  const withPolicy = (statement: typeof ANYTHING) => ({
    Version: '2012-10-17' as const,
    Statement: [statement],
  })
  const update = async (to: Store, { principalId }: Key, changes: Partial<Principal>) => {
    const stored = await to.principal(ORGANIZATION, principalId)
    if (stored) await to.putPrincipal({ ...stored, ...changes })
  }
  const gone = /^UnrecognizedClientException: The access key or its principal was deleted, disabled/
  const revocations: Readonly<
    Record<string, readonly [(to: Store, caller: Key) => Promise<unknown>, RegExp]>
  > = {
    'deletes the principal': [
      (to, { principalId }) => to.deletePrincipal(ORGANIZATION, principalId),
      gone,
    ],
    'deletes the key': [(to, { id }) => to.deleteKey(ORGANIZATION, accessKeyId(id)), gone],
    'disables the principal': [(to, caller) => update(to, caller, { enabled: false }), gone],
    'ends the principal': [(to, caller) => update(to, caller, { notAfter: 1_000 }), gone],
    'takes the permission': [
      (to, caller) => update(to, caller, { policy: withPolicy(mayList) }),
      /^AccessDeniedException: .*is not authorized to perform: ewsgateway:CreatePrincipal/,
    ],
    'takes what the call gives': [
      (to, caller) => update(to, caller, { policy: withPolicy(mayCreate) }),
      /^AccessDeniedException: .*cannot grant more than its own policy allows/,
    ],
  }
  for (const [what, [revoke, refusal]] of Object.entries(revocations)) {
    const caller = await control.addPrincipal(what, [ANYTHING])
    const waiting = Promise.withResolvers<void>()
    const revocation = change(ORGANIZATION, async transaction => {
      await waiting.promise
      await revoke(transaction, caller)
      return { result: undefined, records: [] }
    })
    store.change = (organization, work) => {
      waiting.resolve()
      return change(organization, work)
    }
    const input = { Name: `heir of ${what}`, Policy: withPolicy(ANYTHING) }
    t.match(
      await control.refusal('CreatePrincipal', input, { as: caller, service: 'EwsGateway' }),
      refusal,
      what,
    )
    await revocation
    const names = (await store.principals(ORGANIZATION)).map(({ name }) => name)
    t.notOk(names.includes(input.Name), `${what}: the caller has created no principal`)
  }
})

t.test('responseOfError() reveals nothing of an unhandled error, but the log does', async t => {
  const lines: string[] = []
  const log = createLog('error', { write: line => lines.push(line) })
  const { status, body } = responseOfError(new TypeError('x of undefined'), log, {
    requestId: 'id-1',
    operation: 'WorkMailService.ListUsers',
  })
  t.equal(status, 500)
  t.strictSame(JSON.parse(String(body)), {
    __type: 'InternalFailure',
    Message: 'An internal error occurred. The log of the gateway has the details',
  })
  t.match(JSON.parse(lines.join('')), {
    err: { message: 'x of undefined' },
    requestId: 'id-1',
    operation: 'WorkMailService.ListUsers',
  })
})

t.test('a deletion of what does not exist is recorded with the given ID', async t => {
  const control = await startControlTestServer(t)
  const service = 'EwsGateway'
  const AccessKeyId = 'AKIAAAAAAAAAAAAAAAAA'
  for (const [action, input, before, options] of [
    ['DeleteImpersonationRole', { ImpersonationRoleId: 'gone' }, { id: 'gone' }],
    ['DeletePrincipal', { PrincipalId: 'gone' }, { id: 'gone' }, { service }],
    ['DeleteAccessKey', { AccessKeyId }, { id: AccessKeyId }, { service }],
    ['DeleteAccessControlRule', { Name: 'gone' }, { name: 'gone' }],
  ] as const) {
    await control.call(action, { OrganizationId: ORGANIZATION, ...input }, options)
    t.strictSame(control.audit().at(-1)?.['before'], before, action)
  }
})
