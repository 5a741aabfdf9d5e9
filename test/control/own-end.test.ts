/**
 * Principals with an end: they give nothing that outlasts them, whatever the action. Each action of the contract that
 * changes something has a row.
 */

import t, { type Test } from 'tap'
import { ACTIONS } from '../../src/control/actions.ts'
import { onlyReads } from '../../src/control/contract/contract.ts'
import { principalId } from '../../src/model/principal.ts'
import { ANYTHING, ORGANIZATION, startControlTestServer } from '../kit/control-test-server.ts'
import { STRICTEST } from '../kit/guard.ts'

const NOW = 1_900_000_000
const END = NOW + 1_000
const Policy = { Version: '2012-10-17', Statement: [ANYTHING] }
const EVERYONE = { ImpersonationRuleId: 'everyone', Effect: 'ALLOW' }
const NOT_CEO = { ImpersonationRuleId: 'ceo', Effect: 'DENY', TargetUsers: ['ceo@example.com'] }
const BRIEFLY = { ImpersonationRuleId: 'briefly', Effect: 'ALLOW', NotAfter: END }
const ACCESS = { Effect: 'ALLOW', Description: '' }

type Input = Readonly<Record<string, unknown>>
type Row = Readonly<{ action: string; lasting?: readonly Input[]; ending?: readonly Input[] }>

