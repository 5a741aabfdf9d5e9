import fc from 'fast-check'
import t from 'tap'
import type { Condition, PolicyDocument, Statement } from '../../src/model/iam.ts'
import { organizationId } from '../../src/model/identity.ts'
import { roleId } from '../../src/model/role.ts'
import { assumesOnly, evaluatePolicy, onlyRole, type PolicyRequest } from '../../src/policy/iam.ts'

const organization = organizationId('m-0123456789abcdef0123456789abcdef')
const ARN = `arn:aws:workmail:us-east-1:111122223333:organization/${organization}`
const ROLE = '12345678-1234-1234-1234-123456789012'
const ASSUME = 'workmail:AssumeImpersonationRole'

const policy = (...statements: readonly Partial<Statement>[]): PolicyDocument => ({
  Version: '2012-10-17',
  Statement: statements.map(statement => ({
    Effect: 'Allow',
    Action: ['*'],
    Resource: ['*'],
    ...statement,
  })),
})

/** The example of WorkMail's guide. */
const guide = policy({
  Action: [ASSUME],
  Resource: [ARN],
  Condition: { StringEquals: { 'workmail:ImpersonationRoleId': [ROLE] } },
})

const request: PolicyRequest = {
  action: ASSUME,
  organizationId: organization,
  roleId: roleId(ROLE),
  sourceIp: '192.0.2.7',
  at: Date.parse('2026-11-24T12:00:00Z'),
  secureTransport: true,
}
const elsewhere = organizationId(`m-${'f'.repeat(32)}`)
const { roleId: _, ...withoutRole } = request

const deny = (statement: Partial<Statement>): Partial<Statement> => ({
  Effect: 'Deny',
  ...statement,
})
const when = (condition: Condition): Partial<Statement> => ({ Condition: condition })
const unreadable = { IpAddress: { 'aws:SourceIp': ['nowhere'] } } as const

for (const [name, document, asked, effect] of [
  ["the guide's example", guide, request, 'Allow'],
  [
    "the guide's example, another role",
    guide,
    { ...request, roleId: roleId('other') },
    'ImplicitDeny',
  ],
  ["the guide's example, no role", guide, withoutRole, 'ImplicitDeny'],
  [
    "the guide's example, another organization",
    guide,
    { ...request, organizationId: elsewhere },
    'ImplicitDeny',
  ],
  [
    "the guide's example, another action",
    guide,
    { ...request, action: 'workmail:CreateUser' },
    'ImplicitDeny',
  ],
  ['no statement', policy(), request, 'ImplicitDeny'],
  ['Allow *', policy({}), request, 'Allow'],
  ['Allow and Deny', policy({}, deny({})), request, 'Deny'],
  ['Deny and Allow', policy(deny({}), {}), request, 'Deny'],
  [
    'a Deny of something else',
    policy({}, deny({ Action: ['workmail:Create*'] })),
    request,
    'Allow',
  ],
  ['a Deny alone that does not match', policy(deny({ Action: ['x:y'] })), request, 'ImplicitDeny'],
  ['no action', policy({ Action: [] }), request, 'ImplicitDeny'],
  ['no resource', policy({ Resource: [] }), request, 'ImplicitDeny'],
  [
    'a condition that holds',
    policy(when({ Bool: { 'aws:SecureTransport': ['true'] } })),
    request,
    'Allow',
  ],
  [
    'a condition that fails',
    policy(when({ Bool: { 'aws:SecureTransport': ['false'] } })),
    request,
    'ImplicitDeny',
  ],
  [
    'a Deny without TLS, over TLS',
    policy({}, deny(when({ Bool: { 'aws:SecureTransport': ['false'] } }))),
    request,
    'Allow',
  ],
  [
    'a Deny without TLS, in clear',
    policy({}, deny(when({ Bool: { 'aws:SecureTransport': ['false'] } }))),
    { ...request, secureTransport: false },
    'Deny',
  ],
  [
    'an address in range',
    policy(when({ IpAddress: { 'aws:SourceIp': ['192.0.2.0/24'] } })),
    request,
    'Allow',
  ],
  [
    'R23 a mapped address in range',
    policy(when({ IpAddress: { 'aws:SourceIp': ['192.0.2.0/24'] } })),
    { ...request, sourceIp: '::ffff:192.0.2.7' },
    'Allow',
  ],
  [
    'an address out of range',
    policy(when({ IpAddress: { 'aws:SourceIp': ['10.0.0.0/8'] } })),
    request,
    'ImplicitDeny',
  ],
  [
    'a time limit not reached',
    policy(when({ DateLessThan: { 'aws:CurrentTime': ['2026-11-25T00:00:00Z'] } })),
    request,
    'Allow',
  ],
  [
    'a time limit passed',
    policy(when({ DateLessThan: { 'aws:CurrentTime': ['2026-11-24T00:00:00Z'] } })),
    request,
    'ImplicitDeny',
  ],
  ['an unreadable condition never allows', policy(when(unreadable)), request, 'ImplicitDeny'],
  ['an unreadable condition always denies', policy({}, deny(when(unreadable))), request, 'Deny'],
  [
    'an unreadable source address never allows',
    policy(when({ NotIpAddress: { 'aws:SourceIp': ['10.0.0.0/8'] } })),
    { ...request, sourceIp: 'unknown' },
    'ImplicitDeny',
  ],
  [
    'an unreadable Resource never allows',
    policy({ Resource: [organization] }),
    request,
    'ImplicitDeny',
  ],
  [
    'an unreadable Resource always denies',
    policy({}, deny({ Resource: [organization] })),
    request,
    'Deny',
  ],
] as const) {
  t.equal(evaluatePolicy(document, asked), effect, `evaluatePolicy() ${name}: ${effect}`)
}

