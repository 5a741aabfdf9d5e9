import t from 'tap'
import type { Statement } from '../../src/model/iam.ts'
import {
  ANYTHING,
  type Answered,
  type ControlTestServer,
  type Key,
  ORGANIZATION,
  startControlTestServer,
} from '../kit/control-test-server.ts'

const service = 'EwsGateway'
const ASSUME = 'workmail:AssumeImpersonationRole'
const EXAMPLE = {
  Version: '2012-10-17',
  Statement: [
    {
      Effect: 'Allow',
      Action: [ASSUME],
      Resource:
        'arn:aws:workmail:us-east-1:111122223333:organization/m-n1pq2345678r901st2u3vx45x6789yza',
      Condition: {
        StringEquals: { 'workmail:ImpersonationRoleId': '12345678-1234-1234-1234-123456789012' },
      },
    },
  ],
}
const PASS = 'ewsgateway:PassImpersonationRole'
const ONLY_ON_ROLES = `must have no Action other than ${ASSUME} and ${PASS}`
const policy = (...statements: readonly object[]) => ({
  Version: '2012-10-17',
  Statement: statements,
})
const allow = (action: string, more: object = {}) => ({
  Effect: 'Allow',
  Action: action,
  Resource: '*',
  ...more,
})

const caller = (control: ControlTestServer, as?: Key) => {
  const call = (name: string, input: object = {}) =>
    control.call(name, { OrganizationId: ORGANIZATION, ...input }, { service, ...(as && { as }) })
  const must = async (name: string, input?: object) => {
    const answered = await call(name, input)
    if (answered.status !== 200) throw new Error(`${name}: ${answered.type}: ${answered.message}`)
    return answered.body
  }
  return { call, must }
}
const said = ({ type, message }: Answered) => `${type}: ${message}`

