/**
 * Finds groups by ID, name, or address.
 *
 * @module
 */

import { setImmediate } from 'node:timers/promises'
import type { Group, NamedGroup } from '../model/group.ts'
import { type GroupId, groupId } from '../model/identity.ts'
import type { Call } from './action.ts'
import { ApiError } from './errors.ts'
import { invalid, quote, quoteSome } from './problems.ts'

/** Number of lookups after which the call yields to other requests. */
const BATCH = 50

/**
 * Returns the group with an identifier, with its members.
 *
 * @throws ApiError EntityNotFoundException; InvalidParameterException if it names two groups
 */
export async function findGroup(call: Call, identifier: string): Promise<Group> {
  const { ports, organization } = call
  const { id } = await findNamedGroup(call, identifier)
  return (await ports.store.group(organization.id, id)) ?? noGroup([identifier])
}

/** Returns the same without its members, which can be many. */
export async function findNamedGroup(
  { ports, organization }: Call,
  identifier: string,
): Promise<NamedGroup> {
  const [byId] = await ports.store.groupsById(organization.id, [groupId(identifier)])
  if (byId !== undefined) return byId
  return onlyOne(identifier, await ports.store.groupsNamed(organization.id, identifier))
}

/**
 * Returns the IDs of the groups with identifiers.
 *
 * @param present - IDs in the object that the request replaces. They are accepted even if the group no longer
 * exists
 * @throws ApiError EntityNotFoundException with the first identifiers that no group has, or
 * InvalidParameterException for a name that several groups have
 */
export async function findGroupIds(
  call: Call,
  identifiers: Iterable<string>,
  present: ReadonlySet<string>,
): Promise<ReadonlyMap<string, GroupId>> {
  const { store } = call.ports
  const { id: organization } = call.organization
  const ids = new Map<string, GroupId>()
  const missing: string[] = []
  let lookups = 0
  for (const identifier of new Set(identifiers)) {
    lookups += 1
    if (lookups % BATCH === 0) await setImmediate()
    const id = groupId(identifier)
    if (present.has(identifier) || (await store.groupsById(organization, [id])).length > 0) {
      ids.set(identifier, id)
      continue
    }
    const groups = await store.groupsNamed(organization, identifier)
    if (groups.length === 0) missing.push(identifier)
    else ids.set(identifier, onlyOne(identifier, groups).id)
  }
  if (missing.length > 0) noGroup(missing)
  return ids
}

function onlyOne(identifier: string, groups: readonly NamedGroup[]): NamedGroup {
  const [group, ...others] = groups
  if (group === undefined) return noGroup([identifier])
  if (others.length === 0) return group
  const ids = groups.map(({ id }) => id).join(' or ')
  throw invalid(`${quote(identifier)} names ${groups.length} groups. Use the ID, ${ids}`)
}

function noGroup(identifiers: readonly string[]): never {
  throw new ApiError(
    'EntityNotFoundException',
    `The organization has no group ${quoteSome(identifiers)}`,
  )
}

/** Returns groups for a response, with their names if they still exist. */
export async function groupsOnWire({ ports, organization }: Call, ids: readonly GroupId[]) {
  const names = new Map(
    (await ports.store.groupsById(organization.id, ids)).map(({ id, name }) => [id, name]),
  )
  return ids.map(id => {
    const name = names.get(id)
    return { GroupId: id, ...(name !== undefined && { Name: name }) }
  })
}

/** Reads the names of all groups. @returns a function that returns groups for a response, as {@link groupsOnWire} */
export async function groupNamer({ ports, organization }: Call) {
  const names = new Map((await ports.store.groups(organization.id)).map(one => [one.id, one.name]))
  return (ids: readonly GroupId[]) =>
    ids.map(id => {
      const name = names.get(id)
      return { GroupId: id, ...(name !== undefined && { Name: name }) }
    })
}
