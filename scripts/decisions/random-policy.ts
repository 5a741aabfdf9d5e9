/**
 * Random policies of callers.
 *
 * @module
 */

import { ASSUME } from './frozen.ts'
import type { Random } from './random.ts'
import { randomPeriod } from './random-role.ts'
import type { Principal, Statement } from './terms.ts'

export const RANGES = ['192.0.2.0/24', '198.51.100.9/32', '2001:db8::/48', '0.0.0.0/0']

/** Allow statements permit nothing but assuming roles, because others can't use Basic. */
export function randomPrincipal(random: Random, id: string, roles: readonly string[]): Principal {
  return {
    id,
    statements: [
      ...(random.chance(0.8)
        ? [{ Effect: 'Allow', Action: [ASSUME], Resource: ['*'] } as const]
        : []),
      ...random.list(0, 2, () => randomStatement(random, roles)),
    ],
    ...(random.chance(0.1) && randomPeriod(random)),
  }
}

function randomStatement(random: Random, roles: readonly string[]): Statement {
  const Effect = random.chance(0.8) ? 'Allow' : 'Deny'
  const conditions = [
    ...random.some([randomRoleCondition(random, roles)], 0.7),
    ...random.some([randomRoleCondition(random, roles)], 0.15),
    ...random.some([randomCircumstance(random)], Effect === 'Deny' ? 0.9 : 0.4),
  ]
  return {
    Effect,
    Action: [Effect === 'Allow' ? ASSUME : random.pick([ASSUME, 'workmail:assume*'])],
    Resource: [random.pick(['*', '*', arnOf('*'), arnOf('m-11111111111111111111111111111111')])],
    ...(conditions.length > 0 && { Condition: Object.assign({}, ...conditions) }),
  }
}

const arnOf = (organization: string) =>
  `arn:aws:workmail:eu-west-1:123456789012:organization/${organization}`

function randomRoleCondition(random: Random, roles: readonly string[]) {
  const ids = random.chance(0.5) ? [random.pick(roles)] : random.atLeastOne(roles)
  const key = (values: readonly string[]) => ({ 'workmail:ImpersonationRoleId': values })
  return random.pick([
    { StringEquals: key(ids) },
    { StringEquals: key(ids) },
    { StringNotEquals: key(ids) },
    { StringLike: key([random.pick(['*', 'd*0?', '*1', '*-000000000003'])]) },
    { StringNotLike: key([random.pick(['*3', '*1?'])]) },
  ])
}

function randomCircumstance(random: Random) {
  return random.pick([
    { IpAddress: { 'aws:SourceIp': [random.pick(RANGES)] } },
    { NotIpAddress: { 'aws:SourceIp': [random.pick(RANGES)] } },
    { DateLessThan: { 'aws:CurrentTime': [random.pick(['2000-01-01T00:00:00Z', '2100-01-01'])] } },
    {
      DateGreaterThan: { 'aws:CurrentTime': [random.pick(['2000-01-01T00:00:00Z', '2100-01-01'])] },
    },
    { Bool: { 'aws:SecureTransport': [random.pick(['true', 'false'])] } },
  ])
}
