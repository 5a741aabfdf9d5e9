/**
 * Random organizations with everything that can keep a principal from acting as a user: locks and periods of roles,
 * rules, and principals, protected mailboxes, disabled users, and keys that are disabled or outside their times.
 */

import fc from 'fast-check'
import type { ExternalIdentity } from '../../src/model/external-identity.ts'
import { ASSUME_ROLE, type Statement } from '../../src/model/iam.ts'
import { groupId, organizationId, userId } from '../../src/model/identity.ts'
import { type AccessKey, accessKeyId, principalId } from '../../src/model/principal.ts'
import { DEFAULT_GUARD, roleId } from '../../src/model/role.ts'
import type { Store } from '../../src/store/store.ts'

/** The present of all worlds, which a clock that was set back knows as a range. */
export const MOMENT = { at: 1_000_000, latest: 1_002_000 }

const TIMES = [1, 999_000, 1_000_000, 1_001_000, 1_002_000, 1_003_000, 9_000_000]
const USERS = ['ann', 'bob', 'eve', 'off'].map(userId)
const STAFF = groupId('staff')

const time = fc.constantFrom(...TIMES)
const rarely = <T>(arbitrary: fc.Arbitrary<T>) =>
  fc.oneof({ weight: 3, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary })
const period = fc
  .tuple(rarely(time), rarely(time))
  .filter(([from, to]) => from === undefined || to === undefined || from < to)
  .map(([notBefore, notAfter]) => ({
    ...(notBefore !== undefined && { notBefore }),
    ...(notAfter !== undefined && { notAfter }),
  }))

const users = fc.subarray(USERS, { minLength: 1 })
const rule = fc
  .tuple(fc.constantFrom('ALLOW', 'ALLOW', 'ALLOW', 'DENY'), rarely(users), fc.boolean(), period)
  .map(([effect, targets, hasGroup, times]) => ({
    effect,
    ...times,
    ...(targets && { targetUsers: targets }),
    ...(targets && hasGroup && { targetGroups: [STAFF] }),
  }))

const role = fc.record({
  rules: fc.array(rule, { minLength: 1, maxLength: 3 }),
  period,
  lock: rarely(fc.record({ expiresAt: time }, { requiredKeys: [] })),
})

const WHEN = { DateGreaterThan: { 'aws:CurrentTime': ['1970-01-01T00:16:41Z'] } } as const
const OFFICE = { IpAddress: { 'aws:SourceIp': ['192.0.2.0/24'] } } as const

const principal = fc.record({
  enabled: fc.constantFrom(true, true, false),
  period,
  action: fc.constantFrom(ASSUME_ROLE, '*'),
  roles: rarely(fc.subarray([0, 1], { minLength: 1 })),
  condition: fc.constantFrom({}, {}, WHEN, OFFICE),
  keys: fc.array(fc.record({ enabled: fc.constantFrom(true, true, false), period }), {
    maxLength: 2,
  }),
  hasIdentity: fc.boolean(),
})

const protection = fc.record({
  users: fc.subarray(USERS, { maxLength: 2 }),
  isGroup: fc.boolean(),
  exceptions: fc.array(fc.tuple(fc.constantFrom(0, 1), time), { maxLength: 2 }),
})

export const actingWorlds = fc.record({
  roles: fc.tuple(role, role),
  principals: fc.tuple(principal, principal),
  members: users,
  protection,
})
export type ActingWorld = typeof actingWorlds extends fc.Arbitrary<infer World> ? World : never

let worlds = 0

/** Writes a world as a new organization, and returns its ID. */
export async function writeActingWorld(store: Store, world: ActingWorld) {
  worlds += 1
  const n = worlds
  const organization = organizationId(`m-${String(n).padStart(32, '0')}`)
  const drafts = USERS.map(id => ({
    id: userId(`user-${id}-in-place-${n}`),
    primarySmtpAddress: `${id}@example.com`,
    aliases: [],
    enabled: id !== 'off',
  }))
  const own = (ids: readonly string[]) => ids.map(id => userId(`user-${id}-in-place-${n}`))
  const staff = groupId(`group-${STAFF}-in-place-${n}`)
  const roleOf = (index: number) => roleId(`role-${n}-${index}`)
  await store.importUsers(organization, drafts, { dryRun: false, deleteMissing: false })
  const groups = [{ id: staff, name: 'staff', users: own(world.members), groups: [] }]
  await store.importGroups(organization, groups, { dryRun: false, deleteMissing: false })
  for (const [index, { rules, period: times, lock }] of world.roles.entries()) {
    await store.putRole({
      id: roleOf(index),
      organizationId: organization,
      name: `role ${index}`,
      type: 'READ_ONLY',
      guard: DEFAULT_GUARD,
      ...times,
      rules: rules.map(({ targetUsers, targetGroups, effect, ...rest }, i) => ({
        ...rest,
        id: `rule-${i}`,
        effect: effect === 'ALLOW' ? 'ALLOW' : 'DENY',
        ...(targetUsers && { targetUsers: own(targetUsers) }),
        ...(targetGroups && { targetGroups: [staff] }),
      })),
    })
    if (lock !== undefined) await store.lockRole(organization, roleOf(index), lock)
  }
  for (const [index, one] of world.principals.entries()) {
    const id = principalId(`p-${n}-${index}`)
    const roles = one.roles?.map(roleOf)
    const statement: Statement = {
      Effect: 'Allow',
      Action: [one.action],
      Resource: ['*'],
      Condition: {
        ...(roles && { StringEquals: { 'workmail:ImpersonationRoleId': roles } }),
        ...one.condition,
      },
    }
    await store.putPrincipal({
      id,
      organizationId: organization,
      name: `principal ${index}`,
      enabled: one.enabled,
      policy: { Version: '2012-10-17', Statement: [statement] },
      ...one.period,
    })
    for (const [key, { enabled, period: times }] of one.keys.entries())
      await store.putKey(keyOf(id, `${n}-${index}-${key}`, enabled, times))
    if (one.hasIdentity) await store.putIdentities(organization, id, [identityOf(n * 10 + index)])
  }
  const { users: protectedUsers, isGroup, exceptions } = world.protection
  await store.putProtection(organization, {
    users: own(protectedUsers),
    groups: isGroup ? [staff] : [],
    exceptions: exceptions.map(([index, notAfter]) => ({
      roleId: roleOf(index),
      notAfter,
      reason: 'A test',
    })),
  })
  return organization
}

const identityOf = (n: number): ExternalIdentity => ({
  kind: 'directory-account',
  sid: `S-1-5-21-1-2-3-${n}`,
  names: [`EXAMPLE\\tool-${n}`],
})

const keyOf = (
  id: AccessKey['principalId'],
  name: string,
  enabled: boolean,
  { notBefore, notAfter }: { notBefore?: number; notAfter?: number },
): AccessKey => ({
  id: accessKeyId(name),
  principalId: id,
  secretHash: new Uint8Array(32),
  sealedSecret: new Uint8Array(),
  enabled,
  extendedProtection: 'allow',
  createdAt: 0,
  ...(notBefore !== undefined && { notBefore }),
  ...(notAfter !== undefined && { expiresAt: notAfter }),
})
