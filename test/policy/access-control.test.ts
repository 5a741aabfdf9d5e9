import fc from 'fast-check'
import t from 'tap'
import {
  ACCESS_CONTROL_ACTIONS,
  type AccessControlRule,
  DEFAULT_ACCESS_CONTROL_RULE,
} from '../../src/model/access-control.ts'
import { userId } from '../../src/model/identity.ts'
import { roleId } from '../../src/model/role.ts'
import { type AccessRequest, evaluateAccessControl } from '../../src/policy/access-control.ts'
import { runs } from '../kit/runs.ts'

const [ann, bob] = [userId('u-ann'), userId('u-bob')]
const [backup, migration] = [roleId('r-backup'), roleId('r-migration')]

const allow = (name: string, conditions: Partial<AccessControlRule> = {}): AccessControlRule => ({
  ...DEFAULT_ACCESS_CONTROL_RULE,
  ...conditions,
  name,
})
const deny = (name: string, conditions: Partial<AccessControlRule> = {}): AccessControlRule => ({
  ...allow(name, conditions),
  effect: 'DENY',
})

const request: AccessRequest = {
  sourceAddress: '192.0.2.7',
  action: 'EWS',
  userId: ann,
  roleId: backup,
}
const from = (sourceAddress: string): AccessRequest => ({ ...request, sourceAddress })
const all = allow('all')
const office = { ipRanges: ['192.0.2.0/24'] }
const v6 = { ipRanges: ['2001:db8::/32'] }

