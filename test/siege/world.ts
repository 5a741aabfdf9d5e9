/**
 * Who is who in the siege: the users, and the role that is attacked.
 *
 * @module
 */

import { ASSUME_ROLE } from '../../src/model/iam.ts'
import {
  type ConnectingSid,
  foldName,
  type Organization,
  organizationId,
  type User,
  userId,
} from '../../src/model/identity.ts'
import { type Principal, principalId } from '../../src/model/principal.ts'
import { DEFAULT_GUARD, type ImpersonationRole, roleId } from '../../src/model/role.ts'

export const SERVICE = 'svc-gateway@example.com'
export const NEUTRAL = 'neutral@example.com'
/** Users that the role cannot impersonate. Their data is never reached. */
export const FORBIDDEN = ['ceo@example.com', 'boss@example.com'] as const

export const ORGANIZATION: Organization = {
  id: organizationId('m-0123456789abcdef0123456789abcdef'),
  alias: 'example',
  serviceAddresses: [SERVICE],
  neutralMailbox: NEUTRAL,
  // Invented IDs don't reveal their owner. If they were rejected, none of their requests would be compared.
  opaqueIds: 'allow',
}

const person = (name: string, number: number, aliases: readonly string[] = []): User => ({
  id: userId(`id-of-${name}`),
  primarySmtpAddress: `${name}@example.com`,
  aliases,
  principalName: `${name}@corp.example.com`,
  sid: `S-1-5-21-1111111111-2222222222-3333333333-${number}`,
  enabled: true,
})

export const USERS: readonly User[] = [
  person('alice', 1101),
  person('bob', 1102),
  person('carol', 1103),
  person('ceo', 1105, ['boss@example.com']),
  person('user', 1104, ['alias@example.com']),
  { id: userId('id-of-nobody'), primarySmtpAddress: NEUTRAL, aliases: [], enabled: true },
]

/** Everything but the CEO. */
export const ROLE: ImpersonationRole = {
  id: roleId('migration-full'),
  organizationId: ORGANIZATION.id,
  name: 'migration-full',
  type: 'FULL_ACCESS',
  guard: DEFAULT_GUARD,
  rules: [
    { id: 'everyone', effect: 'ALLOW' },
    { id: 'not-the-ceo', effect: 'DENY', targetUsers: [userId('id-of-ceo')] },
  ],
  version: 1,
  tokensValidFrom: 0,
  createdAt: 0,
  modifiedAt: 0,
}

/** Who attacks: may assume every role. */
export const PRINCIPAL: Principal = {
  id: principalId('attacker'),
  organizationId: ORGANIZATION.id,
  name: 'attacker',
  enabled: true,
  policy: {
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Action: [ASSUME_ROLE], Resource: ['*'] }],
  },
}

const BY_NAME = new Map<string, User>()
for (const user of USERS) {
  for (const address of [user.primarySmtpAddress, ...user.aliases])
    BY_NAME.set(`address ${foldName(address)}`, user)
  if (user.principalName) BY_NAME.set(`principal ${foldName(user.principalName)}`, user)
  if (user.sid) BY_NAME.set(`sid ${foldName(user.sid)}`, user)
}

/** Returns the user with a name. */
export function resolve({ kind, value }: ConnectingSid): User | undefined {
  const of = kind === 'SID' ? 'sid' : kind === 'PrincipalName' ? 'principal' : 'address'
  return BY_NAME.get(`${of} ${foldName(value)}`)
}

/** Returns every address of a user, by any of them. */
export const addressesOf = (address: string): readonly string[] => {
  const user = BY_NAME.get(`address ${foldName(address)}`)
  return user ? [user.primarySmtpAddress, ...user.aliases].map(foldName) : []
}