t.test('CreatePrincipal accepts only policies that it understands completely', async t => {
  const control = await startControlTestServer(t)
  const everything = [{ ...ANYTHING, Action: ['*', PASS] }]
  const { call } = caller(control, await control.addPrincipal('everything', everything))
  const on = (condition: object, action: unknown = ASSUME) =>
    policy({ ...allow(ASSUME), Action: action, Condition: condition })
  const ip = (value: unknown) => on({ IpAddress: { 'aws:SourceIp': value } })

  for (const [name, given, problem] of [
    ["the guide's own example", EXAMPLE, undefined],
    ['one statement instead of a list', { ...policy(), Statement: allow('*') }, undefined],
    ['lists', policy({ ...allow('*'), Action: ['workmail:Get*', 'ewsgateway:L?st*'] }), undefined],
    ['a Sid', policy(allow('*', { Sid: 'Everything1' })), undefined],
    ['a range', ip(['10.0.0.0/8', '2001:db8::/32', '192.0.2.7']), undefined],
    ['a boolean', on({ Bool: { 'aws:SecureTransport': true } }), undefined],
    ['times', on({ DateLessThan: { 'aws:CurrentTime': '2026-12-31T18:00:00Z' } }), undefined],
    [
      'a role to pass',
      on({ StringEquals: { 'workmail:ImpersonationRoleId': 'a' } }, [PASS, ASSUME.toUpperCase()]),
      undefined,
    ],
    ['roles by pattern', on({ StringLike: { 'workmail:ImpersonationRoleId': 'a*' } }), undefined],
    ['no policy', undefined, 'Policy must be a structure'],
    ['text', JSON.stringify(EXAMPLE), 'Policy must be a structure'],
    ['another version', { ...EXAMPLE, Version: '2008-10-17' }, 'Policy.Version must be 2012-10-17'],
    ['no version', { Statement: [] }, 'Policy.Version is missing'],
    ['no statement', policy(), 'Policy.Statement must be a statement'],
    ['an Id', { ...EXAMPLE, Id: 'x' }, 'Policy.Id is an unknown member'],
    [
      'NotAction',
      policy(allow('*', { NotAction: '*' })),
      'Statement[0].NotAction is an unknown member',
    ],
    ['NotResource', policy(allow('*', { NotResource: '*' })), 'NotResource is an unknown member'],
    ['Principal', policy(allow('*', { Principal: '*' })), 'Principal is an unknown member'],
    ['another Effect', policy(allow('*', { Effect: 'ALLOW' })), 'Effect must be Allow or Deny'],
    ['no Resource', policy({ Effect: 'Allow', Action: '*' }), 'Resource is missing'],
    ['no Action', policy({ ...allow('*'), Action: [] }), 'Action must be an action'],
    ['a service with wildcards', policy(allow('work*:GetUser')), 'Action[0] must be an action'],
    ['another service', policy(allow('s3:GetObject')), 'Action[0] must be an action'],
    ['an action without service', policy(allow('GetUser')), 'Action[0] must be an action'],
    [
      'an ARN of something else',
      policy({ ...allow('*'), Resource: ['arn:aws:s3:::bucket'] }),
      'Resource[0] must be the ARN of an organization',
    ],
    [
      'an ARN of any service',
      policy({ ...allow('*'), Resource: `arn:aws:*:::organization/${ORGANIZATION}` }),
      'Resource[0] must be',
    ],
    ['no conditions', on({}), 'Condition must have at least one member'],
    ['an operator without keys', on({ IpAddress: {} }), 'IpAddress must have at least one'],
    [
      'an unknown operator',
      on({ StringEqualsIfExists: {} }),
      'StringEqualsIfExists is an unknown member',
    ],
    [
      'an unknown key',
      on({ IpAddress: { 'aws:UserAgent': 'x' } }),
      '"aws:UserAgent" is an unknown member',
    ],
    [
      'a key of another operator',
      on({ StringEquals: { 'aws:SourceIp': '192.0.2.7' } }),
      '"aws:SourceIp" is an unknown member',
    ],
    ['no range', ip('here'), '"aws:SourceIp"[0] must be an IP address or a range'],
    ['no ranges', ip([]), '"aws:SourceIp" must be an IP address'],
    ['no time', on({ DateLessThan: { 'aws:CurrentTime': 'soon' } }), '[0] must be a time'],
    ['no boolean', on({ Bool: { 'aws:SecureTransport': 'maybe' } }), '[0] must be true or false'],
    [
      'a pattern where there is none',
      on({ StringEquals: { 'workmail:ImpersonationRoleId': 'a*' } }),
      'patterns need StringLike',
    ],
    [
      'R19 a role where it means nothing',
      on({ StringEquals: { 'workmail:ImpersonationRoleId': 'a' } }, [ASSUME, 'workmail:GetUser']),
      ONLY_ON_ROLES,
    ],
    [
      'R19 a role with a pattern of actions',
      on({ StringNotLike: { 'workmail:ImpersonationRoleId': 'a' } }, 'workmail:*'),
      ONLY_ON_ROLES,
    ],
    [
      'too long a policy',
      policy(...Array(200).fill(allow('workmail:GetImpersonationRole'))),
      'must have at most 10240 characters',
    ],
  ] as const) {
    const answered = await call('CreatePrincipal', { Name: name, Policy: given })
    if (problem === undefined) t.equal(answered.status, 200, `CreatePrincipal takes ${name}`)
    else {
      t.equal(answered.type, 'InvalidParameterException', `CreatePrincipal refuses ${name}`)
      t.match(answered.message, problem, name)
    }
  }
})