/** Inputs of each action that give something lasting, which are denied, and inputs that don't, which are not. */
const rowsOf = (of: Awaited<ReturnType<typeof start>>): readonly Row[] => {
  const role = { ImpersonationRoleId: of.roleId }
  const locked = { ImpersonationRoleId: of.lockedId }
  const content = { ...role, Name: 'role', Type: 'READ_ONLY' }
  const endless = { PrincipalId: of.endlessId }
  const exception = { ImpersonationRoleId: of.roleId, Reason: 'why' }
  const Users = ['ceo@example.com']
  const account = { DirectoryAccount: { Sid: 'S-1-5-21-1-2-3-1104', Names: ['EXAMPLE\\svc'] } }
  const person = { PrimarySmtpAddress: 'new@example.com' }
  const bob = { PrimarySmtpAddress: 'bob@example.com', UserId: of.bobId }
  return [
    {
      action: 'CreateImpersonationRole',
      lasting: [{ ...content, Name: 'a', Rules: [EVERYONE] }].map(withoutRole),
      ending: [{ ...content, Name: 'b', Rules: [NOT_CEO] }].map(withoutRole),
    },
    {
      action: 'UpdateImpersonationRole',
      lasting: [
        { ...content, Rules: [EVERYONE] },
        { ...content, Type: 'FULL_ACCESS', Rules: [EVERYONE, NOT_CEO] },
      ],
      ending: [{ ...content, Rules: [EVERYONE, NOT_CEO] }],
    },
    {
      action: 'PutImpersonationRole',
      lasting: [
        { ...content, Rules: [EVERYONE] },
        { ...content, Rules: [EVERYONE, { ...NOT_CEO, NotAfter: END }] },
        { ...content, Rules: [EVERYONE, NOT_CEO], Guard: { ...STRICTEST, Mailboxes: 'any' } },
        { ...content, Rules: [EVERYONE, NOT_CEO], Profile: { Profile: 'none' } },
        withoutRole({ ...content, Name: 'c', Rules: [EVERYONE], ExpectedVersion: 'NONE' }),
        { ...locked, Period: {} },
        { ...role, Guard: { ...STRICTEST, Sending: true, Mailboxes: 'permitted' } },
        { ...role, Profile: { Profile: 'none' } },
        { ...role, Profile: { Profile: 'no-send' } },
      ],
      ending: [
        { ...content, Rules: [EVERYONE, NOT_CEO, BRIEFLY] },
        { ...content, Rules: [EVERYONE, NOT_CEO], Guard: STRICTEST },
        { ...content, Rules: [BRIEFLY] },
        { ...content, Rules: [EVERYONE], Period: { NotAfter: END } },
        withoutRole({ ...content, Name: 'd', Rules: [NOT_CEO], ExpectedVersion: 'NONE' }),
        { ...role, Period: { NotAfter: END } },
        { ...role, Guard: STRICTEST },
        { ...role, Profile: { Profile: 'mail-read' } },
      ],
    },
    {
      action: 'EnforceRoleShadow',
      lasting: [
        { ...role, ExpectedVersion: of.roleVersion, ExpectedShadowVersion: of.shadowVersion },
      ],
    },
    {
      action: 'PutRoleShadow',
      ending: [{ ...role, Draft: { Type: 'FULL_ACCESS', Rules: [EVERYONE] } }],
    },
    { action: 'DeleteRoleShadow', ending: [role] },
    { action: 'UnlockImpersonationRole', lasting: [locked] },
    // A token ends with its principal.
    { action: 'AssumeImpersonationRole', ending: [role] },
    {
      action: 'LockImpersonationRole',
      lasting: [{ ...locked, ExpiresTime: END + 1 }],
      ending: [{ ...role, ExpiresTime: END + 1 }, locked],
    },
    { action: 'RevokeImpersonationRoleTokens', ending: [role] },
    { action: 'DeleteImpersonationRole', ending: [role] },
    {
      action: 'GiveRoleToTool',
      lasting: [{ ...role, Name: 'a' }],
      ending: [{ ...role, Name: 'b', ExpiresTime: END }],
    },
    {
      action: 'PutAccessControlRule',
      lasting: [
        { ...ACCESS, Name: 'a', IpRanges: ['192.0.2.0/24'] },
        { ...ACCESS, Name: 'office' },
      ],
      ending: [{ ...ACCESS, Name: 'b', Effect: 'DENY', IpRanges: ['192.0.2.0/24'] }],
    },
    {
      action: 'ReplaceAccessControlRule',
      lasting: [{ ...ACCESS, Name: 'a', Actions: ['EWS'], ExpectedVersion: 'NONE' }],
    },
    {
      action: 'DeleteAccessControlRule',
      lasting: [{ Name: 'office' }],
      ending: [{ Name: 'Default' }],
    },
    {
      action: 'PutProtectedMailboxes',
      lasting: [{ Users: [] }, { Users, Exceptions: [{ ...exception, NotAfter: END + 1 }] }],
      ending: [
        { Users: [...Users, 'bob@example.com'] },
        { Users: [...Users, 'bob@example.com'], Exceptions: [{ ...exception, NotAfter: END }] },
      ],
    },
    { action: 'PutGroup', lasting: [{ Name: 'new', Users: ['bob@example.com'] }] },
    { action: 'UpdateGroup', lasting: [{ GroupId: 'staff', AddUsers: ['bob@example.com'] }] },
    { action: 'DeleteGroup', ending: [{ GroupId: 'staff' }] },
    {
      action: 'PutUser',
      lasting: [person, { ...bob, Enabled: true }],
      ending: [{ ...bob, Enabled: false }],
    },
    {
      action: 'ImportUsers',
      lasting: [{ Users: [person] }],
      ending: [{ Users: [person], DryRun: true }],
    },
    { action: 'DeleteUser', ending: [{ UserId: 'bob@example.com' }] },
    { action: 'ReleaseName', lasting: [{ Kind: 'ADDRESS', Name: 'former@example.com' }] },
    {
      action: 'CreatePrincipal',
      lasting: [{ Name: 'a', Policy }],
      ending: [{ Name: 'other', Policy, Period: { NotAfter: END } }],
    },
    {
      action: 'UpdatePrincipal',
      lasting: [
        { ...endless, Policy },
        { ...endless, Enabled: true },
      ],
      ending: [
        { ...endless, Name: 'c' },
        { ...endless, Enabled: false },
      ],
    },
    { action: 'CreateAccessKey', lasting: [endless], ending: [{ ...endless, ExpiresTime: END }] },
    {
      action: 'UpdateAccessKey',
      lasting: [{ AccessKeyId: of.keyId, Enabled: true }],
      ending: [{ AccessKeyId: of.keyId, Enabled: false }],
    },
    { action: 'DeleteAccessKey', ending: [{ AccessKeyId: of.keyId }] },
    {
      action: 'PutPrincipalIdentities',
      lasting: [{ ...endless, Identities: [account] }],
      ending: [{ ...endless, Identities: [] }],
    },
    { action: 'DeletePrincipal', ending: [endless] },
    // Copies what the directory says, as the gateway does regularly.
    { action: 'SynchronizeDirectory' },
    { action: 'CheckUpstream', ending: [{}] },
  ]
}

const withoutRole = ({ ImpersonationRoleId: _, ...input }: Input): Input => input

