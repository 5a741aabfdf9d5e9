/**
 * Actions on access control rules: put, list, delete, and test.
 *
 * @module
 */

import { type AccessControlRule, REPLACED_IN_RULE } from '../model/access-control.ts'
import type { UserId } from '../model/identity.ts'
import { without } from '../model/members.ts'
import type { Effect, RoleId } from '../model/role.ts'
import { evaluateAccessControl } from '../policy/access-control.ts'
import { type Action, action, type Call, type ControlLimits } from './action.ts'
import * as contract from './contract/access-control.ts'
import { ApiError } from './errors.ts'
import { invalid, requireNone } from './problems.ts'
import { findRole } from './roles.ts'
import { findUser, findUserIds } from './targets.ts'

/** Member names of the model for each list. An empty list counts as omitted. */
const LISTS = {
  IpRanges: 'ipRanges',
  NotIpRanges: 'notIpRanges',
  Actions: 'actions',
  NotActions: 'notActions',
  UserIds: 'userIds',
  NotUserIds: 'notUserIds',
  ImpersonationRoleIds: 'impersonationRoleIds',
  NotImpersonationRoleIds: 'notImpersonationRoleIds',
} as const satisfies Record<string, keyof AccessControlRule>

type ListName = keyof typeof LISTS
type Conditions = Partial<Record<ListName, readonly string[]>>

type WrittenRule = Readonly<{
  OrganizationId: string
  Name: string
  Effect: Effect
  Description: string
}> &
  Conditions

const putRule = action(contract.putRule, async (call, input) => {
  const { ports, organization } = call
  const before = await findRule(call, input.Name)
  const after = await ruleOf(call, input, before)
  await ports.store.putAccessControlRule(organization.id, after)
  call.changed(before, after)
  return {}
})

const listRules = action(contract.listRules, async ({ ports, organization }) => {
  const rules = await ports.store.accessControlRules(organization.id)
  return { Rules: rules.map(ruleOnWire) }
})

const deleteRule = action(contract.deleteRule, async (call, { Name }) => {
  const { ports, organization } = call
  const rules = await ports.store.accessControlRules(organization.id)
  await ports.store.deleteAccessControlRule(organization.id, Name)
  call.changed(rules.find(({ name }) => name === Name) ?? { name: Name }, undefined)
  return {}
})

const getEffect = action(
  contract.getEffect,
  async (call, { IpAddress, Action, UserId, ImpersonationRoleId }) => {
    if ((UserId === undefined) === (ImpersonationRoleId === undefined))
      throw invalid('Give either UserId or ImpersonationRoleId, not both')
    if (ImpersonationRoleId !== undefined && Action !== 'EWS')
      throw invalid('ImpersonationRoleId can only be given if Action is EWS')
    const { ports, organization } = call
    const { effect, matchedRules } = evaluateAccessControl(
      await ports.store.accessControlRules(organization.id),
      {
        sourceAddress: IpAddress,
        action: Action,
        userId: UserId === undefined ? undefined : (await findUser(call, UserId)).id,
        roleId:
          ImpersonationRoleId === undefined
            ? undefined
            : (await findRole(call, ImpersonationRoleId)).id,
      },
    )
    return { Effect: effect, MatchedRules: matchedRules }
  },
)

export const ACCESS_CONTROL_RULE_ACTIONS: readonly Action[] = [
  putRule,
  listRules,
  deleteRule,
  getEffect,
]

/** Returns the rule with a name, or undefined if there is none. */
export async function findRule(
  { ports, organization }: Call,
  name: string,
): Promise<AccessControlRule | undefined> {
  const rules = await ports.store.accessControlRules(organization.id)
  return rules.find(rule => rule.name === name)
}

/**
 * Returns the rule of an input, with users resolved.
 *
 * @param before - the rule that it replaces, if it exists
 * @throws ApiError if a limit is exceeded, or if a new user or role does not exist
 */
export async function ruleOf(
  call: Call,
  { OrganizationId: _, Name, Effect, Description, ...conditions }: WrittenRule,
  before: AccessControlRule | undefined,
): Promise<Omit<AccessControlRule, 'createdAt' | 'modifiedAt'>> {
  const { ports, organization } = call
  requireNone(tooMany(conditions, ports.limits))
  const { length } = await ports.store.accessControlRules(organization.id)
  if (before === undefined && length >= ports.limits.accessControlRules)
    throw new ApiError(
      'LimitExceededException',
      `The organization has ${length} access control rules already, which is the limit`,
    )
  const resolved = await conditionsOf(call, conditions, before)
  return {
    ...(before && without(before, REPLACED_IN_RULE)),
    name: Name,
    effect: Effect,
    description: Description,
    ...resolved,
  }
}

function tooMany(conditions: Conditions, limits: ControlLimits): string[] {
  return Object.entries(conditions).flatMap(([name, entries]) => {
    const most = name.endsWith('IpRanges') ? limits.ipRanges : limits.accessControlTargets
    return entries.length > most ? [`${name} must be a list of at most ${most} entries`] : []
  })
}

/**
 * Returns conditions with user IDs.
 *
 * @param before - users and roles that this rule names are accepted even if they no longer exist
 */
async function conditionsOf(
  call: Call,
  conditions: Conditions,
  before: AccessControlRule | undefined,
): Promise<Partial<AccessControlRule>> {
  const { UserIds = [], NotUserIds = [] } = conditions
  const present = new Set<string>([...(before?.userIds ?? []), ...(before?.notUserIds ?? [])])
  const ids = await findUserIds(call, [...UserIds, ...NotUserIds], present)
  await requireRoles(call, conditions, before)

  const entries = Object.entries(conditions)
    .filter(([, values]) => values.length > 0)
    .map(([name, values]) => {
      const resolved = values.map(value => (name.endsWith('UserIds') ? ids.get(value) : value))
      return [LISTS[name as ListName], [...new Set(resolved)]]
    })
  return Object.fromEntries(entries) as Partial<AccessControlRule>
}

/** @throws ApiError ResourceNotFoundException if a role does not exist and the previous rule did not name it */
async function requireRoles(
  call: Call,
  { ImpersonationRoleIds = [], NotImpersonationRoleIds = [] }: Conditions,
  before: AccessControlRule | undefined,
): Promise<void> {
  const present: ReadonlySet<string> = new Set([
    ...(before?.impersonationRoleIds ?? []),
    ...(before?.notImpersonationRoleIds ?? []),
  ])
  for (const id of new Set([...ImpersonationRoleIds, ...NotImpersonationRoleIds]))
    if (!present.has(id)) await findRole(call, id)
}

/** Returns a rule for a response. */
export function ruleOnWire(rule: AccessControlRule) {
  const conditions = Object.entries(LISTS).map(
    ([name, member]): [string, readonly (string | UserId | RoleId)[] | undefined] => [
      name,
      rule[member],
    ],
  )
  return {
    Name: rule.name,
    Effect: rule.effect,
    Description: rule.description,
    ...Object.fromEntries(conditions.filter(([, values]) => values !== undefined)),
    ...(rule.unreadable && { Unreadable: rule.unreadable }),
    DateCreated: rule.createdAt / 1_000,
    DateModified: rule.modifiedAt / 1_000,
  }
}