for (const [name, rules, asked, effect, matchedRules] of [
  ['denies without rules', [], request, 'DENY', []],
  ['allows by the default rule', [DEFAULT_ACCESS_CONTROL_RULE], request, 'ALLOW', ['Default']],
  ['lets a DENY win', [all, deny('d')], request, 'DENY', ['d']],
  ['whatever the order', [deny('d'), all], request, 'DENY', ['d']],
  ['names all that allow', [all, allow('b', office)], request, 'ALLOW', ['all', 'b']],
  ['denies where nothing matches', [allow('a', v6)], request, 'DENY', []],
  ['takes an IPv4 range', [allow('a', office)], from('192.0.2.255'), 'ALLOW', ['a']],
  ['and not beside it', [allow('a', office)], from('192.0.3.0'), 'DENY', []],
  ['takes one address', [allow('a', { ipRanges: ['192.0.2.7/32'] })], request, 'ALLOW', ['a']],
  ['takes every address', [allow('a', { ipRanges: ['0.0.0.0/0'] })], request, 'ALLOW', ['a']],
  ['takes an IPv6 range', [allow('a', v6)], from('2001:db8:ffff::1'), 'ALLOW', ['a']],
  ['and not beside it', [allow('a', v6)], from('2001:db9::1'), 'DENY', []],
  ['keeps IPv4 out of ::/0', [allow('a', { ipRanges: ['::/0'] })], request, 'DENY', []],
  ['R23 reads a mapped address', [allow('a', office)], from('::ffff:192.0.2.9'), 'ALLOW', ['a']],
  [
    'R23 reads a mapped range',
    [allow('a', { ipRanges: ['::ffff:192.0.2.0/120'] })],
    request,
    'ALLOW',
    ['a'],
  ],
  [
    'takes any range of several',
    [allow('a', { ipRanges: ['10.0.0.0/8', ...office.ipRanges] })],
    request,
    'ALLOW',
    ['a'],
  ],
  ['leaves ranges out', [allow('a', { notIpRanges: office.ipRanges })], request, 'DENY', []],
  [
    'and those alone',
    [allow('a', { notIpRanges: office.ipRanges })],
    from('10.1.1.1'),
    'ALLOW',
    ['a'],
  ],
  ['takes actions', [allow('a', { actions: ['EWS', 'IMAP'] })], request, 'ALLOW', ['a']],
  ['and no others', [allow('a', { actions: ['IMAP'] })], request, 'DENY', []],
  ['leaves actions out', [allow('a', { notActions: ['EWS'] })], request, 'DENY', []],
  ['takes users', [allow('a', { userIds: [ann] })], request, 'ALLOW', ['a']],
  ['and no others', [allow('a', { userIds: [bob] })], request, 'DENY', []],
  ['leaves users out', [allow('a', { notUserIds: [ann] })], request, 'DENY', []],
  ['takes roles', [allow('a', { impersonationRoleIds: [backup] })], request, 'ALLOW', ['a']],
  ['and no others', [allow('a', { impersonationRoleIds: [migration] })], request, 'DENY', []],
  ['leaves roles out', [allow('a', { notImpersonationRoleIds: [backup] })], request, 'DENY', []],
  ['matches nobody by an empty list', [allow('a', { userIds: [] })], request, 'DENY', []],
  ['leaves nobody out by one', [allow('a', { notUserIds: [] })], request, 'ALLOW', ['a']],
  [
    'needs all conditions',
    [allow('a', { ...office, userIds: [ann], actions: ['IMAP'] })],
    request,
    'DENY',
    [],
  ],
  [
    'needs both of a pair',
    [allow('a', { ...office, notIpRanges: ['192.0.2.7/32'] })],
    request,
    'DENY',
    [],
  ],
  [
    'knows no user in userIds',
    [allow('a', { userIds: [ann] })],
    { ...request, userId: undefined },
    'DENY',
    [],
  ],
  [
    'R2 and every notUserIds',
    [all, deny('d', { notUserIds: [ann] })],
    { ...request, userId: undefined },
    'DENY',
    ['d'],
  ],
  [
    'nor a role',
    [allow('a', { impersonationRoleIds: [backup] })],
    { ...request, roleId: undefined },
    'DENY',
    [],
  ],
  ['P6 no address allows nothing', [allow('a', office)], from('nowhere'), 'DENY', []],
  ['P6 and every DENY meets it', [all, deny('d', v6)], from('nowhere'), 'DENY', ['d']],
  ['P6 a rule without ranges needs no address', [all], from('nowhere'), 'ALLOW', ['all']],
  ['P6 nor does its DENY', [all, deny('d', { userIds: [bob] })], from('nowhere'), 'ALLOW', ['all']],
  ['P6 no range allows nothing', [allow('a', { notIpRanges: ['x'] })], request, 'DENY', []],
  ['P6 and denies', [all, deny('d', { ipRanges: ['x/8'] })], request, 'DENY', ['d']],
] as const)
  t.strictSame(
    evaluateAccessControl(rules, asked),
    { effect, matchedRules },
    `evaluateAccessControl() ${name}`,
  )

/** Octets small enough that ranges meet. */
const octet = fc.integer({ min: 0, max: 3 })
const v4 = fc.tuple(octet, octet).map(([c, d]) => ({ text: `10.0.${c}.${d}`, value: c * 256 + d }))
const range = fc
  .tuple(v4, fc.integer({ min: 14, max: 32 }))
  .map(([{ text, value }, prefix]) => ({ text: `${text}/${prefix}`, value, prefix }))
const some = <T>(item: fc.Arbitrary<T>) =>
  fc.option(fc.array(item, { maxLength: 3 }), { nil: undefined })
const drafts = fc.record({
  effect: fc.constantFrom('ALLOW', 'DENY'),
  ranges: some(range),
  notRanges: some(range),
  actions: some(fc.constantFrom(...ACCESS_CONTROL_ACTIONS)),
  notActions: some(fc.constantFrom(...ACCESS_CONTROL_ACTIONS)),
  userIds: some(fc.constantFrom(ann, bob)),
  notUserIds: some(fc.constantFrom(ann, bob)),
  impersonationRoleIds: some(fc.constantFrom(backup, migration)),
  notImpersonationRoleIds: some(fc.constantFrom(backup, migration)),
})
type Draft = typeof drafts extends fc.Arbitrary<infer D> ? D : never
const requests = fc.record({
  address: v4,
  action: fc.constantFrom(...ACCESS_CONTROL_ACTIONS),
  userId: fc.constantFrom(ann, bob, undefined),
  roleId: fc.constantFrom(backup, migration),
})
type GeneratedRequest = typeof requests extends fc.Arbitrary<infer R> ? R : never

