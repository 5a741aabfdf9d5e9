import fc from 'fast-check'
import t from 'tap'
import type { PolicyDocument, Statement } from '../../../src/console/api/principals.ts'
import {
  formOf,
  NO_POWER,
  type PolicyForm,
  policyOf,
} from '../../../src/console/principals/policy-form.ts'

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
  .map(form => ({
    ...form,
    roles: form.everyRole || form.administration === 'ALL' ? [] : form.roles,
    everyRole: form.everyRole && form.administration !== 'ALL',
  }))
  .filter(form => form.administration !== 'NONE' || form.everyRole || form.roles.length > 0)

t.test('formOf() reads what policyOf() wrote', async t => {
  const readsBack = fc.property(forms, form => {
    const read = formOf(policyOf(form, ORGANIZATION), ORGANIZATION)
    return JSON.stringify(read) === JSON.stringify(form)
  })
  t.doesNotThrow(() => fc.assert(readsBack))
})

t.test('policyOf() of a form that allows nothing has no statement', async t => {
  t.strictSame(policyOf(NO_POWER, ORGANIZATION), { Version: '2012-10-17', Statement: [] })
  t.strictSame(formOf({ Version: '2012-10-17', Statement: [] }, ORGANIZATION), NO_POWER)
})

const allow = (more: Partial<Statement>): PolicyDocument => ({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: [ASSUME], Resource: ['*'], ...more }],
})
const onRole = { StringEquals: { 'workmail:ImpersonationRoleId': ['r-1'] } }

t.test('formOf() reads other spellings, and refuses what it could not write back', async t => {
  for (const [name, policy, form] of [
    ['one role, any resource', allow({ Condition: onRole }), { ...NO_POWER, roles: ['r-1'] }],
    ['every role', allow({}), { ...NO_POWER, everyRole: true }],
    ['a star', allow({ Action: ['*'] }), { ...NO_POWER, administration: 'ALL' }],
    [
      'everything, in the other order',
      allow({ Action: ['ewsgateway:*', 'workmail:*'], Resource: RESOURCE }),
      { ...NO_POWER, administration: 'ALL' },
    ],
    ['a pattern of roles', allow({ Condition: { StringLike: { ROLE: ['r-*'] } } }), undefined],
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
