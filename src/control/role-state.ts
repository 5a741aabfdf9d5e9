/**
 * Actions on properties of a role that WorkMail does not have: version, guard, period, profile, lock, and missing
 * targets.
 *
 * @module
 */

import { setImmediate } from 'node:timers/promises'
import type { z } from 'zod'
import { countAllowRules } from '../decision/reach.ts'
import { stateOfRole } from '../decision/role-state.ts'
import type { GroupId, UserId } from '../model/identity.ts'
import { without } from '../model/members.ts'
import {
  type ImpersonationRole,
  type RoleDraft,
  type RolePart,
  roleDraftOf,
} from '../model/role.ts'
import { type Action, action, type Call } from './action.ts'
import { NONE, replace, versionOfRole } from './concurrency.ts'
import * as contract from './contract/roles.ts'
import { lockOnWire } from './locks.ts'
import { invalid, requireNone } from './problems.ts'
import { partsOnWire, readChange, requireParts } from './role-parts.ts'
import { create, explain, findRole, newRole, roleOnWire } from './roles.ts'
import { groupRuleOnWire } from './rules.ts'

/** Number of lookups after which the call yields to other requests. */
const BATCH = 50

const describeRole = action(contract.describeRole, async (call, { ImpersonationRoleId }) => {
  const role = await findRole(call, ImpersonationRoleId)
  const unknown = await unknownUsers(call, role)
  const unknownGroups = await goneGroups(call, role)
  return {
    ...roleOnWire(role),
    Rules: role.rules.map(groupRuleOnWire),
    Version: versionOfRole(role),
    ...partsOnWire(role),
    State: stateOfRole(role, call),
    AllowRules: countAllowRules(role, call),
    ...(role.lock && { Lock: lockOnWire(role) }),
    Damaged: unknown.length + unknownGroups.length > 0 || role.unreadable !== undefined,
    ...(role.unreadable && { Unreadable: role.unreadable }),
    UnknownUsers: unknown,
    UnknownGroups: unknownGroups,
  }
})

const putRole = action(
  contract.putRole,
  async (call, { ImpersonationRoleId: id, ClientToken, ...input }) => {
    if (id !== undefined && ClientToken !== undefined)
      throw invalid('ClientToken can be given only for a new role, without ImpersonationRoleId')
    const role =
      id === undefined ? await createWhole(call, input, ClientToken) : await change(call, id, input)
    return { ImpersonationRoleId: role.id, Version: versionOfRole(role) }
  },
)

type Change = Omit<z.output<typeof contract.putRole.input>, 'ImpersonationRoleId' | 'ClientToken'>

async function createWhole(
  call: Call,
  input: Change,
  clientToken: string | undefined,
): Promise<ImpersonationRole> {
  const { Name, Type, Rules, ExpectedVersion } = input
  if (ExpectedVersion !== NONE)
    throw invalid(
      `ImpersonationRoleId must be given, unless ExpectedVersion is ${NONE}, which creates a role`,
    )
  if (Name === undefined || Type === undefined || Rules === undefined)
    throw invalid('Name, Type, and Rules must be given for a new role')
  const plain = newRole(call, { name: Name, type: Type, rules: [] })
  const draft = await changed(call, plain, input)
  requireParts(call, plain, draft)
  return await findRole(call, await create(call, draft, input, clientToken))
}

async function change(call: Call, id: string, input: Change): Promise<ImpersonationRole> {
  const { before, after } = await replace({
    expected: input.ExpectedVersion,
    read: () => findRole(call, id),
    versionOf: versionOfRole,
    write: async present => {
      requireGiven(present, input)
      const draft = await changed(call, without(roleDraftOf(present), ['unreadable']), input)
      requireParts(call, present, draft)
      return await call.ports.store.putRole(draft).catch((error: unknown) => explain(error, call))
    },
  })
  call.changed(before, after)
  return after
}

/** Returns a role with the members in a request. Absent ones stay as they are. */
async function changed(
  call: Call,
  role: RoleDraft,
  { Name, Description, ...input }: Change,
): Promise<RoleDraft> {
  const changeRole = await readChange(call, input, role.rules)
  const kept = Description === undefined ? role : without(role, ['description'])
  return {
    ...changeRole(kept),
    ...(Name !== undefined && { name: Name }),
    ...(Description && { description: Description }),
  }
}

export const ROLE_STATE_ACTIONS: readonly Action[] = [describeRole, putRole]

/** Parts that no request has. The store replaces them. */
const NEVER_GIVEN: readonly RolePart[] = ['Lock', 'Shadow', 'Versions']

/**
 * Requires all parts that are not understood in the stored role, because they can't stay unchanged.
 *
 * @throws ApiError InvalidParameterException
 */
function requireGiven(
  { unreadable = [] }: ImpersonationRole,
  optional: Readonly<Partial<Record<RolePart, unknown>>>,
): void {
  requireNone(
    unreadable
      .filter(part => !NEVER_GIVEN.includes(part) && !optional[part])
      .map(
        part =>
          `${part} must be given, because this version of the gateway does not understand the stored one`,
      ),
  )
}

/**
 * Returns users that no longer exist, from lists that restrict access. Other lists are ignored, because an ALLOW
 * rule for a missing user allows nothing.
 */
async function unknownUsers(
  { ports, organization }: Call,
  { rules }: ImpersonationRole,
): Promise<readonly UserId[]> {
  const named = new Set(
    rules.flatMap(({ effect, targetUsers = [], notTargetUsers = [] }) =>
      effect === 'DENY' ? [...targetUsers, ...notTargetUsers] : notTargetUsers,
    ),
  )
  const unknown: UserId[] = []
  let lookups = 0
  for (const id of named) {
    lookups += 1
    if (lookups % BATCH === 0) await setImmediate()
    if ((await ports.store.user(organization.id, id)) === undefined) unknown.push(id)
  }
  return unknown
}

/**
 * Returns groups that no longer exist, from lists that restrict access. They still restrict the users who were
 * members when the group was deleted.
 */
async function goneGroups(
  { ports, organization }: Call,
  { rules }: ImpersonationRole,
): Promise<readonly GroupId[]> {
  const named = rules.flatMap(({ effect, targetGroups = [], notTargetGroups = [] }) =>
    effect === 'DENY' ? [...targetGroups, ...notTargetGroups] : notTargetGroups,
  )
  if (named.length === 0) return []
  const live = new Set((await ports.store.groups(organization.id)).map(({ id }) => id))
  return [...new Set(named)].filter(id => !live.has(id))
}
