import fc from 'fast-check'
import t from 'tap'
import type { PolicyDocument, Statement } from '../../../src/console/api/principals.ts'
import {
  type Draft,
  NEW_PRINCIPAL,
  problemsOf,
  switchTab,
} from '../../../src/console/principals/draft.ts'
import {
  formOf,
  NO_PERMISSIONS,
  type PolicyForm,
  policyOf,
} from '../../../src/console/principals/policy-form.ts'
import {
  type BasicName,
  basicNameOf,
  formInWords,
} from '../../../src/console/principals/policy-words.ts'
import { ACTIONS } from '../../../src/control/actions.ts'
import { onlyReads } from '../../../src/control/contract/contract.ts'
import { organizationId } from '../../../src/model/identity.ts'
import { matchesWildcard } from '../../../src/model/wildcard.ts'
import { administratorPolicy } from '../../../src/policy/administrator.ts'

const ORGANIZATION = 'm-0123456789abcdef0123456789abcdef'
const RESOURCE = [`arn:aws:workmail:*:*:organization/${ORGANIZATION}`]
const ASSUME = 'workmail:AssumeImpersonationRole'

const forms = fc
  .record<PolicyForm>({
    administration: fc.constantFrom('NONE', 'READ', 'ALL'),
    roles: fc.uniqueArray(fc.uuid({ version: 4 }), { maxLength: 4 }),
    everyRole: fc.boolean(),
    ranges: fc.uniqueArray(fc.ipV4(), { maxLength: 3 }),
  })
  .map(form => ({ ...form, roles: form.everyRole ? [] : form.roles }))
  .filter(form => form.administration !== 'NONE' || form.everyRole || form.roles.length > 0)

t.test('formOf() reads what policyOf() wrote', async t => {
  const readsBack = fc.property(forms, form => {
    const read = formOf(policyOf(form, ORGANIZATION), ORGANIZATION)
    return JSON.stringify(read) === JSON.stringify(form)
  })
  t.doesNotThrow(() => fc.assert(readsBack))
})

t.test('policyOf() of a form that allows nothing has no statement', async t => {
  t.strictSame(policyOf(NO_PERMISSIONS, ORGANIZATION), { Version: '2012-10-17', Statement: [] })
  t.strictSame(formOf({ Version: '2012-10-17', Statement: [] }, ORGANIZATION), NO_PERMISSIONS)
})

const allow = (more: Partial<Statement>): PolicyDocument => ({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: [ASSUME], Resource: ['*'], ...more }],
})
const onRole = { StringEquals: { 'workmail:ImpersonationRoleId': ['r-1'] } }

t.test('formOf() reads other spellings, and refuses what it could not write back', async t => {
  for (const [name, policy, form] of [
    ['one role, any resource', allow({ Condition: onRole }), { ...NO_PERMISSIONS, roles: ['r-1'] }],
    ['every role', allow({}), { ...NO_PERMISSIONS, everyRole: true }],
    [
      'a star',
      allow({ Action: ['*'] }),
      { ...NO_PERMISSIONS, administration: 'ALL', everyRole: true },
    ],
    [
      'everything, in the other order',
      allow({ Action: ['ewsgateway:*', 'workmail:*'], Resource: RESOURCE }),
      { ...NO_PERMISSIONS, administration: 'ALL', everyRole: true },
    ],
    ['everything of the gateway', allow({ Action: ['ewsgateway:*'] }), undefined],
    ['a star and a role', allow({ Action: ['*'], Condition: onRole }), undefined],
    [
      'a pattern of roles',
      allow({ Condition: { StringLike: { 'workmail:ImpersonationRoleId': ['r-*'] } } }),
      undefined,
    ],
    ['a denial', allow({ Effect: 'Deny' }), undefined],
    ['a name', allow({ Sid: 'Backup' }), undefined],
    ['some actions', allow({ Action: ['workmail:ListUsers'] }), undefined],
    ['an end', allow({ Condition: { DateLessThan: { 'aws:CurrentTime': ['1'] } } }), undefined],
    [
      'another organization',
      allow({ Resource: ['arn:aws:workmail:::organization/m-2'] }),
      undefined,
    ],
    [
      'two conditions on addresses',
      {
        Version: '2012-10-17',
        Statement: ['192.0.2.0/24', '10.0.0.0/8'].map(range => ({
          Effect: 'Allow' as const,
          Action: [ASSUME],
          Resource: ['*'],
          Condition: { IpAddress: { 'aws:SourceIp': [range] } },
        })),
      },
      undefined,
    ],
  ] satisfies [string, PolicyDocument, PolicyForm | undefined][])
    t.strictSame(formOf(policy, ORGANIZATION), form, name)
})

const ROLE_ID = 'workmail:ImpersonationRoleId'
const deny = allow({ Effect: 'Deny', Action: ['*'] })