async function start(t: Test) {
  const control = await startControlTestServer(t, { now: () => NOW * 1_000 })
  const serviceOf = (name: string) =>
    ACTIONS.has(`WorkMailService.${name}`) ? 'WorkMailService' : 'EwsGateway'
  const call = (name: string, input: object, as = control.admin) =>
    control.call(name, { OrganizationId: ORGANIZATION, ...input }, { service: serviceOf(name), as })
  const ask = async (name: string, input: object): Promise<Input> => {
    const { status, body, message } = await call(name, input)
    if (status !== 200) throw new Error(`${name}: ${message}`)
    return body
  }
  const make = async (Name: string, Rules: readonly object[]) =>
    String(
      (await ask('CreateImpersonationRole', { Name, Type: 'READ_ONLY', Rules }))[
        'ImpersonationRoleId'
      ],
    )
  const roleId = await make('role', [EVERYONE, NOT_CEO])
  await ask('PutImpersonationRole', {
    ImpersonationRoleId: roleId,
    Profile: { Profile: 'mail-read' },
  })
  const draft = { Type: 'FULL_ACCESS', Rules: [EVERYONE] }
  const { Version: shadowVersion } = await ask('PutRoleShadow', {
    ImpersonationRoleId: roleId,
    Draft: draft,
  })
  const lockedId = await make('locked', [EVERYONE])
  await ask('PutImpersonationRole', {
    ImpersonationRoleId: lockedId,
    Period: { NotAfter: END + 100 },
  })
  const { Version: roleVersion } = await ask('DescribeImpersonationRole', {
    ImpersonationRoleId: roleId,
  })
  await ask('LockImpersonationRole', { ImpersonationRoleId: lockedId, ExpiresTime: END + 10 })
  await ask('PutAccessControlRule', {
    ...ACCESS,
    Effect: 'DENY',
    Name: 'office',
    IpRanges: ['198.51.100.0/24'],
  })
  await ask('PutGroup', { Name: 'staff', Users: ['alice@example.com'] })
  await ask('PutProtectedMailboxes', { Users: ['ceo@example.com'] })
  const { UserId: formerId } = await ask('PutUser', { PrimarySmtpAddress: 'former@example.com' })
  await ask('DeleteUser', { UserId: formerId })
  const { PrincipalId: endlessId } = await ask('CreatePrincipal', { Name: 'endless', Policy })
  const { AccessKeyId: keyId } = await ask('CreateAccessKey', { PrincipalId: endlessId })
  const temporary = { Name: 'temporary', Policy, Period: { NotAfter: END } }
  const { PrincipalId } = await ask('CreatePrincipal', temporary)
  const key = await ask('CreateAccessKey', { PrincipalId })
  const as = {
    id: String(key['AccessKeyId']),
    secret: String(key['SecretAccessKey']),
    principalId: principalId(String(PrincipalId)),
  }
  const saying = async (name: string, input: object) => {
    const { status, type, message } = await call(name, input, as)
    return status === 200 ? 'done' : `${type}: ${message}`
  }
  const bobId = await control.userId('bob@example.com')
  return { saying, roleId, roleVersion, shadowVersion, lockedId, endlessId, keyId, bobId }
}

const DENIED = /^AccessDeniedException: .* cannot grant access beyond its own end/

t.test('R46 every action that changes something has a row', async t => {
  const rows = rowsOf({} as never).map(({ action }) => action)
  const changing = [...ACTIONS.values()].filter(action => !onlyReads(action))
  t.strictSame(rows.toSorted(), changing.map(({ name }) => name).toSorted())
})

t.test('R46 a principal with an end gives nothing that lasts, and everything else', async t => {
  const of = await start(t)
  const rows = rowsOf(of)
  // Nothing that is denied changes anything, so all of it is tried in one place.
  for (const { action, lasting = [] } of rows)
    for (const input of lasting)
      t.match(await of.saying(action, input), DENIED, `${action} ${JSON.stringify(input)}`)
  const isDelete = ({ action }: Row) => action.startsWith('Delete')
  for (const { action, ending = [] } of [
    ...rows.filter(row => !isDelete(row)),
    ...rows.filter(isDelete),
  ])
    for (const input of ending)
      t.equal(await of.saying(action, input), 'done', `${action} ${JSON.stringify(input)}`)
})