function ruleOf({ effect, ranges, notRanges, ...lists }: Draft, i: number): AccessControlRule {
  const present = Object.entries({
    ...lists,
    ipRanges: ranges?.map(({ text }) => text),
    notIpRanges: notRanges?.map(({ text }) => text),
  }).filter(([, list]) => list !== undefined)
  return allow(`rule-${i}`, { effect, ...Object.fromEntries(present) })
}

/** The same once more, by counting: addresses of a range are those with the same quotient. */
function naive(all: readonly Draft[], asked: GeneratedRequest): string {
  const inside = ({ value, prefix }: Readonly<{ value: number; prefix: number }>) => {
    const size = 2 ** (32 - prefix)
    return Math.floor(value / size) === Math.floor(asked.address.value / size)
  }
  const verdicts = all.map(draft => {
    let fits = true
    if (draft.ranges && !draft.ranges.some(inside)) fits = false
    if (draft.notRanges?.some(inside)) fits = false
    if (draft.actions && !draft.actions.includes(asked.action)) fits = false
    if (draft.notActions?.includes(asked.action)) fits = false
    if (draft.userIds && !draft.userIds.some(id => id === asked.userId)) fits = false
    if (draft.notUserIds?.some(id => id === asked.userId)) fits = false
    if (draft.impersonationRoleIds && !draft.impersonationRoleIds.includes(asked.roleId))
      fits = false
    if (draft.notImpersonationRoleIds?.includes(asked.roleId)) fits = false
    return fits ? draft.effect : 'no'
  })
  const effect = !verdicts.includes('DENY') && verdicts.includes('ALLOW') ? 'ALLOW' : 'DENY'
  const names = verdicts.flatMap((verdict, i) => (verdict === effect ? [`rule-${i}`] : []))
  return `${effect} ${names}`
}

const evaluate = (all: readonly Draft[], { address, ...asked }: GeneratedRequest) => {
  const { effect, matchedRules } = evaluateAccessControl(all.map(ruleOf), {
    ...asked,
    sourceAddress: address.text,
  })
  return `${effect} ${matchedRules}`
}

const lists = fc.array(drafts, { maxLength: 5 })
const agrees = fc.property(
  lists,
  requests,
  (all, asked) => evaluate(all, asked) === naive(all, asked),
)
t.doesNotThrow(
  () => fc.assert(agrees, { numRuns: runs(500) }),
  'evaluateAccessControl() agrees with a naive model',
)

const everybody: Draft = ruleless('DENY')
const denyIsFinal = fc.property(lists, requests, (all, asked) =>
  evaluate([...all, everybody], asked).startsWith('DENY'),
)
t.doesNotThrow(() => fc.assert(denyIsFinal), 'evaluateAccessControl() denies whatever joins a DENY')

const effectOf = (all: readonly Draft[], asked: GeneratedRequest) =>
  evaluate(all, asked).split(' ')[0]
const orderDoesNotMatter = fc.property(
  lists,
  requests,
  (all, asked) => effectOf(all, asked) === effectOf(all.toReversed(), asked),
)
t.doesNotThrow(() => fc.assert(orderDoesNotMatter), 'evaluateAccessControl() ignores the order')

function ruleless(effect: Draft['effect']): Draft {
  return {
    effect,
    ranges: undefined,
    notRanges: undefined,
    actions: undefined,
    notActions: undefined,
    userIds: undefined,
    notUserIds: undefined,
    impersonationRoleIds: undefined,
    notImpersonationRoleIds: undefined,
  }
}
