import fc from 'fast-check'
import t from 'tap'
import type { Condition, PolicyDocument, Statement } from '../../src/model/iam.ts'
import { organizationId } from '../../src/model/identity.ts'
import { roleId } from '../../src/model/role.ts'
import { excessOf } from '../../src/policy/containment.ts'
import { evaluatePolicy, type PolicyRequest } from '../../src/policy/iam.ts'
import { runs } from '../kit/runs.ts'

const ORGANIZATION = organizationId('m-0123456789abcdef0123456789abcdef')
const ARN = `arn:aws:workmail:us-east-1:111122223333:organization/${ORGANIZATION}`
const ELSEWHERE = `arn:aws:workmail:us-east-1:111122223333:organization/m-${'f'.repeat(32)}`
const ASSUME = 'workmail:AssumeImpersonationRole'
const PASS = 'ewsgateway:PassImpersonationRole'

const policy = (...statements: readonly Statement[]): PolicyDocument => ({
  Version: '2012-10-17',
  Statement: statements,
})
const allow = (action: string | string[], condition?: Condition, resource = '*'): Statement => ({
  Effect: 'Allow',
  Action: [action].flat(),
  Resource: [resource],
  ...(condition && { Condition: condition }),
})
const deny = (action: string | string[], condition?: Condition, resource = '*'): Statement => ({
  ...allow(action, condition, resource),
  Effect: 'Deny',
})
const office = { IpAddress: { 'aws:SourceIp': ['192.0.2.0/24'] } }
const desk = { IpAddress: { 'aws:SourceIp': ['192.0.2.7'] } }
const tls = { Bool: { 'aws:SecureTransport': ['true'] } }
const until = (year: number) => ({ DateLessThan: { 'aws:CurrentTime': [`${year}-01-01`] } })
const roles = (...ids: string[]) => ({ StringEquals: { 'workmail:ImpersonationRoleId': ids } })
const like = (...ids: string[]) => ({ StringLike: { 'workmail:ImpersonationRoleId': ids } })

t.strictSame(
  excessOf(policy(allow('*')), policy(allow('*'), deny(['a:A', 'a:B'])), ORGANIZATION),
  ["Statement[0] needs your policy's Deny statement on a:A, a:B"],
  'excessOf() names the actions of a Deny',
)

