/**
 * Shapes of stored values: what they accept, and what is not understood.
 */

import t from 'tap'
import { isPolicy } from '../../src/model/iam-shape.ts'
import { isUnderstood } from '../../src/model/policy-shapes.ts'
import { DEFAULT_GUARD } from '../../src/model/role.ts'
import { isGuard, isProfile, isRules } from '../../src/model/role-shape.ts'
import { isText, list, optional, structure } from '../../src/model/shape.ts'

const one = structure<{ a: string; b?: readonly string[] }>({
  a: isText,
  b: optional(list(isText)),
})
for (const [value, expected] of [
  [{ a: '' }, true],
  [{ a: '', b: [] }, true],
  [{ a: '', b: ['x'] }, true],
  [{}, false],
  [{ b: [] }, false],
  [{ a: '', b: undefined }, false],
  [{ a: '', b: [1] }, false],
  [{ a: '', c: 1 }, false],
  [JSON.parse('{"a":"","__proto__":{}}'), false],
  [JSON.parse('{"a":"","constructor":1}'), false],
  [[], false],
  [null, false],
  ['a', false],
] as const)
  t.equal(one(value), expected, `structure() of ${JSON.stringify(value)}`)

const rule = { id: 'r', effect: 'ALLOW' }
for (const [more, expected] of [
  [{}, true],
  [{ targetUsers: ['u'] }, true],
  [{ targetUsers: [], targetGroups: ['g'] }, true],
  // Early versions wrote no such list. Whether it names no user or every user is not known.
  [{ targetUsers: [] }, false],
  [{ notTargetUsers: [] }, false],
  [{ notTargetUsers: [], notTargetGroups: [] }, false],
  [{ temporary: true }, true],
  [{ temporary: false }, false],
  [{ notBefore: 1.5 }, false],
  [{ targetDepartments: ['board'] }, false],
  [{ effect: 'DENY_SEND' }, false],
] as const)
  t.equal(isRules([{ ...rule, ...more }]), expected, `a rule with ${JSON.stringify(more)}`)

for (const [guard, expected] of [
  [DEFAULT_GUARD, true],
  [{ ...DEFAULT_GUARD, senders: undefined }, false],
  [{ ...DEFAULT_GUARD, later: true }, false],
  ...Object.keys(DEFAULT_GUARD).map(name => [
    Object.fromEntries(Object.entries(DEFAULT_GUARD).filter(([other]) => other !== name)),
    false,
  ]),
] as const)
  t.equal(isGuard(guard), expected, `a guard ${JSON.stringify(guard)}`)

for (const [profile, expected] of [
  [{ deniedOperations: ['SendItem'] }, true],
  [{ deniedOperations: ['SendItem', 'Send*'] }, false],
  [{ deniedOperations: ['SendLater'] }, false],
  [{ deniedOperations: ['sendItem'] }, false],
  // An unknown operation is denied anyway.
  [{ allowedOperations: ['SendLater'] }, true],
  [{ name: 'mail-later' }, false],
] as const)
  t.equal(isProfile(profile), expected, `a profile ${JSON.stringify(profile)}`)

const statement = { Effect: 'Allow', Action: ['workmail:*'], Resource: ['*'] }
for (const [more, expected] of [
  [{}, true],
  [{ Action: ['*'] }, true],
  [{ Action: [] }, false],
  [{ Action: ['sts:AssumeRole'] }, false],
  [{ Action: ['workmail:LaterAction'] }, true],
  [{ Effect: 'Deny' }, true],
  [{ Effect: 'Deny', Action: ['EWSGATEWAY:deleteGroup', 'ewsgateway:Put*'] }, true],
  [{ Effect: 'Deny', Action: ['workmail:LaterAction'] }, false],
  [{ Effect: 'Deny', Action: ['workmail:*', 'ewsgateway:Later*'] }, false],
  [{ NotAction: ['*'] }, false],
  [{ Resource: [] }, false],
  [{ Condition: {} }, false],
  [{ Condition: { StringEquals: {} } }, false],
  [{ Condition: { IpAddress: { 'aws:SourceIp': [] } } }, false],
  [{ Condition: { IpAddress: { 'aws:SourceVpc': ['v'] } } }, false],
  [{ Condition: { Null: { 'aws:SourceIp': ['v'] } } }, false],
  [{ Condition: { IpAddress: { 'aws:SourceIp': ['192.0.2.7'] } } }, true],
] as const) {
  const policy = { Version: '2012-10-17', Statement: [{ ...statement, ...more }] }
  t.equal(isPolicy(policy), expected, `a statement with ${JSON.stringify(more)}`)
}

const access = { name: 'a', effect: 'DENY', description: '', createdAt: 0, modifiedAt: 0 }
for (const [more, expected] of [
  [{}, true],
  [{ notIpRanges: [] }, true],
  [{ ipRanges: [] }, false],
  [{ actions: ['POP3'] }, false],
  [{ unreadable: true }, false],
] as const)
  t.equal(
    isUnderstood('access-control', [{ ...access, ...more }]),
    expected,
    `an access control rule with ${JSON.stringify(more)}`,
  )