for (const [name, policy, expected] of [
  ['one role', allow({ Condition: onRole }), 'KEY'],
  ['one role and a name', allow({ Sid: 'Backup', Condition: onRole }), 'KEY'],
  ['two roles', allow({ Condition: { StringEquals: { [ROLE_ID]: ['a', 'b'] } } }), 'ROLE_AND_KEY'],
  ['every role', allow({}), 'ROLE_AND_KEY'],
  [
    'every role but one',
    allow({ Condition: { StringNotEquals: { [ROLE_ID]: ['r-1'] } } }),
    'ROLE_AND_KEY',
  ],
  [
    'a pattern of roles',
    allow({ Condition: { StringLike: { [ROLE_ID]: ['r-*'] } } }),
    'ROLE_AND_KEY',
  ],
  [
    'one role and a denial',
    { ...allow({}), Statement: [allow({ Condition: onRole }), deny].flatMap(of => of.Statement) },
    'KEY',
  ],
  ['another action', allow({ Action: [ASSUME, 'workmail:ListUsers'] }), 'NONE'],
  ['a wildcard', allow({ Action: ['workmail:Assume*'] }), 'NONE'],
  ['everything', allow({ Action: ['*'] }), 'NONE'],
] satisfies [string, PolicyDocument, BasicName][])
  t.equal(basicNameOf(policy), expected, `basicNameOf() ${name}`)

t.test('policyOf() leaves out blank lines of addresses', async t => {
  const form: PolicyForm = { ...NO_PERMISSIONS, everyRole: true, ranges: [' 192.0.2.7 ', ''] }
  t.strictSame(formOf(policyOf(form, ORGANIZATION), ORGANIZATION)?.ranges, ['192.0.2.7'])
})

const drafts: readonly [string, Partial<Draft>, readonly string[]][] = [
  ['nothing', {}, ['name', 'form']],
  ['a name and a role', { name: 'tool', form: { ...NO_PERMISSIONS, roles: ['r-1'] } }, []],
  [
    'a name that is refused',
    { name: 'a\\b', form: { ...NO_PERMISSIONS, everyRole: true } },
    ['name'],
  ],
  ['JSON that is none', { name: 'tool', tab: 'JSON', json: '{' }, ['json']],
  ['JSON that is no policy', { name: 'tool', tab: 'JSON', json: '[1]' }, ['json']],
  ['a policy', { name: 'tool', tab: 'JSON', json: JSON.stringify(allow({})) }, []],
]
for (const [name, draft, fields] of drafts)
  t.strictSame(Object.keys(problemsOf({ ...NEW_PRINCIPAL, ...draft })), fields, `draft: ${name}`)

t.test('switchTab() loses nothing', async t => {
  const draft: Draft = { ...NEW_PRINCIPAL, form: { ...NO_PERMISSIONS, roles: ['r-1', 'r-2'] } }
  const json = switchTab(draft, ORGANIZATION)
  t.equal(json?.tab, 'JSON')
  t.strictSame(json && switchTab(json, ORGANIZATION)?.form, draft.form)
  const single = { ...allow({}), Statement: { ...allow({}).Statement[0], Action: ASSUME } }
  t.strictSame(
    json && switchTab({ ...json, json: JSON.stringify(single) }, ORGANIZATION)?.form.everyRole,
    true,
    'one value stands for a list of it',
  )
  const denying = JSON.stringify(allow({ Effect: 'Deny' }))
  t.equal(json && switchTab({ ...json, json: denying }, ORGANIZATION), undefined)
})

t.test('an administrator has the policy that the command line writes', async t => {
  const id = organizationId(ORGANIZATION)
  for (const everyRole of [false, true])
    t.strictSame(
      policyOf({ ...NO_PERMISSIONS, administration: 'ALL', everyRole }, ORGANIZATION),
      administratorPolicy(id, { mayImpersonate: everyRole }),
    )
})

const ROLE_NAMES = new Map([['r-1', 'backup']])
for (const [form, ...lines] of [
  [{ administration: 'ALL' }, 'Administer all, and give roles to tools', 'Act in no role'],
  [
    { administration: 'ALL', everyRole: true },
    'Administer all, and give roles to tools',
    'Act in all roles, including future roles',
  ],
  [{ administration: 'READ', roles: ['r-1'] }, 'Read all', 'Act in backup'],
  [{ administration: 'READ' }, 'Read all', 'Act in no role'],
  [{}, 'No permissions'],
  [
    { everyRole: true, ranges: ['', '192.0.2.7'] },
    'Act in all roles, including future roles',
    'Only from 192.0.2.7',
  ],
] as const)
  t.strictSame(
    formInWords({ ...NO_PERMISSIONS, ...form }, id => ROLE_NAMES.get(id) ?? id),
    lines,
    `in words: ${JSON.stringify(form)}`,
  )

t.test('whoever may look at everything may call what changes nothing, and no more', async t => {
  const policy = policyOf({ ...NO_PERMISSIONS, administration: 'READ' }, ORGANIZATION)
  const patterns = policy.Statement.flatMap(({ Action }) => Action)
  const may = (permission: string) => patterns.some(pattern => matchesWildcard(pattern, permission))
  for (const action of ACTIONS.values())
    t.equal(may(action.permission), onlyReads(action), action.permission)
})
