import t from 'tap'
import {
  formOf,
  inputOf,
  isForEverything,
  NEW_RULE,
  problemsOf,
  type RuleForm,
} from '../../../src/console/access-control/rule-form.ts'
import type {
  AccessControlLists,
  AccessControlRule,
} from '../../../src/console/api/access-control.ts'

const rule: AccessControlRule = {
  Name: 'office',
  Effect: 'ALLOW',
  Description: 'From home',
  DateCreated: 1,
  DateModified: 2,
}
const { DateCreated: _, DateModified: __, ...asInput } = rule

t.test('inputOf(formOf()) puts back what was there', async t => {
  for (const lists of [
    {},
    { IpRanges: ['10.0.0.0/8'], NotActions: ['IMAP', 'SMTP'] },
    { NotIpRanges: ['::/0'], UserIds: ['u-1'], NotImpersonationRoleIds: ['r-1'] },
    { Actions: ['EWS'], NotUserIds: ['u-1', 'u-2'], ImpersonationRoleIds: ['r-1', 'r-2'] },
  ] satisfies AccessControlLists[]) {
    const form = formOf({ ...rule, ...lists })
    t.strictSame(form && inputOf(form), { ...asInput, ...lists })
  }
  t.equal(formOf({ ...rule, UserIds: ['u-1'], NotUserIds: ['u-2'] }), undefined)
})

const form: RuleForm = { ...NEW_RULE, name: 'office' }
const ranges = (...values: string[]): RuleForm => ({
  ...form,
  conditions: { ...form.conditions, IpRanges: { scope: 'ONLY', values } },
})

for (const [name, of, fields] of [
  ['a good rule', form, []],
  ['no name', NEW_RULE, ['name']],
  ['a name with a blank', { ...form, name: 'my rule' }, ['name']],
  ['a description in Greek', { ...form, description: 'κανόνας' }, ['description']],
  ['good ranges', ranges('10.0.0.0/8', '2001:db8::/32'), []],
  ['no ranges', ranges(), ['IpRanges']],
  ['an address', ranges('10.0.0.1'), []],
  ['no address', ranges('office'), ['IpRanges']],
  ['blank lines', ranges(' ', ''), ['IpRanges']],
] satisfies [string, RuleForm, string[]][])
  t.strictSame(Object.keys(problemsOf(of)), fields, `problemsOf() ${name}`)

const goodRanges = ['10.0.0.0/8', '192.0.2.7/32', '0.0.0.0/0', '::/0', '::ffff:1.2.3.4/120']
t.strictSame(problemsOf(ranges(...goodRanges)), {}, 'problemsOf() takes ranges of both kinds')
for (const text of ['10.0.0.0/33', '10.0.0/8', 'a/8', '::/129', '10.0.0.0/'])
  t.ok('IpRanges' in problemsOf(ranges(text)), `problemsOf() refuses ${text}`)
t.strictSame(
  inputOf(ranges('192.0.2.7', ' ::1 ', '', '10.0.0.0/8')).IpRanges,
  ['192.0.2.7/32', '::1/128', '10.0.0.0/8'],
  'inputOf() makes ranges of addresses',
)

t.ok(isForEverything(rule))
t.notOk(isForEverything({ ...rule, NotUserIds: ['u-1'] }))
