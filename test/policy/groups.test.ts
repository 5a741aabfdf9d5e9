/**
 * Groups in rules: what they match, and that no deletion of one lets anybody in.
 */

import fc from 'fast-check'
import t from 'tap'
import {
  type GroupId,
  groupId,
  type Person,
  type UserId,
  userId,
} from '../../src/model/identity.ts'
import type { Effect, ImpersonationRule } from '../../src/model/role.ts'
import { compileRules, evaluateRules, ruleGroupsOf } from '../../src/policy/rules.ts'

const [ANN, BOB, CID] = ['u-ann', 'u-bob', 'u-cid'].map(userId) as [UserId, UserId, UserId]
const [STAFF, BOARD] = ['g-staff', 'g-board'].map(groupId) as [GroupId, GroupId]

const everyone: ImpersonationRule = { id: 'everyone', effect: 'ALLOW' }
const staff: ImpersonationRule = { id: 'staff', effect: 'ALLOW', targetGroups: [STAFF] }
const bobOrStaff: ImpersonationRule = { ...staff, id: 'bob-or-staff', targetUsers: [BOB] }
const notBoard: ImpersonationRule = { id: 'not-board', effect: 'ALLOW', notTargetGroups: [BOARD] }
const staffNotBoard: ImpersonationRule = { ...staff, ...notBoard, id: 'staff-not-board' }
const neverBoard: ImpersonationRule = { id: 'never-board', effect: 'DENY', targetGroups: [BOARD] }
const onlyStaff: ImpersonationRule = { id: 'only-staff', effect: 'DENY', notTargetGroups: [STAFF] }

const neverBob: ImpersonationRule = { id: 'never-bob', effect: 'DENY', targetUsers: [BOB] }
const OTHER = groupId('g-other')

const evaluate = (rules: readonly ImpersonationRule[], person: Person | undefined) =>
  evaluateRules(compileRules(rules), person)

const being = (id: UserId, groups: readonly GroupId[], formerGroups: readonly GroupId[] = []) => ({
  id,
  memberOf: { groups, formerGroups },
})
const [inStaff, inBoth] = [being(ANN, [STAFF]), being(ANN, [STAFF, BOARD])]
const unclear: Person = { id: ANN, memberOf: { groups: [], formerGroups: [], unreadable: [OTHER] } }
const staffUnclear = { ...unclear, memberOf: { ...inStaff.memberOf, unreadable: [OTHER] } }
const [wasStaff, wasBoard] = [being(ANN, [], [STAFF]), being(ANN, [STAFF], [BOARD])]

for (const [name, rules, person, effect, matched, groups] of [
  ['allows a member', [staff], inStaff, 'ALLOW', [staff], [STAFF]],
  ['allows nobody else', [staff], { id: ANN }, 'DENY', []],
  ['allows a user who is named beside a group', [bobOrStaff], { id: BOB }, 'ALLOW', [bobOrStaff]],
  ['and a member of it', [bobOrStaff], inStaff, 'ALLOW', [bobOrStaff], [STAFF]],
  ['and nobody else', [bobOrStaff], { id: CID }, 'DENY', []],
  ['keeps out a member of notTargetGroups', [notBoard], inBoth, 'DENY', []],
  ['and nobody else', [notBoard], inStaff, 'ALLOW', [notBoard]],
  ['needs both conditions', [staffNotBoard], inStaff, 'ALLOW', [staffNotBoard], [STAFF]],
  ['of which one does not hold', [staffNotBoard], inBoth, 'DENY', []],
  ['denies a member', [everyone, neverBoard], inBoth, 'DENY', [neverBoard], [BOARD]],
  ['denies a user that is not in a group', [everyone, onlyStaff], { id: ANN }, 'DENY', [onlyStaff]],
  ['names no group twice', [staff, bobOrStaff], inStaff, 'ALLOW', [staff, bobOrStaff], [STAFF]],
  ['R3 allows nobody by a deleted group', [staff], wasStaff, 'DENY', []],
  ['R3 keeps out who was in a deleted one', [notBoard], wasBoard, 'DENY', []],
  ['R3 denies who was in it', [everyone, neverBoard], wasBoard, 'DENY', [neverBoard], [BOARD]],
  ['R3 and a user that it excepted', [everyone, onlyStaff], wasStaff, 'DENY', [onlyStaff]],
  ['R51 denies by a group if any is not understood', [neverBoard], unclear, 'DENY', [neverBoard]],
  ['R51 and excepts nobody', [everyone, onlyStaff], unclear, 'DENY', [onlyStaff]],
  ['R51 and keeps out by a group', [notBoard], unclear, 'DENY', []],
  ['R51 and allows nobody by it', [staff], unclear, 'DENY', []],
  ['R51 but allows a member of one', [staff], staffUnclear, 'ALLOW', [staff], [STAFF]],
  ['R51 and all by rules without groups', [everyone, neverBob], unclear, 'ALLOW', [everyone]],
  ['R2 denies the unknown by what it is not in', [onlyStaff], undefined, 'DENY', [onlyStaff]],
  ['R2 never by what it would be in', [neverBoard, everyone], undefined, 'DENY', []],
] as const)
  t.strictSame(
    evaluate(rules, person),
    { effect, matchedRules: matched, ...(groups && { matchedGroups: groups }) },
    `evaluateRules() ${name}`,
  )

