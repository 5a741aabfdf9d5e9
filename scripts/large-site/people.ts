/**
 * Users, groups, and roles of a large organization.
 *
 * @module
 */

import { userIdOf } from '../history/rows.ts'
import type { Gateway } from './gateway.ts'

export const USERS = 20_000
export const GROUPS = 500
export const ROLES = 300
/** Number of members of a group, and of each 50th group. */
const MEMBERS = 40
const MANY_MEMBERS = 400

export const addressOf = (user: number): string => `user-${user}@example.com`

/** Returns users with the IDs and addresses that the requests of the history have. */
export const usersCsv = (): string =>
  [
    'id,primarySmtpAddress,displayName',
    ...Array.from({ length: USERS }, (_, n) => `${userIdOf(n)},${addressOf(n)},User ${n}`),
  ].join('\n')

/** Creates the groups and roles that are missing. */
export async function addGroupsAndRoles({ api }: Gateway): Promise<void> {
  const known = {
    groups: await idsByName(api, 'WorkMailService.ListGroups', 'Groups', 'Id'),
    roles: await idsByName(
      api,
      'WorkMailService.ListImpersonationRoles',
      'Roles',
      'ImpersonationRoleId',
    ),
  }
  const groups: string[] = []
  for (let n = 0; n < GROUPS; n += 1) {
    const Name = `Department ${n}`
    const length = n % 50 === 0 ? MANY_MEMBERS : MEMBERS
    const Users = Array.from({ length }, (_, i) => addressOf((n * MEMBERS + i) % USERS))
    const id =
      known.groups.get(Name) ?? (await api('EwsGateway.PutGroup', { Name, Users }))['GroupId']
    groups.push(String(id))
  }
  for (let n = 0; n < ROLES; n += 1) {
    const Name = `Role ${String(n).padStart(3, '0')}`
    if (known.roles.has(Name)) continue
    const role = { Name, Type: n % 2 === 0 ? 'READ_ONLY' : 'FULL_ACCESS' }
    const created = await api('WorkMailService.CreateImpersonationRole', { ...role, Rules: [] })
    const { ImpersonationRoleId } = created
    const Rules = rulesOf(n, groups)
    await api('EwsGateway.PutImpersonationRole', { ...role, ImpersonationRoleId, Rules })
  }
}

async function idsByName(api: Gateway['api'], target: string, list: string, id: string) {
  const ids = new Map<string, string>()
  for await (const entry of entriesOf(api, target, list))
    ids.set(entry['Name'] ?? '', entry[id] ?? '')
  return ids
}

/** Returns the entries of all pages of a list. */
export async function* entriesOf(
  api: Gateway['api'],
  target: string,
  list: string,
): AsyncGenerator<Readonly<Record<string, string>>> {
  for (let next: object | undefined = {}; next !== undefined; ) {
    const { NextToken, ...output } = await api(target, { MaxResults: 100, ...next })
    yield* output[list] as Record<string, string>[]
    next = NextToken === undefined ? undefined : { NextToken }
  }
}

/** Most roles are for two departments but some people, every tenth role is for everyone but one department. */
function rulesOf(n: number, groups: readonly string[]) {
  const group = (i: number) => groups[i % groups.length] ?? ''
  if (n % 10 === 0)
    return [
      { ImpersonationRuleId: 'everyone', Name: 'Everyone', Effect: 'ALLOW' },
      { ImpersonationRuleId: 'not', Name: 'But some', Effect: 'DENY', TargetGroups: [group(n)] },
    ]
  return [
    {
      ImpersonationRuleId: 'departments',
      Name: 'Departments',
      Effect: 'ALLOW',
      TargetGroups: [group(n), group(n + 250)],
    },
    {
      ImpersonationRuleId: 'named',
      Name: 'Named users',
      Effect: 'DENY',
      TargetUsers: Array.from({ length: 20 }, (_, i) => addressOf((n * 61 + i * 7) % USERS)),
    },
  ]
}
