/**
 * An organization whose decisions are explained: roles, callers, and what is known about mailboxes.
 */

import type { Test } from 'tap'
import { CHECK_NAMES } from '../../src/decision/checks.ts'
import { ASSUME_ROLE, type Statement } from '../../src/model/iam.ts'
import { roleId } from '../../src/model/role.ts'
import {
  type ControlTestServer,
  type ControlTestServerOptions,
  NEUTRAL,
  ORGANIZATION,
  startControlTestServer,
} from '../kit/control-test-server.ts'

const service = 'EwsGateway'
export const ANN = 'ann@example.com'
export const BOB = 'bob@example.com'

/** A user who shares a mailbox at the upstream, and a user whose mailbox the gateway must look up. */
export const SHARED = 'shared@example.com'
export const ASKED = 'asked@example.com'

export const RULES = [
  { ImpersonationRuleId: 'everyone', Effect: 'ALLOW' },
  { ImpersonationRuleId: 'never-eve', Effect: 'DENY', TargetUsers: ['eve@example.com'] },
]

const MAILBOXES: NonNullable<ControlTestServerOptions['mailboxes']> = {
  findShared: (_, { primarySmtpAddress }) =>
    primarySmtpAddress === ASKED ? undefined : primarySmtpAddress === SHARED,
  // The owners of no mailbox are known, but it is known that Bob owns none that was named.
  findOwners: (_, { guids }) => (guids.length === 0 ? [] : undefined),
}

const mayAssume = (role: string, condition: Statement['Condition'] = {}): Statement => ({
  Effect: 'Allow',
  Action: [ASSUME_ROLE],
  Resource: ['*'],
  Condition: { StringEquals: { 'workmail:ImpersonationRoleId': [role] }, ...condition },
})

export type World = Readonly<{
  control: ControlTestServer
  role: string
  locked: string
  reading: string
  tool: string
  other: string
  overTls: string
  disabled: string
}>

export async function makeWorld(t: Test): Promise<World> {
  const users = [ANN, BOB, 'eve@example.com', SHARED, ASKED, NEUTRAL]
  const control = await startControlTestServer(t, {
    users: users.map(primarySmtpAddress => ({ primarySmtpAddress, aliases: [] })),
    mailboxes: MAILBOXES,
  })
  const role = await control.createRole('role', RULES)
  const locked = await control.createRole('locked', RULES)
  await control.store.lockRole(ORGANIZATION, roleId(locked), {})
  await control.get('PutAccessControlRule', {
    Name: 'elsewhere',
    Effect: 'DENY',
    Description: '',
    NotIpRanges: ['192.0.2.0/24'],
  })
  const idOf = async (name: string, statement: Statement): Promise<string> =>
    (await control.addPrincipal(name, [statement])).principalId
  const disabled = await idOf('disabled', mayAssume(role))
  await control.call(
    'UpdatePrincipal',
    { OrganizationId: ORGANIZATION, PrincipalId: disabled, Enabled: false },
    { service },
  )
  return {
    control,
    role,
    locked,
    reading: await control.createRole('reading', RULES, { Type: 'READ_ONLY' }),
    tool: await idOf('tool', mayAssume(role)),
    other: await idOf('other', mayAssume(locked)),
    overTls: await idOf('tls', mayAssume(role, { Bool: { 'aws:SecureTransport': ['true'] } })),
    disabled,
  }
}

export type Checks = Readonly<Record<string, string>>

/** The outcomes of a request that everything allows. */
export const ALLOWED: Checks = {
  ...Object.fromEntries(CHECK_NAMES.map(name => [name, 'PASS'])),
  PrincipalTime: 'NOT_MADE',
  CallerPolicy: 'NOT_MADE',
  Body: 'NOT_MADE',
  FolderClasses: 'NOT_MADE',
}

/** Explains a request: the verdict, the check that ended it, and the checks unlike those of `usual`. */
export async function explain({ control, role }: World, input: object, usual: Checks = ALLOWED) {
  const { body, message } = await control.call(
    'ExplainDecision',
    {
      OrganizationId: ORGANIZATION,
      ImpersonationRoleId: role,
      SourceAddress: '192.0.2.7',
      ...input,
    },
    { service },
  )
  if (message !== undefined) return { verdict: message, checks: {}, target: undefined }
  const { Verdict, EndedBy, Checks, Target } = body
  const checks = (Checks as { Name: string; Outcome: string; Reason?: string }[])
    .map(({ Name, Outcome, Reason }) => [Name, Reason ?? Outcome] as const)
    .filter(([name, outcome]) => usual[name] !== outcome)
  return {
    verdict: EndedBy === undefined ? Verdict : `${Verdict} ${EndedBy}`,
    checks: Object.fromEntries(checks),
    target: Target as Readonly<{ Kind: string }>,
  }
}