for (const [pattern, action, covered] of [
  ['*', ASSUME, true],
  ['*', 'ewsgateway:ListPrincipals', true],
  ['*:*', 'ewsgateway:ListPrincipals', true],
  ['workmail:*', ASSUME, true],
  ['WorkMail:assumeimpersonationrole', ASSUME, true],
  ['workmail:Assume*', ASSUME, true],
  ['workmail:AssumeImpersonationRol?', ASSUME, true],
  ['workmail:AssumeImpersonationRole?', ASSUME, false],
  ['workmail:Get*', 'workmail:GetImpersonationRole', true],
  ['workmail:Get*', ASSUME, false],
  ['wor\u212aMail:*', ASSUME, false],
  ['workmail:*', 'ewsgateway:ListPrincipals', false],
  ['workmail:ListPrincipals', 'ewsgateway:ListPrincipals', false],
  ['workmail:EwsGateway.*', 'ewsgateway:ListPrincipals', false],
  ['ewsgateway:*', 'ewsgateway:ListPrincipals', true],
  ['EwsGateway:list*', 'ewsgateway:ListPrincipals', true],
  ['ewsgateway:*', ASSUME, false],
] as const) {
  t.equal(
    evaluatePolicy(policy({ Action: [pattern] }), { ...request, action }),
    covered ? 'Allow' : 'ImplicitDeny',
    `R19 evaluatePolicy() Action ${pattern} ${covered ? 'covers' : 'leaves out'} ${action}`,
  )
}

for (const [resource, covered] of [
  ['*', true],
  [ARN, true],
  [`arn:aws-cn:workmail:eu-west-1:999999999999:organization/${organization}`, true],
  [`arn:*:workmail:*:*:organization/${organization}`, true],
  [`arn:aws:workmail:::organization/${organization}`, true],
  ['arn:aws:workmail:us-east-1:111122223333:organization/*', true],
  ['arn:aws:workmail:us-east-1:111122223333:organization/m-0123*', true],
  [`arn:aws:workmail:us-east-1:111122223333:organization/m-${'?'.repeat(32)}`, true],
  [`arn:aws:workmail:us-east-1:111122223333:organization/m-${'?'.repeat(31)}`, false],
  ['arn:aws:workmail:us-east-1:111122223333:*', true],
  ['arn:aws:*:*:*:*', true],
  [`arn:aws:workmail:us-east-1:111122223333:organization/${elsewhere}`, false],
  [ARN.toUpperCase(), false],
  [`${ARN}/user/1`, false],
  [`${ARN}:`, false],
  [ARN.replace('/', '/:'), false],
  [`arn:aws:s3:::organization/${organization}`, false],
  ['arn:aws:workmail:us-east-1:111122223333:organization/', false],
] as const) {
  t.equal(
    evaluatePolicy(policy({ Resource: [resource] }), request),
    covered ? 'Allow' : 'ImplicitDeny',
    `R19 evaluatePolicy() Resource ${resource} ${covered ? 'covers' : 'leaves out'} the organization`,
  )
}

