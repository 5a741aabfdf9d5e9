/**
 * Every way in which something is granted and revoked. Each has a role, a client and a user of its
 * own, so that nothing but its own changes decide what it is answered.
 *
 * @module
 */

import { randomUUID } from 'node:crypto'
import type { Answered } from './control.ts'
import { type Handover, onWire, type Person } from './people.ts'

/** Request of a client. */
export type Target = Readonly<{
  /** ID of the permission that is granted and revoked. Another key or token is another permission. */
  permission: string
  authorization: string
  /** The address in the ConnectingSID. */
  whom: string
  /** Whether failures of the key are rate-limited by address, so the client often uses another address. */
  isBraked?: true
}>

/** Calls the control API of any selected gateway. */
export type Control = (target: string, input: object) => Promise<Answered>

/**
 * The request that made the change, by which the audit knows it, or the version since then; a new
 * target is that of what was given instead.
 */
export type Made = Readonly<{ requestId?: string; version?: number; target?: Target }>

export type Grant = {
  readonly name: string
  target: Target
  /** Takes it away. @throws NotAcknowledged */
  revoke: (control: Control) => Promise<Made>
  /** Gives it back, or gives something new in its place. @throws NotAcknowledged */
  grant: (control: Control) => Promise<Made>
}

export type Client = Readonly<{
  role: string
  roleName: string
  principal: string
  key: string
  authorization: string
}>

export const basic = (name: string, secret: unknown): string =>
  `Basic ${Buffer.from(`${name}:${secret}`).toString('base64')}`

const EVERYONE = { ImpersonationRuleId: 'everyone', Effect: 'ALLOW' }

const roleOf = (Name: string, ...rules: readonly object[]) => ({
  Name,
  Type: 'FULL_ACCESS',
  Rules: [EVERYONE, ...rules],
})

/** A role in which everybody may be impersonated, and who may assume it. */
export async function newClient(control: Control, name: string): Promise<Client> {
  const roleName = `${name}-${randomUUID().slice(0, 8)}`
  const created = await control('WorkMailService.CreateImpersonationRole', roleOf(roleName))
  const role = String(created.output['ImpersonationRoleId'])
  const Policy = { ...POLICY, Statement: [mayAssume('Allow', role)] }
  const { output } = await control('EwsGateway.CreatePrincipal', { Name: roleName, Policy })
  const principal = String(output['PrincipalId'])
  return { role, roleName, principal, ...(await newKey(control, principal)) }
}

async function newKey(control: Control, principal: string) {
  const { output, requestId } = await control('EwsGateway.CreateAccessKey', {
    PrincipalId: principal,
  })
  const key = String(output['AccessKeyId'])
  return { key, authorization: basic(key, output['SecretAccessKey']), requestId }
}

type Change = Grant['revoke']

export const POLICY = { Version: '2012-10-17' }

export const mayAssume = (Effect: 'Allow' | 'Deny', role: string) => ({
  Effect,
  Action: ['workmail:AssumeImpersonationRole'],
  Resource: ['*'],
  Condition: { StringEquals: { 'workmail:ImpersonationRoleId': [role] } },
})

/** One call is the change. */
export const calling =
  (target: string, input: object): Change =>
  async control => {
    const { requestId } = await control(target, input)
    return { requestId }
  }

/** One call deletes something. After a response that was lost, it is not there any more. */
const deleting =
  (target: string, input: object): Change =>
  async control => {
    try {
      return await calling(target, input)(control)
    } catch (error) {
      if (!String(error).includes('EntityNotFoundException')) throw error
      return {}
    }
  }

const byKey = ({ authorization }: Client, name: string, { primarySmtpAddress }: Person) => ({
  name,
  target: { permission: name, authorization, whom: primarySmtpAddress },
})

export function roleRule(client: Client, whom: Person, name = 'role-rule'): Grant {
  const { role, roleName } = client
  const denied = { ImpersonationRuleId: 'denied', Effect: 'DENY', TargetUsers: [whom.id] }
  const update = (...rules: readonly object[]) =>
    calling('WorkMailService.UpdateImpersonationRole', {
      ImpersonationRoleId: role,
      ...roleOf(roleName, ...rules),
    })
  return { ...byKey(client, name, whom), revoke: update(denied), grant: update() }
}