t.test('principals are created, listed, changed, and deleted', async t => {
  const control = await startControlTestServer(t)
  const { call, must } = caller(control)
  const { PrincipalId, Version } = await must('CreatePrincipal', { Name: 'tool', Policy: EXAMPLE })
  const stored = { ...EXAMPLE.Statement[0], Resource: [EXAMPLE.Statement[0]?.Resource] }
  const { Principals } = await must('ListPrincipals')
  t.match(
    (Principals as object[]).find(one => 'Name' in one && one.Name === 'tool'),
    {
      PrincipalId,
      Enabled: true,
      Version,
      Policy: {
        Version: '2012-10-17',
        Statement: [
          {
            ...stored,
            Condition: {
              StringEquals: {
                'workmail:ImpersonationRoleId': ['12345678-1234-1234-1234-123456789012'],
              },
            },
          },
        ],
      },
    },
    'lists stand where one value stood',
  )

  const renamed = await must('UpdatePrincipal', {
    PrincipalId,
    Name: 'other',
    ExpectedVersion: Version,
  })
  t.not(renamed['Version'], Version)
  const late = await call('UpdatePrincipal', {
    PrincipalId,
    Enabled: false,
    ExpectedVersion: Version,
  })
  t.match(late, { status: 409, type: 'ConflictException' })
  t.match(late.message, renamed['Version'], 'ConflictException names the present version')
  await must('UpdatePrincipal', { PrincipalId, Enabled: false })
  t.match(
    said(await call('UpdatePrincipal', { PrincipalId })),
    /^InvalidParameterException: Name, /,
  )

  await must('DeletePrincipal', { PrincipalId })
  await must('DeletePrincipal', { PrincipalId })
  const gone = `ResourceNotFoundException: The principal ${PrincipalId} does not exist`
  t.equal(said(await call('UpdatePrincipal', { PrincipalId, Enabled: true })), gone)
  t.equal(said(await call('CreateAccessKey', { PrincipalId })), gone)
  t.equal(said(await call('ListAccessKeys', { PrincipalId })), gone)

  t.match(
    control.audit().filter(({ verdict }) => verdict === 'allow'),
    [
      { action: 'ewsgateway:CreatePrincipal', after: { id: PrincipalId, name: 'tool' } },
      { action: 'ewsgateway:UpdatePrincipal', before: { name: 'tool' }, after: { name: 'other' } },
      {
        action: 'ewsgateway:UpdatePrincipal',
        before: { enabled: true },
        after: { enabled: false },
      },
      { action: 'ewsgateway:DeletePrincipal', before: { id: PrincipalId } },
      { action: 'ewsgateway:DeletePrincipal' },
    ],
  )
})

t.test('names of principals are unique after NFC, case folding, and trimming', async t => {
  const control = await startControlTestServer(t)
  const { call, must } = caller(control)
  const role = await control.createRole('role')
  const { PrincipalId: first } = await must('CreatePrincipal', {
    Name: 'Caf\u00e9',
    Policy: EXAMPLE,
  })
  const { PrincipalId } = await must('CreatePrincipal', { Name: 'other', Policy: EXAMPLE })
  const before = await control.store.principals(ORGANIZATION)
  const Name = ' CAFE\u0301 '
  const taken =
    'InvalidParameterException: Name must be unique: Another principal has the name "Caf\u00e9" already'
  for (const [action, input] of [
    ['CreatePrincipal', { Name, Policy: EXAMPLE }],
    ['UpdatePrincipal', { Name, PrincipalId }],
    ['GiveRoleToTool', { Name, ImpersonationRoleId: role }],
  ] as const)
    t.equal(said(await call(action, input)), taken, action)
  t.strictSame(await control.store.principals(ORGANIZATION), before)
  await must('UpdatePrincipal', { Name, PrincipalId: first })
})

t.test('DeletePrincipal rejects the name of a principal, and prefers an ID to a name', async t => {
  const control = await startControlTestServer(t)
  const { call, must } = caller(control)
  const create = async (Name: string) =>
    String((await must('CreatePrincipal', { Name, Policy: EXAMPLE }))['PrincipalId'])
  const tool = await create(' Backup-Tool ')
  await create(tool)
  const before = await control.store.principals(ORGANIZATION)
  t.equal(
    said(await call('DeletePrincipal', { PrincipalId: 'backup-tool' })),
    `InvalidParameterException: backup-tool is the name of a principal. Use its ID, ${tool}`,
  )
  t.strictSame(await control.store.principals(ORGANIZATION), before)

  await must('DeletePrincipal', { PrincipalId: tool })
  t.strictSame(
    await control.store.principals(ORGANIZATION),
    before.filter(({ id }) => id !== tool),
  )
  await must('DeletePrincipal', { PrincipalId: 'backup-tool' })
})

t.test('ListPrincipals returns each principal once, despite changes between pages', async t => {
  const control = await startControlTestServer(t)
  const { must } = caller(control)
  for (let i = 0; i < 4; i += 1) await control.addPrincipal(`p${i}`, [])
  const before = (await control.store.principals(ORGANIZATION)).map(({ id }) => id)

  const seen: unknown[] = []
  let NextToken: unknown
  do {
    const page = { MaxResults: 2, ...(NextToken !== undefined && { NextToken }) }
    const answered = await must('ListPrincipals', page)
    seen.push(...(answered['Principals'] as { PrincipalId: string }[]).map(one => one.PrincipalId))
    NextToken = answered['NextToken']
    await control.addPrincipal(`late ${seen.length}`, [])
  } while (NextToken !== undefined && seen.length < 20)
  t.strictSame(
    before.filter(id => seen.filter(one => one === id).length !== 1),
    [],
  )
})

