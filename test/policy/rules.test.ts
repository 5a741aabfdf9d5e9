import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import t from 'tap'
import { type UserId, userId } from '../../src/model/identity.ts'
import type { Effect, ImpersonationRole, ImpersonationRule } from '../../src/model/role.ts'
import { compileRole, compileRules, evaluateRules } from '../../src/policy/rules.ts'
import { NOT_EVE } from '../decision/crowd.ts'
import { AT, ROLE } from '../decision/data.ts'

const [ann, bob, cid] = [userId('u-ann'), userId('u-bob'), userId('u-cid')]
const unknown = undefined

const everyone: ImpersonationRule = { id: 'everyone', effect: 'ALLOW' }
const onlyAnn: ImpersonationRule = { id: 'only-ann', effect: 'ALLOW', targetUsers: [ann] }
const allButAnn: ImpersonationRule = { id: 'all-but-ann', effect: 'ALLOW', notTargetUsers: [ann] }
const neverAnn: ImpersonationRule = { id: 'never-ann', effect: 'DENY', targetUsers: [ann] }
const neverAny: ImpersonationRule = { id: 'never-any', effect: 'DENY' }
const denyOthers: ImpersonationRule = { id: 'deny-others', effect: 'DENY', notTargetUsers: [ann] }
const nobody: ImpersonationRule = { ...onlyAnn, id: 'nobody', notTargetUsers: [ann] }
const emptyTargets: ImpersonationRule = { id: 'empty-targets', effect: 'ALLOW', targetUsers: [] }
const noneLeftOut: ImpersonationRule = { id: 'none-left-out', effect: 'ALLOW', notTargetUsers: [] }

const evaluate = (rules: readonly ImpersonationRule[], target: UserId | undefined) =>
  evaluateRules(compileRules(rules), target && { id: target })

for (const [name, rules, target, effect, matchedRules] of [
  ['denies when there are no rules', [], ann, 'DENY', []],
  ['denies when no rule matches', [onlyAnn], bob, 'DENY', []],
  ['allows everyone by a rule without conditions', [everyone], bob, 'ALLOW', [everyone]],
  ['allows a target user', [onlyAnn], ann, 'ALLOW', [onlyAnn]],
  ['keeps out a user it names in notTargetUsers', [allButAnn], ann, 'DENY', []],
  ['allows a user it does not name in notTargetUsers', [allButAnn], bob, 'ALLOW', [allButAnn]],
  ['needs both conditions to hold', [nobody], ann, 'DENY', []],
  ['takes empty targetUsers for nobody', [emptyTargets], ann, 'DENY', []],
  ['takes empty notTargetUsers for everyone', [noneLeftOut], ann, 'ALLOW', [noneLeftOut]],
  ['lets a DENY win over an ALLOW', [everyone, neverAnn], ann, 'DENY', [neverAnn]],
  ['lets a DENY win that comes first', [neverAnn, everyone], ann, 'DENY', [neverAnn]],
  ['passes over a DENY of others', [everyone, neverAnn], bob, 'ALLOW', [everyone]],
  ['reports every rule that allowed', [everyone, onlyAnn], ann, 'ALLOW', [everyone, onlyAnn]],
  ['reports every rule that denied', [neverAny, neverAnn], ann, 'DENY', [neverAny, neverAnn]],
  ['tells ids apart by case', [onlyAnn], userId('U-ANN'), 'DENY', []],
] as const) {
  t.strictSame(evaluate(rules, target), { effect, matchedRules }, `evaluateRules() ${name}`)
}

for (const [name, rules, matchedRules] of [
  ['is never allowed by a rule without conditions', [everyone], []],
  ['is never allowed by notTargetUsers', [allButAnn], []],
  ['is in no targetUsers of a DENY', [neverAnn], []],
  ['is outside every notTargetUsers of a DENY', [denyOthers, everyone], [denyOthers]],
  ['is denied by a DENY without conditions', [neverAny], [neverAny]],
] as const) {
  t.strictSame(
    evaluate(rules, unknown),
    { effect: 'DENY', matchedRules },
    `R2 evaluateRules() an unknown user ${name}`,
  )
}

for (const [rules, expected] of [
  [[], false],
  [[neverAnn], false],
  [[neverAnn, emptyTargets], true],
  [[onlyAnn], true],
] as const) {
  t.equal(
    compileRules(rules).hasAllow,
    expected,
    `R1 compileRules() hasAllow of [${rules.map(({ id }) => id)}] is ${expected}`,
  )
}

t.test('compileRules() does not change with its input list', async t => {
  const targetUsers = [ann]
  const rules: ImpersonationRule[] = [{ id: 'one', effect: 'ALLOW', targetUsers }]
  const compiled = compileRules(rules)
  targetUsers.push(bob)
  rules.push(everyone)
  t.equal(evaluateRules(compiled, { id: bob }).effect, 'DENY')
})

