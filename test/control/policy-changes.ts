/**
 * Random changes of the policy, as calls of the control API.
 *
 * @module
 */

import fc from 'fast-check'
import type { Store } from '../../src/store/store.ts'
import { ORGANIZATION } from '../kit/control-test-server.ts'
import { NEW_GUARD } from '../kit/guard.ts'

/** Call of an action, with the service that has it. */
export type ChangeCall = Readonly<{ service: string; action: string; input: object }>

/** Numbers that choose an action, the object, and its content. */
export type Choice = readonly [action: number, object: number, content: number]

export const choice: fc.Arbitrary<Choice> = fc.tuple(
  fc.nat(1_000_000),
  fc.nat(1_000_000),
  fc.nat(1_000_000),
)

const idOf = (kind: number, n: number) => `0000000${kind}-0000-4000-8000-00000000000${n}`
const address = (n: number) => `person-${n}@example.com`
const STATEMENT = { Effect: 'Allow', Action: ['ewsgateway:Get*'], Resource: ['*'] }
const END = 2_000_000_000

/** Returns the call that numbers choose in the present state of a store, which can be rejected. */
export async function callOf(store: Store, [action, object, n]: Choice): Promise<ChangeCall> {
  const pick = <T>(all: readonly T[]): T | undefined => all[object % Math.max(1, all.length)]
  const bit = (place: number) => Math.floor(n / 2 ** place) % 2 === 1
  const some = <T>(all: readonly T[]) => all.filter((_, i) => bit(i))
  const users = (await store.users(ORGANIZATION)).map(({ id }) => id)
  const groups = (await store.groups(ORGANIZATION)).map(({ id }) => id)
  const role = pick(await store.roles(ORGANIZATION))
  const locked = (await store.roles(ORGANIZATION)).find(({ lock }) => lock !== undefined)
  const tools = (await store.principals(ORGANIZATION)).filter(({ name }) => name !== 'admin')
  const tool = pick(tools)
  const keys = (await store.keys(ORGANIZATION)).filter(key =>
    tools.some(({ id }) => id === key.principalId),
  )
  const ofRole = { ImpersonationRoleId: role?.id ?? 'none' }
  const ofTool = { PrincipalId: tool?.id ?? 'none' }
  const ofKey = { AccessKeyId: pick(keys)?.id ?? 'AKIAAAAAAAAAAAAAAAAA' }
  const rules = some(['a', 'b', 'c']).map((id, i) => ({
    ImpersonationRuleId: id,
    Effect: bit(i + 3) ? 'ALLOW' : 'DENY',
    ...(bit(i + 6) && { TargetUsers: some(users).slice(0, 3) }),
    ...(bit(i + 9) && { NotTargetUsers: users.slice(0, 1) }),
  }))
  const grouped = rules.map(rule => ({
    ...rule,
    ...(bit(12) && groups.length > 0 && { TargetGroups: groups.slice(0, 1) }),
    ...(bit(13) && { NotAfter: END + n }),
  }))
  const content = {
    Name: `role-${object % 4}`,
    Type: bit(1) ? 'READ_ONLY' : 'FULL_ACCESS',
    ...(bit(2) && { Description: `${n}` }),
  }
  const guard = {
    ...NEW_GUARD,
    Mailboxes: bit(1) ? 'own' : 'permitted',
    Delegation: bit(2),
    InboxRules: bit(3),
    DirectoryLookups: bit(4),
    Sending: bit(5),
  }
  const period = {
    Period: { ...(bit(1) && { NotBefore: 1 + n }), ...(bit(2) && { NotAfter: END + n }) },
  }
  const user = {
    ...(bit(0) && { UserId: idOf(1, object % 8) }),
    PrimarySmtpAddress: address(object % 8),
    Aliases: bit(1) ? [`alias-${n % 9}@example.com`] : [],
    ...(bit(2) && { DisplayName: `Person ${n}` }),
  }
  const group = {
    GroupId: idOf(2, object % 3),
    Name: `group-${object % 3}`,
    ...(bit(1) && { PrimarySmtpAddress: `group-${n % 4}@example.com` }),
  }
  const rule = { Name: ['Default', 'office', '__proto__'][object % 3], Description: `${n}` }
  const profile = {
    Profile: bit(1) ? 'mail-read' : 'none',
    ...(bit(2) && { Operations: { Denied: ['GetEvents'] } }),
  }
  const identities = some([1, 2]).map(i => ({
    TokenSubject: { Issuer: 'https://issuer.example.com', Claim: 'oid', Subject: `tool-${i}` },
  }))
  const exceptions = bit(3) && role ? [{ ...ofRole, NotAfter: END + n, Reason: 'case' }] : []
  const calls: readonly (readonly [action: string, input: object])[] = [
    ['PutUser', { ...user, ...(bit(3) && { Enabled: bit(4) }) }],
    ['DeleteUser', { UserId: pick(users) ?? 'none' }],
    [
      'ImportUsers',
      {
        Users: [0, 1, 2, 3, 4].filter(bit).map(i => ({ PrimarySmtpAddress: address(i) })),
        ...(bit(5) && { DeleteMissing: true, DeleteAtMost: 100, AcceptRemovals: true }),
        DryRun: bit(6) && bit(7),
      },
    ],
    ['PutGroup', { ...group, Users: some(users), Groups: some(groups) }],
    ['PutGroup', { ...group, Users: some(users) }],
    ['UpdateGroup', { GroupId: pick(groups) ?? 'none', AddUsers: some(users) }],
    ['UpdateGroup', { GroupId: pick(groups) ?? 'none', RemoveUsers: some(users), Name: `g ${n}` }],
    ['DeleteGroup', { GroupId: pick(groups) ?? 'none' }],
    ['WorkMail.CreateImpersonationRole', { ...content, Rules: rules }],
    ['WorkMail.UpdateImpersonationRole', { ...ofRole, ...content, Rules: rules }],
    ['WorkMail.DeleteImpersonationRole', ofRole],
    ['PutImpersonationRole', { ...ofRole, ...content, Rules: grouped, ...(bit(4) && period) }],
    [
      'PutImpersonationRole',
      { ...content, ...period, Rules: grouped, Guard: guard, ExpectedVersion: 'NONE' },
    ],
    ['PutImpersonationRole', { ...ofRole, Guard: guard }],
    ['PutImpersonationRole', { ...ofRole, Profile: profile }],
    ['PutImpersonationRole', { ...ofRole, ...period }],
    ['LockImpersonationRole', { ...ofRole, ...(bit(1) && { Message: `${n}` }) }],
    ['UnlockImpersonationRole', { ImpersonationRoleId: locked?.id ?? 'none' }],
    ['RevokeImpersonationRoleTokens', ofRole],
    ['PutRoleShadow', { ...ofRole, Draft: { Rules: grouped, ...(bit(5) && { Guard: guard }) } }],
    ['DeleteRoleShadow', ofRole],
    [
      'EnforceRoleShadow',
      {
        ...ofRole,
        ExpectedVersion: `${role?.version}`,
        ExpectedShadowVersion: `${role?.shadow?.version}`,
      },
    ],
    [
      'WorkMail.PutAccessControlRule',
      { ...rule, Effect: bit(1) ? 'ALLOW' : 'DENY', ...(bit(2) && { IpRanges: ['192.0.2.0/24'] }) },
    ],
    ['WorkMail.DeleteAccessControlRule', { Name: rule.Name }],
    ['PutProtectedMailboxes', { Users: some(users), Groups: some(groups), Exceptions: exceptions }],
    ['CreatePrincipal', { Name: `tool-${object % 4}`, Policy: policyOf(bit(1)) }],
    [
      'UpdatePrincipal',
      { ...ofTool, ...(bit(1) ? period : { Enabled: bit(2), Policy: policyOf(bit(3)) }) },
    ],
    ['DeletePrincipal', ofTool],
    ['PutPrincipalIdentities', { ...ofTool, Identities: identities }],
    ['CreateAccessKey', ofTool],
    ['UpdateAccessKey', { ...ofKey, Enabled: bit(1), ...(bit(2) && { NotBefore: 1 + n }) }],
    ['DeleteAccessKey', ofKey],
    ['GiveRoleToTool', { ...ofRole, Name: `tool-${object % 4}` }],
  ]
  const [name, input] = calls[action % calls.length] ?? ['', {}]
  const [service, own] = name.startsWith('WorkMail.')
    ? ['WorkMailService', name.slice('WorkMail.'.length)]
    : ['EwsGateway', name]
  return { service, action: own, input: { OrganizationId: ORGANIZATION, ...input } }
}

const policyOf = (isWide: boolean) => ({
  Version: '2012-10-17',
  Statement: isWide ? [STATEMENT, STATEMENT] : [STATEMENT],
})