t.test('GetPrincipal returns a principal as ListPrincipals lists it', async t => {
  const control = await startControlTestServer(t)
  const { call, must } = caller(control)
  const Period = { NotAfter: 4_000_000_000 }
  const { PrincipalId } = await must('CreatePrincipal', { Name: 'tool', Policy: EXAMPLE, Period })
  await control.addPrincipal('other', [])
  const shown = () => must('GetPrincipal', { PrincipalId })
  const same = async (does: string) => {
    const { Principals } = await must('ListPrincipals')
    const listed = (Principals as { PrincipalId: string }[]).find(
      one => one.PrincipalId === PrincipalId,
    )
    t.strictSame(await shown(), listed, does)
  }

  await same('without a credential')
  t.match(await shown(), { Name: 'tool', State: 'NO_CREDENTIAL', Period })
  const { AccessKeyId } = await must('CreateAccessKey', { PrincipalId })
  await same('with a key')
  t.match(await shown(), { State: 'ACTIVE' })
  await must('DeleteAccessKey', { AccessKeyId })
  const account = { Sid: 'S-1-5-21-1-2-3-1104', Names: ['ann@example.com'] }
  await must('PutPrincipalIdentities', {
    PrincipalId,
    Identities: [{ DirectoryAccount: account }],
  })
  await same('with an identity')
  await must('UpdatePrincipal', { PrincipalId, Enabled: false })
  await same('disabled')

  await must('DeletePrincipal', { PrincipalId })
  const missing = `The principal ${PrincipalId} does not exist`
  t.equal(
    said(await call('GetPrincipal', { PrincipalId })),
    `ResourceNotFoundException: ${missing}`,
  )
})

t.test('one of two concurrent changes of a principal gets a conflict', async t => {
  const control = await startControlTestServer(t)
  const { call, must } = caller(control)
  const { PrincipalId, Version } = await must('CreatePrincipal', { Name: 'tool', Policy: EXAMPLE })
  const update = (Name: string, more: object = {}) =>
    call('UpdatePrincipal', { PrincipalId, Name, ...more })
  const names = ['a', 'b', 'c', 'd', 'e', 'f']
  const seen = await Promise.all(names.map(name => update(name, { ExpectedVersion: Version })))
  t.strictSame(seen.map(({ status }) => status).toSorted(), [200, 409, 409, 409, 409, 409])
  const blind = await Promise.all(names.slice(0, 3).map(name => update(`x${name}`)))
  t.strictSame(
    blind.map(({ status }) => status),
    [200, 200, 200],
  )
})