for (const resource of [
  '',
  'arn',
  'arn:aws:workmail',
  'arn:aws:workmail:us-east-1:111122223333',
  organization,
  `organization/${organization}`,
  `aws:workmail:us-east-1:111122223333:organization/${organization}`,
  `ARN:aws:workmail:us-east-1:111122223333:organization/${organization}`,
  ` ${ARN}`,
  `x${ARN}`,
  '**',
  '* ',
]) {
  const said = JSON.stringify(resource)
  t.equal(
    evaluatePolicy(policy({ Resource: [resource] }), request),
    'ImplicitDeny',
    `R19 evaluatePolicy() an Allow on the malformed ARN ${said} allows nothing`,
  )
  t.equal(
    evaluatePolicy(policy({}, deny({ Resource: [resource] })), request),
    'Deny',
    `R19 evaluatePolicy() a Deny on the malformed ARN ${said} denies`,
  )
}

const naming = (...roles: string[]): Partial<Statement> => ({
  Action: [ASSUME],
  Condition: { StringEquals: { 'workmail:ImpersonationRoleId': roles } },
})
const patterned = (...roles: string[]): Partial<Statement> => ({
  Action: [ASSUME],
  Condition: { StringLike: { 'workmail:ImpersonationRoleId': roles } },
})

for (const [name, document, role] of [
  ["of the guide's example", guide, ROLE],
  ['of one role named twice', policy(naming(ROLE), naming(ROLE)), ROLE],
  ['beside statements on other actions', policy(naming(ROLE), { Action: ['workmail:Get*'] }), ROLE],
  ['beside a Deny that names another', policy(naming(ROLE), deny(naming('r2'))), ROLE],
  [
    'of an action spelt otherwise',
    policy({ ...naming(ROLE), Action: [ASSUME.toLowerCase()] }),
    ROLE,
  ],
  ['of no statement', policy(), undefined],
  ['of a Deny alone', policy(deny(naming(ROLE))), undefined],
  ['of two roles in a statement', policy(naming(ROLE, 'r2')), undefined],
  ['of two roles in two statements', policy(naming(ROLE), naming('r2')), undefined],
  ['of an empty list', policy(naming()), undefined],
  ['of a statement without condition', policy({ Action: [ASSUME] }), undefined],
  ['beside a statement without condition', policy(naming(ROLE), { Action: [ASSUME] }), undefined],
  [
    'beside workmail:* without condition',
    policy(naming(ROLE), { Action: ['workmail:*'] }),
    undefined,
  ],
  ['of a pattern', policy(patterned('*')), undefined],
  ['of a pattern without wildcard', policy(patterned(ROLE)), undefined],
  ['beside a pattern', policy(naming(ROLE), patterned('r*')), undefined],
  ['of a wildcard under StringEquals', policy(naming('*')), undefined],
  [
    'of StringEquals and a pattern at once',
    policy({
      Action: [ASSUME],
      Condition: {
        StringEquals: { 'workmail:ImpersonationRoleId': [ROLE] },
        StringLike: { 'workmail:ImpersonationRoleId': ['*'] },
      },
    }),
    undefined,
  ],
  [
    'of StringNotEquals',
    policy({
      Action: [ASSUME],
      Condition: { StringNotEquals: { 'workmail:ImpersonationRoleId': [ROLE] } },
    }),
    undefined,
  ],
] as const) {
  t.equal(onlyRole(document), role, `R17 onlyRole() ${name}: ${role}`)
}