for (const [name, given, own, excess] of [
  ['takes what is the same', [allow('workmail:*')], [allow('workmail:*')], []],
  ['takes an action of a pattern', [allow('workmail:GetX')], [allow('WorkMail:G?t*')], []],
  ['refuses a wider pattern', [allow('workmail:*')], [allow('workmail:Get*')], 1],
  ['refuses a star for what takes one', [allow('workmail:*')], [allow('workmail:?*')], 1],
  ['refuses another service', [allow('ewsgateway:ListPrincipals')], [allow('workmail:*')], 1],
  ['tells each action that is too much', [allow(['a:A', 'a:B', 'a:C'])], [allow('a:B')], 2],
  ['refuses everything to nobody', [allow('*')], [], 1],
  ['takes a policy that allows nothing', [deny('*')], [], []],
  ['asks the conditions of what allows', [allow(ASSUME)], [allow(ASSUME, office)], 1],
  ['takes a narrower range', [allow(ASSUME, desk)], [allow(ASSUME, office)], []],
  ['refuses a wider range', [allow(ASSUME, office)], [allow(ASSUME, desk)], 1],
  [
    'takes more conditions',
    [allow(ASSUME, { ...desk, ...until(2027) })],
    [allow(ASSUME, office)],
    [],
  ],
  ['refuses fewer', [allow(ASSUME, desk)], [allow(ASSUME, { ...office, ...until(2027) })], 1],
  ['takes an earlier end', [allow(ASSUME, until(2026))], [allow(ASSUME, until(2027))], []],
  ['refuses a later end', [allow(ASSUME, until(2028))], [allow(ASSUME, until(2027))], 1],
  ['takes one of several roles', [allow(ASSUME, roles('a'))], [allow(ASSUME, roles('a', 'b'))], []],
  ['refuses another role', [allow(ASSUME, roles('a', 'c'))], [allow(ASSUME, roles('a', 'b'))], 1],
  ['takes a role of a pattern', [allow(ASSUME, roles('a1'))], [allow(ASSUME, like('a*'))], []],
  ['refuses a pattern of roles', [allow(ASSUME, like('a*'))], [allow(ASSUME, roles('a1'))], 1],
  [
    'adds up no conditions',
    [allow(ASSUME, roles('a', 'b'))],
    [allow(ASSUME, roles('a')), allow(ASSUME, roles('b'))],
    1,
  ],
  ['wants every Deny that meets it', [allow('workmail:*')], [allow('*'), deny(ASSUME)], 1],
  ['wants each action of a Deny', [allow('*'), deny('a:A')], [allow('*'), deny(['a:A', 'a:B'])], 1],
  ['takes it with the Deny', [allow('workmail:*'), deny(ASSUME)], [allow('*'), deny(ASSUME)], []],
  [
    'takes it with a wider Deny',
    [allow('workmail:*'), deny('*:Assume*')],
    [allow('*'), deny(ASSUME)],
    [],
  ],
  [
    'but with no narrower one',
    [allow(ASSUME), deny(ASSUME, desk)],
    [allow('*'), deny(ASSUME, office)],
    1,
  ],
  ['nor one that ends', [allow(ASSUME), deny(ASSUME, until(2030))], [allow('*'), deny(ASSUME)], 1],
  ['minds no Deny elsewhere', [allow('workmail:Get*')], [allow('*'), deny('workmail:Delete*')], []],
  ['nor on another organization', [allow('*')], [allow('*'), deny('*', undefined, ELSEWHERE)], []],
  ['nor what is allowed elsewhere', [allow('*', undefined, ELSEWHERE)], [], []],
  ['knows an organization by its id', [allow('*')], [allow('*', undefined, ARN)], []],
  ['refuses what is only allowed elsewhere', [allow('*')], [allow('*', undefined, ELSEWHERE)], 1],
  ['takes a role to pass', [allow(ASSUME, roles('a'))], [allow(PASS)], []],
  ['in any letters', [allow(ASSUME.toUpperCase())], [allow(PASS.toLowerCase())], []],
  ['beside other actions', [allow([ASSUME, 'a:A'])], [allow([PASS, 'a:*'])], []],
  ['but not another role', [allow(ASSUME, roles('a', 'b'))], [allow(PASS, roles('a'))], 1],
  ['nor every role', [allow(ASSUME)], [allow(PASS, like('a*'))], 1],
  ['nor from elsewhere', [allow(ASSUME, office)], [allow(PASS, desk)], 1],
  ['nor for longer', [allow(ASSUME, until(2028))], [allow(PASS, until(2027))], 1],
  ['nor without TLS', [allow(ASSUME)], [allow(PASS, tls)], 1],
  [
    'adds up no conditions of both',
    [allow(ASSUME, desk)],
    [allow(PASS, tls), allow(ASSUME, tls)],
    1,
  ],
  ['passes no pattern', [allow('workmail:Assume*')], [allow(PASS)], 1],
  ['nor another action', [allow('workmail:GetUser')], [allow(PASS)], 1],
  ['passes a role by no wildcard', [allow(ASSUME)], [allow('ewsgateway:*')], 1],
  ['nor by a long one', [allow(ASSUME)], [allow('ewsgateway:PassImpersonationRol?')], 1],
  ['nor elsewhere', [allow(ASSUME)], [allow(PASS, undefined, ELSEWHERE)], 1],
  [
    'gives PassImpersonationRole to a principal that has it',
    [allow(PASS, desk)],
    [allow(PASS, office)],
    [],
  ],
  ['not by a wildcard', [allow(PASS)], [allow('*')], 1],
  ['not for AssumeImpersonationRole', [allow(PASS)], [allow(ASSUME)], 1],
  ['wants the Deny of what passes', [allow(ASSUME)], [allow(PASS), deny(PASS, office)], 1],
  ['also by a wildcard', [allow(ASSUME)], [allow(PASS), deny('ewsgateway:*')], 1],
  [
    'takes it as a Deny of what is passed',
    [allow(ASSUME), deny(ASSUME, office)],
    [allow(PASS), deny([PASS, 'a:A'], desk)],
    [],
  ],
  [
    'beside a Deny of what else is allowed',
    [allow([ASSUME, 'a:A']), deny([PASS, 'a:A'])],
    [allow([PASS, 'a:A']), deny([PASS, 'a:A'])],
    1,
  ],
  ['wants the Deny of acting too', [allow(ASSUME)], [allow(PASS), deny(ASSUME)], 1],
  [
    'needs no Deny of passing where the limit allows acting',
    [allow(ASSUME)],
    [allow([ASSUME, PASS]), deny(PASS)],
    [],
  ],
  [
    'wants a Deny of which nobody knows',
    [allow('*')],
    [allow('*'), deny('*', undefined, 'nonsense')],
    1,
  ],
] as const) {
  const found = excessOf(policy(...given), policy(...own), ORGANIZATION)
  t.equal(found.length, Array.isArray(excess) ? 0 : excess, `R19 excessOf() ${name}`)
}