export function roleLock(client: Client, whom: Person): Grant {
  const input = { ImpersonationRoleId: client.role }
  return {
    ...byKey(client, 'role-lock', whom),
    revoke: calling('EwsGateway.LockImpersonationRole', input),
    grant: calling('EwsGateway.UnlockImpersonationRole', input),
  }
}

/** The client names the role by its name, because a role that is created again has another ID. */
export function roleDeletion(client: Client, whom: Person): Grant {
  const { key, principal, roleName, authorization } = client
  let role = client.role
  let token = randomUUID()
  const secret = Buffer.from(authorization.slice('Basic '.length), 'base64').toString()
  return {
    name: 'role-deletion',
    target: {
      permission: 'role-deletion',
      authorization: basic(`${roleName}\\${key}`, secret.slice(secret.indexOf(':') + 1)),
      whom: whom.primarySmtpAddress,
    },
    revoke: control =>
      calling('WorkMailService.DeleteImpersonationRole', { ImpersonationRoleId: role })(control),
    grant: async control => {
      const input = { ...roleOf(roleName), ClientToken: token }
      const { output } = await control('WorkMailService.CreateImpersonationRole', input)
      role = String(output['ImpersonationRoleId'])
      const Policy = { ...POLICY, Statement: [mayAssume('Allow', role)] }
      const update = calling('EwsGateway.UpdatePrincipal', { PrincipalId: principal, Policy })
      const made = await update(control)
      token = randomUUID()
      return made
    },
  }
}

export function accessControl(client: Client, whom: Person): Grant {
  const rule = { Name: 'keeps-out' }
  return {
    ...byKey(client, 'access-control', whom),
    revoke: calling('WorkMailService.PutAccessControlRule', {
      ...rule,
      Effect: 'DENY',
      Description: '',
      ImpersonationRoleIds: [client.role],
    }),
    grant: calling('WorkMailService.DeleteAccessControlRule', rule),
  }
}

export function userDisabled(client: Client, whom: Person): Grant {
  const put = (Enabled: boolean) => calling('EwsGateway.PutUser', { ...onWire(whom), Enabled })
  return { ...byKey(client, 'user-disabled', whom), revoke: put(false), grant: put(true) }
}

export function userRemoved(client: Client, whom: Person): Grant {
  return {
    ...byKey(client, 'user-removed', whom),
    revoke: deleting('EwsGateway.DeleteUser', { UserId: whom.id }),
    grant: calling('EwsGateway.PutUser', onWire(whom)),
  }
}

/** Makes a role one in which one user alone may be impersonated. */
export const allowOnly = ({ role, roleName }: Client, { id }: Person): Change =>
  calling('WorkMailService.UpdateImpersonationRole', {
    ImpersonationRoleId: role,
    ...roleOf(roleName),
    Rules: [{ ImpersonationRuleId: 'only', Effect: 'ALLOW', TargetUsers: [id] }],
  })

/** Frees an address that a user lost. In a second attempt it may be free, or have its new owner, already. */
async function release(control: Control, address: string): Promise<void> {
  try {
    await control('EwsGateway.ReleaseName', { Kind: 'ADDRESS', Name: address })
  } catch (error) {
    if (!/EntityNotFoundException|EntityStateException/.test(String(error))) throw error
  }
}

/** The role must allow the first owner alone. */
export function addressMoved({ authorization }: Client, { owner, heir, address }: Handover): Grant {
  const move = (from: Person, to: Person) => async (control: Control) => {
    await control('EwsGateway.PutUser', { ...onWire({ ...from, aliases: [] }) })
    await release(control, address)
    return calling('EwsGateway.PutUser', onWire({ ...to, aliases: [address] }))(control)
  }
  return {
    name: 'address-moved',
    target: { permission: 'address-moved', authorization, whom: address },
    revoke: move(owner, heir),
    grant: move(heir, owner),
  }
}
