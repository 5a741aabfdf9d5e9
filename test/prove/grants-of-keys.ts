/**
 * The ways to grant and revoke that are about keys, tokens and who holds them.
 *
 * @module
 */

import { setTimeout } from 'node:timers/promises'
import {
  basic,
  type Client,
  type Control,
  calling,
  type Grant,
  mayAssume,
  POLICY,
} from './grants.ts'
import type { Person } from './people.ts'

const targetOf = ({ authorization }: Client, name: string, whom: Person) => ({
  permission: name,
  authorization,
  whom: whom.primarySmtpAddress,
  isBraked: true as const,
})

export function keyDisabled(client: Client, whom: Person): Grant {
  const name = 'key-disabled'
  const update = (Enabled: boolean) =>
    calling('EwsGateway.UpdateAccessKey', { AccessKeyId: client.key, Enabled })
  return {
    name,
    target: targetOf(client, name, whom),
    revoke: update(false),
    grant: update(true),
  }
}

/** Each grant is another key. */
export function keyDeleted(client: Client, whom: Person): Grant {
  const name = 'key-deleted'
  const PrincipalId = client.principal
  let key = client.key
  let count = 0
  return {
    name,
    target: targetOf(client, `${name}#0`, whom),
    revoke: async control => calling('EwsGateway.DeleteAccessKey', { AccessKeyId: key })(control),
    grant: async control => {
      await deleteKeys(control, PrincipalId)
      const { output, requestId } = await control('EwsGateway.CreateAccessKey', { PrincipalId })
      key = String(output['AccessKeyId'])
      count += 1
      const authorization = basic(key, output['SecretAccessKey'])
      const target = { ...targetOf(client, `${name}#${count}`, whom), authorization }
      return { requestId, target }
    },
  }
}

/**
 * Deletes all keys of a principal, including those whose creation was not acknowledged: it has at most two.
 */
async function deleteKeys(control: Control, PrincipalId: string): Promise<void> {
  const { output } = await control('EwsGateway.ListAccessKeys', { PrincipalId })
  const keys = output['AccessKeys'] as readonly Readonly<{ AccessKeyId: string }>[]
  for (const { AccessKeyId } of keys) await control('EwsGateway.DeleteAccessKey', { AccessKeyId })
}

export function principalDisabled(client: Client, whom: Person): Grant {
  const name = 'principal-disabled'
  const update = (Enabled: boolean) =>
    calling('EwsGateway.UpdatePrincipal', { PrincipalId: client.principal, Enabled })
  return { name, target: targetOf(client, name, whom), revoke: update(false), grant: update(true) }
}

export function principalPolicy(client: Client, whom: Person): Grant {
  const name = 'principal-policy'
  const update = (...effects: readonly ('Allow' | 'Deny')[]) =>
    calling('EwsGateway.UpdatePrincipal', {
      PrincipalId: client.principal,
      Policy: { ...POLICY, Statement: effects.map(effect => mayAssume(effect, client.role)) },
    })
  return {
    name,
    target: targetOf(client, name, whom),
    revoke: update('Allow', 'Deny'),
    grant: update('Allow'),
  }
}

/** Time from a change to the end that it sets, so that most gateways know the end before it comes. */
const END_MS = 1_500
/** The clock of a gateway can be behind by this. Its own clock tells a gateway when a period ends. */
const BEHIND_MS = 20_000

/**
 * A revocation that the time brings: sets an end, and waits until it has come for the gateway whose clock is farthest
 * behind. It is acknowledged then, without the change that set it, so that this gateway must find the end by its clock.
 */
const ending =
  (target: string, inputOf: (notAfter: number) => object): Grant['revoke'] =>
  async control => {
    const end = Date.now() + END_MS
    await control(target, inputOf((end - BEHIND_MS) / 1_000))
    await setTimeout(Math.max(1, end - Date.now()))
    return {}
  }

export function keyEnds(client: Client, whom: Person): Grant {
  const name = 'key-ends'
  const AccessKeyId = client.key
  const later = () => ({ AccessKeyId, ExpiresTime: Math.floor(Date.now() / 1_000) + 86_400 })
  return {
    name,
    target: targetOf(client, name, whom),
    revoke: ending('EwsGateway.UpdateAccessKey', ExpiresTime => ({ AccessKeyId, ExpiresTime })),
    grant: control => calling('EwsGateway.UpdateAccessKey', later())(control),
  }
}

export function principalEnds(client: Client, whom: Person): Grant {
  const name = 'principal-ends'
  const put = (Period: object) => ({ PrincipalId: client.principal, Period })
  return {
    name,
    target: targetOf(client, name, whom),
    revoke: ending('EwsGateway.UpdatePrincipal', NotAfter => put({ NotAfter })),
    grant: calling('EwsGateway.UpdatePrincipal', put({})),
  }
}

export function roleEnds(client: Client, whom: Person): Grant {
  const name = 'role-ends'
  const put = (Period: object) => ({ ImpersonationRoleId: client.role, Period })
  return {
    name,
    target: targetOf(client, name, whom),
    revoke: ending('EwsGateway.PutImpersonationRole', NotAfter => put({ NotAfter })),
    grant: calling('EwsGateway.PutImpersonationRole', put({})),
  }
}

export function ruleEnds(client: Client, whom: Person): Grant {
  const name = 'rule-ends'
  const put = (period: object) => ({
    ImpersonationRoleId: client.role,
    Name: client.roleName,
    Type: 'FULL_ACCESS',
    Rules: [{ ImpersonationRuleId: 'timed', Effect: 'ALLOW', ...period }],
  })
  return {
    name,
    target: targetOf(client, name, whom),
    revoke: ending('EwsGateway.PutImpersonationRole', NotAfter => put({ NotAfter })),
    grant: calling('EwsGateway.PutImpersonationRole', put({})),
  }
}

/** Each grant is another token. A revocation ends the tokens from before it permanently. */
export function token(client: Client, whom: Person): Grant {
  const name = 'token'
  const role = { ImpersonationRoleId: client.role }
  let count = 0
  const grant: Grant['grant'] = async control => {
    const { output } = await control('WorkMailService.AssumeImpersonationRole', role)
    count += 1
    const authorization = `Bearer ${output['Token']}`
    return {
      target: { permission: `${name}#${count}`, authorization, whom: whom.primarySmtpAddress },
    }
  }
  return {
    name,
    target: {
      permission: `${name}#0`,
      authorization: 'Bearer none',
      whom: whom.primarySmtpAddress,
    },
    revoke: calling('EwsGateway.RevokeImpersonationRoleTokens', role),
    grant,
  }
}