t.test('access keys are created, used, disabled, and deleted, at most two', async t => {
  let at = Date.now()
  const control = await startControlTestServer(t, { now: () => at })
  const { call, must } = caller(control)
  const may = policy(allow('workmail:ListOrganizations'))
  const { PrincipalId } = await must('CreatePrincipal', { Name: 'tool', Policy: may })
  const make = async (more: object = {}) => {
    const made = await must('CreateAccessKey', { PrincipalId, ...more })
    return { id: String(made['AccessKeyId']), secret: String(made['SecretAccessKey']), made }
  }
  const works = async ({ id, secret }: { id: string; secret: string }) =>
    (
      await control.call(
        'ListOrganizations',
        {},
        { as: { id, secret, principalId: control.admin.principalId } },
      )
    ).status === 200
  const list = async () =>
    (await must('ListAccessKeys', { PrincipalId }))['AccessKeys'] as Record<string, unknown>[]

  const first = await make()
  t.match(first.made, { PrincipalId, Enabled: true, DateCreated: at / 1_000 })
  t.equal(first.made['ExpiresTime'], at / 1_000 + 366 * 86_400, 'the limit of the organization')
  at += 1_000
  const second = await make({ ExpiresTime: at / 1_000 + 60, ExtendedProtection: 'REQUIRE' })
  t.equal(first.made['ExtendedProtection'], 'ALLOW')
  t.equal(second.made['ExtendedProtection'], 'REQUIRE')
  t.match(
    said(await call('CreateAccessKey', { PrincipalId })),
    /^LimitExceededException: .* two access keys already/,
  )
  t.ok((await works(first)) && (await works(second)))
  const listed = await list()
  t.match(listed, [
    { AccessKeyId: first.id, DateLastUsed: at / 1_000 },
    { AccessKeyId: second.id, ExpiresTime: at / 1_000 + 60 },
  ])
  t.notMatch(JSON.stringify(listed), first.secret, 'P8 a secret is returned once')
  t.notMatch(JSON.stringify(listed), /secret|sealed/i)

  at += 60_000
  t.notOk(await works(second), 'a key ends when it expires')
  const update = (Enabled: boolean, more: object = {}) =>
    call('UpdateAccessKey', { AccessKeyId: first.id, Enabled, ...more })
  const { Version } = listed[0] ?? {}
  t.equal((await update(false, { ExpectedVersion: Version })).status, 200)
  t.notOk(await works(first), 'a disabled key is none')
  t.match(await update(true, { ExpectedVersion: Version }), { type: 'ConflictException' })
  t.equal((await update(true)).status, 200)
  t.ok(await works(first))

  const [{ Version: enabled } = {}] = await list()
  const protect = { AccessKeyId: first.id, ExtendedProtection: 'REQUIRE' }
  await must('UpdateAccessKey', { ...protect, ExpectedVersion: enabled })
  t.match(await list(), [{ ExtendedProtection: 'REQUIRE' }, { ExtendedProtection: 'REQUIRE' }])
  t.match(await update(false, { ExpectedVersion: enabled }), { type: 'ConflictException' })
  await update(false)
  t.match(await list(), [{ ExtendedProtection: 'REQUIRE', Enabled: false }, {}])
  await must('UpdateAccessKey', { AccessKeyId: first.id, ExtendedProtection: 'ALLOW' })
  t.match(await list(), [{ ExtendedProtection: 'ALLOW', Enabled: false }, {}])
  t.match(
    said(await call('UpdateAccessKey', { ...protect, ExtendedProtection: 'require' })),
    'ALLOW',
  )
  await update(true)

  await must('DeleteAccessKey', { AccessKeyId: first.id })
  await must('DeleteAccessKey', { AccessKeyId: first.id })
  t.notOk(await works(first))
  t.match(said(await update(true)), /^ResourceNotFoundException: The access key AKIA/)
  t.match(
    said(await call('CreateAccessKey', { PrincipalId, ExpiresTime: at / 1_000 })),
    'InvalidParameterException: ExpiresTime must be in the future',
  )
  const records = JSON.stringify(control.audit())
  t.notMatch(records, first.secret, 'P8 no secret is recorded')
  t.notMatch(records, /sealedSecret|secretHash/)
})

const ACCOUNT = {
  DirectoryAccount: { Sid: 'S-1-5-21-1-2-3-1104', Names: ['svc@example.com', 'EXAMPLE\\svc'] },
}
const TOKEN = {
  TokenSubject: { Issuer: 'https://issuer.example.com', Claim: 'appid', Subject: 'app-1' },
}