const anyUser = fc.constantFrom<(UserId | undefined)[]>(ann, bob, cid, unknown)
const anyList = fc.subarray([ann, bob, cid])
const anyRule = fc.record(
  {
    id: fc.uuid(),
    effect: fc.constantFrom<Effect[]>('ALLOW', 'DENY'),
    targetUsers: anyList,
    notTargetUsers: anyList,
  },
  { requiredKeys: ['id', 'effect'] },
) as fc.Arbitrary<ImpersonationRule>
const anyRules = fc.array(anyRule, { maxLength: 6 })

/** A second reading of the guide, as plain as can be: it walks the rules one by one. */
function naive(rules: readonly ImpersonationRule[], target: UserId | undefined) {
  const found: Record<Effect, ImpersonationRule[]> = { ALLOW: [], DENY: [] }
  for (const rule of rules) {
    if (rule.targetUsers) {
      if (target === undefined) continue
      if (rule.targetUsers.indexOf(target) === -1) continue
    }
    if (rule.notTargetUsers && target !== undefined) {
      if (rule.notTargetUsers.indexOf(target) !== -1) continue
    }
    if (target === undefined && rule.effect === 'ALLOW') continue
    found[rule.effect].push(rule)
  }
  if (found.DENY.length > 0) return { effect: 'DENY', matchedRules: found.DENY }
  if (found.ALLOW.length > 0) return { effect: 'ALLOW', matchedRules: found.ALLOW }
  return { effect: 'DENY', matchedRules: [] }
}

const law = <Ts>(name: string, property: fc.IProperty<Ts>) =>
  t.doesNotThrow(() => fc.assert(property, { numRuns: 1000 }), `evaluateRules() ${name}`)

const effectOf = (rules: readonly ImpersonationRule[], user: UserId | undefined) =>
  evaluate(rules, user).effect

law(
  'agrees with the plain reading of the guide',
  fc.property(anyRules, anyUser, (rules, user) =>
    isDeepStrictEqual(evaluate(rules, user), naive(rules, user)),
  ),
)
law(
  'ignores the order of the rules',
  fc.property(
    anyRules,
    anyUser,
    (rules, user) => effectOf(rules.toReversed(), user) === effectOf(rules, user),
  ),
)
law(
  'never turns a DENY into an ALLOW by one more DENY',
  fc.property(anyRules, anyRule, anyUser, (rules, rule, user) => {
    const more = [...rules, { ...rule, effect: 'DENY' as const }]
    return effectOf(rules, user) === 'ALLOW' || effectOf(more, user) === 'DENY'
  }),
)
law(
  'never turns an ALLOW into a DENY by one more ALLOW',
  fc.property(anyRules, anyRule, anyUser, (rules, rule, user) => {
    const more = [...rules, { ...rule, effect: 'ALLOW' as const }]
    return effectOf(rules, user) === 'DENY' || effectOf(more, user) === 'ALLOW'
  }),
)
law(
  'denies whatever rules join a matching DENY',
  fc.property(anyRules, rules => effectOf([...rules, neverAnn], ann) === 'DENY'),
)
law(
  'reports only rules of the effect that it gives',
  fc.property(anyRules, anyUser, (rules, user) => {
    const { effect, matchedRules } = evaluate(rules, user)
    return matchedRules.every(rule => rule.effect === effect)
  }),
)
law(
  'allows only with a rule to show for it',
  fc.property(anyRules, anyUser, (rules, user) => {
    const { effect, matchedRules } = evaluate(rules, user)
    return effect === 'DENY' || matchedRules.length > 0
  }),
)
law(
  'R2 never allows an unknown user',
  fc.property(anyRules, rules => effectOf(rules, unknown) === 'DENY'),
)

const [first, second] = [compileRole(NOT_EVE, { at: 0 }), compileRole(NOT_EVE, { at: 1 })]
t.equal(first, second, 'compileRole() compiles a role without periods once')
const [[once], [again]] = [compileRules([everyone]).rules, compileRules([everyone]).rules]
t.equal(once, again, 'compileRules() compiles a rule once')

/** A role whose ALLOW rule, or DENY rule beside an unlimited ALLOW rule, has a period. */
const periodOf = (effect: Effect): ImpersonationRole => ({
  ...ROLE,
  rules: [
    { id: 'period', effect, notBefore: AT, notAfter: AT + 10 },
    ...(effect === 'DENY' ? [everyone] : []),
  ],
})

t.test('compileRole() extends no access when the clock jumps', async t => {
  for (const [what, moment, allows, denies] of [
    ['before', { at: AT - 1 }, false, false],
    ['at the beginning', { at: AT }, true, true],
    ['in the last millisecond', { at: AT + 9 }, true, true],
    ['at the end', { at: AT + 10 }, false, false],
    ['possibly begun', { at: AT - 1, latest: AT }, false, true],
    ['possibly over', { at: AT + 9, latest: AT + 10 }, false, true],
    ['begun or over', { at: AT - 1, latest: AT + 10 }, false, true],
  ] as const) {
    const effectOf = (effect: Effect) =>
      evaluateRules(compileRole(periodOf(effect), moment).rules, { id: ann }).effect
    t.equal(effectOf('ALLOW'), allows ? 'ALLOW' : 'DENY', `ALLOW ${what}`)
    t.equal(effectOf('DENY'), denies ? 'DENY' : 'ALLOW', `DENY ${what}`)
  }
})