t.strictSame(ruleGroupsOf(staffNotBoard, inBoth), { target: [STAFF], notTarget: [BOARD] })
t.strictSame(ruleGroupsOf(staffNotBoard, wasStaff), { target: [], notTarget: [] })
t.strictSame(ruleGroupsOf(neverBoard, wasBoard), { target: [BOARD], notTarget: [] })

const GROUPS = ['g-1', 'g-2', 'g-3'].map(groupId)
const USERS = [ANN, BOB, CID]
const lists = {
  targetUsers: fc.subarray(USERS),
  notTargetUsers: fc.subarray(USERS),
  targetGroups: fc.subarray(GROUPS),
  notTargetGroups: fc.subarray(GROUPS),
}
const anyRules = fc.array(
  fc.record(
    { id: fc.uuid(), effect: fc.constantFrom<Effect[]>('ALLOW', 'DENY'), ...lists },
    { requiredKeys: ['id', 'effect'] },
  ) as fc.Arbitrary<ImpersonationRule>,
  { maxLength: 4 },
)
const anyPeople = fc.tuple(
  ...USERS.map(id =>
    fc
      .subarray(GROUPS)
      .chain(formerGroups =>
        fc
          .subarray(GROUPS.filter(group => !formerGroups.includes(group)))
          .map(groups => being(id, groups, formerGroups)),
      ),
  ),
)

/** The rule with everyone in its groups instead of them. */
function expanded(rule: ImpersonationRule, people: readonly Person[]): ImpersonationRule {
  const { targetUsers, notTargetUsers, targetGroups, notTargetGroups, ...rest } = rule
  const within = (groups: readonly GroupId[], withFormer: boolean) =>
    people
      .filter(({ memberOf = { groups: [], formerGroups: [] } }) =>
        [...memberOf.groups, ...(withFormer ? memberOf.formerGroups : [])].some(group =>
          groups.includes(group),
        ),
      )
      .map(({ id }) => id)
  const denies = rule.effect === 'DENY'
  const targets = within(targetGroups ?? [], denies).concat(targetUsers ?? [])
  const excepted = within(notTargetGroups ?? [], !denies).concat(notTargetUsers ?? [])
  return {
    ...rest,
    ...((targetUsers || targetGroups) && { targetUsers: targets }),
    ...((notTargetUsers || notTargetGroups) && { notTargetUsers: excepted }),
  }
}

const law = <Ts>(name: string, property: fc.IProperty<Ts>) =>
  t.doesNotThrow(() => fc.assert(property, { numRuns: 1000 }), `evaluateRules() ${name}`)

const outcomeOf = (rules: readonly ImpersonationRule[], person: Person) => {
  const { effect, matchedRules } = evaluate(rules, person)
  return [effect, ...matchedRules.map(({ id }) => id)].join()
}

law(
  'decides by groups as by everyone in them',
  fc.property(anyRules, anyPeople, (rules, people) => {
    const listed = rules.map(rule => expanded(rule, people))
    return people.every(({ id, ...person }) => {
      return outcomeOf(rules, { id, ...person }) === outcomeOf(listed, { id })
    })
  }),
)

law(
  'R3 allows nobody more when a group is deleted',
  fc.property(anyRules, anyPeople, fc.subarray(GROUPS), (rules, people, deleted) =>
    people.every(person => {
      const { groups, formerGroups } = person.memberOf
      const after = being(
        person.id,
        groups.filter(group => !deleted.includes(group)),
        [...formerGroups, ...groups.filter(group => deleted.includes(group))],
      )
      return evaluate(rules, person).effect === 'ALLOW' || evaluate(rules, after).effect === 'DENY'
    }),
  ),
)

law(
  'names only groups that the user is in and a rule names',
  fc.property(anyRules, anyPeople, (rules, people) =>
    people.every(person => {
      const { matchedRules, matchedGroups = [] } = evaluate(rules, person)
      const { groups, formerGroups } = person.memberOf
      const named = matchedRules.flatMap(({ targetGroups = [] }) => targetGroups)
      return matchedGroups.every(
        group => named.includes(group) && [...groups, ...formerGroups].includes(group),
      )
    }),
  ),
)