t.test('PutPrincipalIdentities binds a principal to external identities', async t => {
  const control = await startControlTestServer(t)
  const { call, must } = caller(control)
  const create = async (Name: string) =>
    (await must('CreatePrincipal', { Name, Policy: policy(allow(ASSUME)) }))['PrincipalId']
  const PrincipalId = await create('tool')
  const other = await create('other')
  const { Version: ExpectedVersion, ...none } = await must('ListPrincipalIdentities', {
    PrincipalId,
  })
  t.strictSame(none, { Identities: [] })
  const Identities = [ACCOUNT, TOKEN]
  const put = await must('PutPrincipalIdentities', { PrincipalId, Identities, ExpectedVersion })
  t.strictSame(await must('ListPrincipalIdentities', { PrincipalId }), { Identities, ...put })
  t.match(
    control.audit().findLast(({ action }) => action === 'ewsgateway:PutPrincipalIdentities'),
    {
      before: { id: PrincipalId, identities: [] },
      after: {
        id: PrincipalId,
        identities: [{ kind: 'directory-account' }, { kind: 'token-subject' }],
      },
    },
  )
  const shape = 'Identities[0] must have either DirectoryAccount or TokenSubject'
  for (const [input, expected] of [
    [{ PrincipalId, Identities: [], ExpectedVersion }, /^ConflictException: /],
    [
      { PrincipalId: other, Identities: [ACCOUNT, TOKEN] },
      /Identities\[0\]: Another principal is bound .*; Identities\[1\]: Another principal/,
    ],
    [{ PrincipalId, Identities: [{}] }, shape],
    [{ PrincipalId, Identities: [{ ...ACCOUNT, ...TOKEN }] }, shape],
    [
      {
        PrincipalId,
        Identities: [
          { DirectoryAccount: { Sid: 'S-1-5-32-544', Names: [] } },
          { DirectoryAccount: { ...ACCOUNT.DirectoryAccount, Names: ['svc'] } },
          { TokenSubject: { Issuer: '', Claim: 'upn', Subject: 'a\n' } },
        ],
      },
      [
        'Identities[0].DirectoryAccount.Sid must be the objectSid of an account, like S-1-5-21-1-2-3-1104',
        'Identities[0].DirectoryAccount.Names must be a list of 1 to 10 names',
        'Identities[1].DirectoryAccount.Names[0] must be a name like user@example.com or EXAMPLE\\user',
        'Identities[2].TokenSubject.Issuer must be 1 to 512 characters: the issuer of tokens, as `iss`',
        'Identities[2].TokenSubject.Claim must be one of appid, oid, sub',
        'Identities[2].TokenSubject.Subject must be 1 to 512 characters: the value of the claim',
      ].join('; '),
    ],
    [
      { PrincipalId, Identities: Array(11).fill(TOKEN) },
      'Identities must be a list of at most 10 identities',
    ],
    [{ PrincipalId: 'p', Identities: [] }, /^ResourceNotFoundException: /],
  ] as const) {
    const answered = said(await call('PutPrincipalIdentities', input))
    if (typeof expected === 'string') t.ok(answered.includes(expected), answered)
    else t.match(answered, expected)
  }
  await must('PutPrincipalIdentities', { PrincipalId, Identities: [] })
  await must('PutPrincipalIdentities', { PrincipalId: other, Identities: [TOKEN] })
})

t.test('a policy must name permissions that exist, and roles by their IDs', async t => {
  const control = await startControlTestServer(t)
  const everything = [{ ...ANYTHING, Action: ['*', PASS] }]
  const { call, must } = caller(control, await control.addPrincipal('everything', everything))
  const roleId = await control.createRole('backup', [])
  const on = (operator: string, value: string) =>
    policy(allow(ASSUME, { Condition: { [operator]: { 'workmail:ImpersonationRoleId': value } } }))
  const deny = (action: string) => policy(allow('*'), { ...allow(action), Effect: 'Deny' })

  for (const [Policy, problem] of [
    [deny('ewsgateway:ListDecisons'), 'Statement[1].Action[0]: there is no permission'],
    [deny('workmail:ListDecisions'), 'there is no permission "workmail:ListDecisions"'],
    [deny('workmail:Assume'), 'there is no permission'],
    [deny('ewsgateway:Lits*'), 'there is no permission "ewsgateway:Lits*"'],
    [on('StringEquals', 'backup'), `is the name of a role. Use its ID, ${roleId}`],
    [on('StringNotEquals', 'Backup'), `"Backup" is the name of a role. Use its ID, ${roleId}`],
  ] as const) {
    const created = await call('CreatePrincipal', { Name: 'tool', Policy })
    t.match(created, { status: 400, message: problem }, problem)
    const changed = { PrincipalId: control.admin.principalId, Policy }
    t.match(await call('UpdatePrincipal', changed), { status: 400, message: problem })
  }
  for (const Policy of [
    deny('EWSGATEWAY:listdecisions'),
    deny('ewsgateway:List*'),
    deny('workmail:?ssumeImpersonationRole'),
    deny(PASS),
    on('StringNotEquals', roleId),
    on('StringEquals', 'no-role'),
    on('StringLike', 'back*'),
  ])
    await must('CreatePrincipal', {
      Name: JSON.stringify(Policy).slice(-60, -20).replaceAll(/\W/g, ''),
      Policy,
    })
})

