import t from 'tap'
import type { Statement } from '../../src/model/iam.ts'
import { organizationId } from '../../src/model/identity.ts'
import { roleId } from '../../src/model/role.ts'
import { assumerOf } from '../../src/policy/assumers.ts'

const here = organizationId('m-0123456789abcdef0123456789abcdef')
const ROLE = 'workmail:ImpersonationRoleId'
const allow: Statement = {
  Effect: 'Allow',
  Action: ['workmail:AssumeImpersonationRole'],
  Resource: ['*'],
}
const deny: Statement = { ...allow, Effect: 'Deny' }
const office = { IpAddress: { 'aws:SourceIp': ['192.0.2.0/24'] } } as const
const ofRole = (role: string) => ({ StringEquals: { [ROLE]: [role] } })
const past = { DateLessThan: { 'aws:CurrentTime': ['2001-01-01'] } } as const

const since = { DateGreaterThan: { 'aws:CurrentTime': ['2001-01-01'] } } as const

for (const [what, statements, expected] of [
  ['nothing', [], false],
  ['every role', [allow], true],
  ['every action', [{ ...allow, Action: ['workmail:*'] }], true],
  ['another action', [{ ...allow, Action: ['workmail:ListUsers'] }], false],
  ['the role', [{ ...allow, Condition: ofRole('a') }], true],
  ['another role', [{ ...allow, Condition: ofRole('b') }], false],
  ['roles by a pattern', [{ ...allow, Condition: { StringLike: { [ROLE]: ['a*'] } } }], true],
  ['every role but this', [{ ...allow, Condition: { StringNotEquals: { [ROLE]: ['a'] } } }], false],
  ['the role, from the office', [{ ...allow, Condition: { ...ofRole('a'), ...office } }], true],
  [
    'another role, from the office',
    [{ ...allow, Condition: { ...ofRole('b'), ...office } }],
    false,
  ],
  ['every role, until then', [{ ...allow, Condition: past }], false],
  ['every role, from then', [{ ...allow, Condition: since }], true],
  ['every role, and denied it until then', [allow, { ...deny, Condition: past }], true],
  ['every role, and denies it from then', [allow, { ...deny, Condition: since }], false],
  [
    'every role from then, and denies it from the office',
    [
      { ...allow, Condition: since },
      { ...deny, Condition: { ...since, ...office } },
    ],
    true,
  ],
  ['nothing elsewhere', [{ ...allow, Resource: ['arn:aws:workmail:::organization/m-1'] }], false],
  ['every role, and denies it', [allow, deny], false],
  ['every role, and denies this one', [allow, { ...deny, Condition: ofRole('a') }], false],
  ['every role, and denies another', [allow, { ...deny, Condition: ofRole('b') }], true],
  ['every role, and denies it from the office', [allow, { ...deny, Condition: office }], true],
  [
    'every role, and denies this one from the office',
    [allow, { ...deny, Condition: { ...ofRole('a'), ...office } }],
    true,
  ],
  [
    'every role, and denies this one from an address, by one operator',
    [
      allow,
      { ...deny, Condition: { StringEquals: { [ROLE]: ['a'], 'aws:SourceIp': ['192.0.2.7'] } } },
    ],
    true,
  ],
] as readonly [string, readonly Statement[], boolean][]) {
  const document = { Version: '2012-10-17', Statement: statements } as const
  t.equal(
    assumerOf(document, here, { at: Date.UTC(2026, 0) })(roleId('a')),
    expected,
    `assumerOf(): a policy allows ${what}`,
  )
}