for (const [name, document, only] of [
  ["the guide's example", guide, true],
  ['an action spelt otherwise', policy({ Action: [ASSUME.toUpperCase()] }), true],
  ['no statement', policy(), true],
  ['a Deny of more', policy(naming(ROLE), deny({})), true],
  ['*', policy({ Action: ['*'] }), false],
  ['workmail:*', policy({ Action: ['workmail:*'] }), false],
  ['workmail:Assume*', policy({ Action: ['workmail:Assume*'] }), false],
  ['workmail:AssumeImpersonationRol?', policy({ Action: [`${ASSUME.slice(0, -1)}?`] }), false],
  ['a second action', policy({ Action: [ASSUME, 'workmail:GetImpersonationRole'] }), false],
  ['a second statement', policy(naming(ROLE), { Action: ['ewsgateway:ListPrincipals'] }), false],
  [
    'more, denied again',
    policy({ Action: ['workmail:*'] }, deny({ Action: ['workmail:C*'] })),
    false,
  ],
] as const) {
  t.equal(assumesOnly(document), only, `R17 assumesOnly() ${name}: ${only}`)
}

const anyStatement: fc.Arbitrary<Partial<Statement>> = fc.record({
  Effect: fc.constantFrom('Allow', 'Deny'),
  Action: fc.subarray([ASSUME, 'workmail:*', 'workmail:Get*', 'ewsgateway:*', '*']),
  Resource: fc.subarray(['*', ARN, `arn:aws:workmail:::organization/${elsewhere}`, 'nonsense']),
  Condition: fc.constantFrom<Condition[]>(
    {},
    { StringEquals: { 'workmail:ImpersonationRoleId': [ROLE] } },
    { StringNotLike: { 'workmail:ImpersonationRoleId': ['r*'] } },
    { IpAddress: { 'aws:SourceIp': ['10.0.0.0/8'] } },
    { Bool: { 'aws:SecureTransport': ['true'] } },
    unreadable,
  ),
})
const anyPolicy = fc.array(anyStatement, { maxLength: 4 })
const anyRequest: fc.Arbitrary<PolicyRequest> = fc.record({
  action: fc.constantFrom(ASSUME, 'workmail:GetImpersonationRole', 'ewsgateway:ListPrincipals'),
  organizationId: fc.constantFrom(organization, elsewhere),
  roleId: fc.constantFrom(roleId(ROLE), roleId('r2')),
  sourceIp: fc.constantFrom('10.1.1.1', '192.0.2.7', '::1', 'nonsense'),
  at: fc.constant(request.at),
  secureTransport: fc.boolean(),
})
const law = <Ts>(name: string, property: fc.IProperty<Ts>) =>
  t.doesNotThrow(() => fc.assert(property, { numRuns: 500 }), name)

law(
  'evaluatePolicy() ignores the order of the statements',
  fc.property(
    anyPolicy,
    anyRequest,
    (statements, asked) =>
      evaluatePolicy(policy(...statements), asked) ===
      evaluatePolicy(policy(...statements.toReversed()), asked),
  ),
)
law(
  'evaluatePolicy() never allows more with one more Deny',
  fc.property(anyPolicy, anyStatement, anyRequest, (statements, statement, asked) => {
    const more = evaluatePolicy(
      policy(...statements, deny({ ...statement, Effect: 'Deny' })),
      asked,
    )
    return more !== 'Allow' || evaluatePolicy(policy(...statements), asked) === 'Allow'
  }),
)
law(
  'evaluatePolicy() agrees with its statements one by one',
  fc.property(anyPolicy, anyRequest, (statements, asked) => {
    const effects = statements.map(statement => evaluatePolicy(policy(statement), asked))
    const expected = (['Deny', 'Allow'] as const).find(effect => effects.includes(effect))
    return evaluatePolicy(policy(...statements), asked) === (expected ?? 'ImplicitDeny')
  }),
)
law(
  'R17 assumesOnly() policies allow no other action',
  fc.property(
    anyPolicy,
    anyRequest,
    (statements, asked) =>
      !assumesOnly(policy(...statements)) ||
      asked.action === ASSUME ||
      evaluatePolicy(policy(...statements), asked) !== 'Allow',
  ),
)
law(
  'R17 onlyRole() policies allow no other role',
  fc.property(anyPolicy, anyRequest, (statements, asked) => {
    const only = onlyRole(policy(...statements))
    if (only === undefined || asked.action !== ASSUME || asked.roleId === only) return true
    return evaluatePolicy(policy(...statements), asked) !== 'Allow'
  }),
)