t.strictSame(
  excessOf(
    policy(deny('a:*'), allow(['workmail:*', 'a:B'])),
    policy(allow('workmail:*'), deny(ASSUME)),
    ORGANIZATION,
  ),
  ['Statement[1] allows a:B', `Statement[1] needs your policy's Deny statement on ${ASSUME}`],
  'excessOf() says which statement and what',
)

t.strictSame(
  excessOf(policy(allow(ASSUME)), policy(allow(PASS), deny(['a:A', PASS])), ORGANIZATION),
  [`Statement[0] needs a Deny statement on ${ASSUME} like your policy's on a:A, ${PASS}`],
  'excessOf() names the Deny on passing a role',
)

const ACTIONS = [ASSUME, PASS, 'workmail:GetUser', 'workmail:DeleteUser', 'ewsgateway:GetUser']
const actions = fc.constantFrom(
  ...ACTIONS,
  '*',
  'workmail:*',
  '*:GetUser',
  'workmail:?*User',
  'workmail:Get*',
  'WORKMAIL:*User',
  'ewsgateway:*',
  'workmail:????User',
)
const ROLES = ['a1', 'a2', 'b1']
const AT = [2025, 2027, 2029].map(year => Date.UTC(year, 5))
const FROM = ['192.0.2.7', '192.0.2.200', '198.51.100.1', '2001:db8::1', 'nowhere']
const some = (...values: string[]) =>
  fc.uniqueArray(fc.constantFrom(...values), { minLength: 1, maxLength: 3 })
const ranges = some(
  '192.0.2.7',
  '192.0.2.0/24',
  '192.0.0.0/16',
  '0.0.0.0/0',
  '2001:db8::/32',
  'bad',
)
const named = some(...ROLES, 'a*')
const patterns = some('a1', 'a*', '*', '?1', 'b?')
const dates = some('2026-01-01', '2028-01-01T00:00:00Z', '1924992000', 'bad')
const conditions: fc.Arbitrary<Condition> = fc.record(
  {
    StringEquals: fc.record({ 'workmail:ImpersonationRoleId': named }),
    StringNotEquals: fc.record({ 'workmail:ImpersonationRoleId': named }),
    StringLike: fc.record({ 'workmail:ImpersonationRoleId': patterns }),
    StringNotLike: fc.record({ 'workmail:ImpersonationRoleId': patterns }),
    IpAddress: fc.record({ 'aws:SourceIp': ranges }),
    NotIpAddress: fc.record({ 'aws:SourceIp': ranges }),
    DateLessThan: fc.record({ 'aws:CurrentTime': dates }),
    DateGreaterThan: fc.record({ 'aws:CurrentTime': dates }),
    Bool: fc.record({ 'aws:SecureTransport': some('true', 'false') }),
  },
  { requiredKeys: [] },
)
/** Mostly few conditions: else nothing would ever be allowed. */
const few = fc.oneof(
  { weight: 2, arbitrary: fc.constant({}) },
  conditions.map(condition => Object.fromEntries(Object.entries(condition).slice(0, 2))),
)
const statements: fc.Arbitrary<Statement> = fc.record({
  Effect: fc.constantFrom('Allow', 'Allow', 'Deny'),
  Action: fc.uniqueArray(actions, { minLength: 1, maxLength: 2 }),
  Resource: fc.constantFrom(['*'], [ARN], [ELSEWHERE], ['nonsense'], [ELSEWHERE, ARN]),
  Condition: few,
})
const policies = fc.array(statements, { maxLength: 4 }).map(list => policy(...list))