t.test('R19 a principal cannot grant more than it has', async t => {
  const control = await startControlTestServer(t)
  const admin = caller(control)
  const own: Statement[] = [
    { Effect: 'Allow', Action: ['ewsgateway:*', 'workmail:Get*'], Resource: ['*'] },
    {
      Effect: 'Allow',
      Action: [ASSUME],
      Resource: ['*'],
      Condition: { IpAddress: { 'aws:SourceIp': ['127.0.0.0/8'] } },
    },
    { Effect: 'Deny', Action: ['ewsgateway:DeletePrincipal'], Resource: ['*'] },
  ]
  const lesser = await control.addPrincipal('lesser', own)
  const { call, must } = caller(control, lesser)
  const DENIED =
    /^AccessDeniedException: User: lesser .* cannot grant more than its own policy allows/
  const create = (...statements: object[]) =>
    call('CreatePrincipal', { Name: 'made', Policy: policy(...statements) })

  t.match(said(await create(allow('*'))), DENIED)
  t.match(said(await create(allow('workmail:*'))), /Statement\[0\] allows workmail:\*/)
  t.match(said(await create(allow(ASSUME))), DENIED, 'nor without their conditions')
  t.match(
    said(await create(allow('ewsgateway:*'))),
    /"Statement\[0\] needs your policy's Deny statement on ewsgateway:DeletePrincipal"/,
  )
  t.equal((await create(allow('workmail:GetImpersonationRole'))).status, 200)
  const copy = await must('CreatePrincipal', { Name: 'copy', Policy: policy(...own) })
  t.type(copy['PrincipalId'], 'string', 'but all that they have')

  const { PrincipalId: powerful } = await admin.must('CreatePrincipal', {
    Name: 'powerful',
    Policy: policy(ANYTHING),
    Enabled: false,
  })
  const { AccessKeyId } = await admin.must('CreateAccessKey', { PrincipalId: powerful })
  await admin.must('UpdateAccessKey', { AccessKeyId, Enabled: false })
  const tomorrow = Math.ceil(Date.now() / 1_000) + 86_400
  const later = { PrincipalId: powerful, NotBefore: tomorrow }
  const { AccessKeyId: early } = await admin.must('CreateAccessKey', later)
  for (const [name, input] of [
    ['CreateAccessKey', { PrincipalId: powerful }],
    ['UpdateAccessKey', { AccessKeyId, Enabled: true }],
    ['UpdateAccessKey', { AccessKeyId, ExtendedProtection: 'ALLOW' }],
    ['UpdateAccessKey', { AccessKeyId: early, NotBefore: tomorrow - 1 }],
    ['PutPrincipalIdentities', { PrincipalId: powerful, Identities: [TOKEN] }],
    ['UpdatePrincipal', { PrincipalId: powerful, Enabled: true }],
    ['UpdatePrincipal', { PrincipalId: copy['PrincipalId'], Policy: policy(ANYTHING) }],
    ['UpdatePrincipal', { PrincipalId: lesser.principalId, Policy: policy(ANYTHING) }],
    ['UpdatePrincipal', { PrincipalId: lesser.principalId, Policy: policy(own[0] ?? {}) }],
  ] as const)
    t.match(said(await call(name, input)), DENIED, `${name} gives nothing away`)

  t.equal((await call('UpdatePrincipal', { PrincipalId: powerful, Name: 'renamed' })).status, 200)
  t.equal((await call('UpdateAccessKey', { AccessKeyId, Enabled: false })).status, 200)
  const notBefore = { AccessKeyId: early, NotBefore: tomorrow + 1 }
  t.equal((await call('UpdateAccessKey', notBefore)).status, 200)
  const stricter = { AccessKeyId, ExtendedProtection: 'REQUIRE' }
  t.equal((await call('UpdateAccessKey', stricter)).status, 200)
  const less = policy(allow('workmail:Get*'))
  t.equal((await call('UpdatePrincipal', { PrincipalId: powerful, Policy: less })).status, 200)
  t.match(
    control.audit().filter(({ reason }) => reason === 'AccessDeniedException').length,
    13,
    'every attempt is recorded',
  )
  const wm = await control.addPrincipal('workmail', [
    { Effect: 'Allow', Action: ['workmail:*'], Resource: ['*'] },
  ])
  t.match(
    said(await caller(control, wm).call('ListPrincipals')),
    /^AccessDeniedException: .*ewsgateway:ListPrincipals/,
    'R19 workmail: never covers an action of the gateway',
  )
})