const REQUESTS: readonly PolicyRequest[] = ACTIONS.flatMap(action =>
  [...ROLES.map(roleId), undefined].flatMap(role =>
    FROM.flatMap(sourceIp =>
      AT.flatMap(at =>
        [true, false].map(secureTransport => ({
          action,
          organizationId: ORGANIZATION,
          ...(role && { roleId: role }),
          sourceIp,
          at,
          secureTransport,
        })),
      ),
    ),
  ),
)
/** As policies are evaluated, but that an Allow covers PassImpersonationRole by its name alone. */
function allows({ Statement, Version }: PolicyDocument, request: PolicyRequest): boolean {
  const statements = Statement.flatMap(one => {
    if (request.action !== PASS || one.Effect === 'Deny') return [one]
    return one.Action.includes(PASS) ? [{ ...one, Action: [PASS] }] : []
  })
  return evaluatePolicy({ Version, Statement: statements }, request) === 'Allow'
}
/** Whether a principal has a permission itself, or may pass on the role. */
const mayGive = (own: PolicyDocument, request: PolicyRequest) =>
  allows(own, request) || (request.action === ASSUME && allows(own, { ...request, action: PASS }))

let within = 0
const sound = fc.check(
  fc.property(policies, policies, (given, own) => {
    if (excessOf(given, own, ORGANIZATION).length > 0) return true
    if (given.Statement.some(({ Effect }) => Effect === 'Allow')) within += 1
    return REQUESTS.every(request => !allows(given, request) || mayGive(own, request))
  }),
  { numRuns: runs(400) },
)
t.notOk(
  sound.failed,
  `R19 excessOf() lets nobody give what they do not have: ${fc.defaultReportMessage(sound)}`,
)
t.ok(within > 10, `the property had something to say ${within} times`)

/** Acts in the roles that a statement lets pass. */
const passed = (statement: Statement): Statement => ({
  ...statement,
  Action: statement.Action.map(action => (action === PASS ? ASSUME : action)),
})

/** A policy, and versions of it that are only stricter or only weaker. */
const edited = fc
  .tuple(
    policies,
    fc.array(fc.tuple(fc.nat(3), statements, fc.boolean()), { maxLength: 3 }),
    fc.option(few, { nil: undefined }),
  )
  .map(([some, edits, passing]) => {
    const own = policy(...some.Statement, ...(passing ? [allow(PASS, passing)] : []))
    const list = [...own.Statement]
    for (const [i, other, drops] of edits) {
      const here = list[i]
      if (here === undefined) list.push({ ...other, Effect: 'Deny' })
      else if (drops) list.splice(i, 1)
      else
        list[i] = {
          ...here,
          Condition: { ...here.Condition, ...other.Condition },
          Action:
            here.Effect === 'Allow' ? here.Action.slice(0, 1) : [...here.Action, ...other.Action],
        }
    }
    return { own, given: policy(...(passing ? list.map(passed) : list)) }
  })
let close = 0
let onlyPassed = 0
const soundNearby = fc.check(
  fc.property(edited, ({ own, given }) => {
    if (excessOf(given, own, ORGANIZATION).length > 0) return true
    close += 1
    const allowed = REQUESTS.filter(request => allows(given, request))
    if (allowed.some(request => !allows(own, request))) onlyPassed += 1
    return allowed.every(request => mayGive(own, request))
  }),
  { numRuns: runs(200) },
)
t.notOk(
  soundNearby.failed,
  `R19 nor by an edit of one's own policy: ${fc.defaultReportMessage(soundNearby)}`,
)
t.ok(close > 50, `which was within ${close} times`)
t.ok(onlyPassed > 25, `and passed a role ${onlyPassed} times`)

const readable = policies.filter(document => !/"bad"|nonsense/.test(JSON.stringify(document)))
const reflexive = fc.check(
  fc.property(readable, own => excessOf(own, own, ORGANIZATION).length === 0),
)
t.notOk(reflexive.failed, 'excessOf() lets everybody give all that they have')
