/**
 * Groups by what callers call them: an id, a name or an address.
 *
 * @module
 */

import { setImmediate } from 'node:timers/promises'
import type { Group, NamedGroup } from '../model/group.ts'
import { type GroupId, groupId } from '../model/identity.ts'
import type { Call } from './action.ts'
import { ApiError } from './errors.ts'
import { invalid, quote, quoteSome } from './problems.ts'

/** After so many look-ups everything else in the process has its turn. */
const BATCH = 50

/**
 * The group that an identifier names, with its members.
 *
 * @throws ApiError EntityNotFoundException; InvalidParameterException where it names two groups
 */
export async function findGroup(call: Call, identifier: string): Promise<Group> {
  const { ports, organization } = call
  const byId = await ports.store.group(organization.id, groupId(identifier))
  if (byId !== undefined) return byId
  const { id } = onlyOne(identifier, await ports.store.groupsNamed(organization.id, identifier))
  return (await ports.store.group(organization.id, id)) ?? noGroup([identifier])
}

/**
 * The ids of the groups that identifiers name.
 *
 * @param standing - ids that stand in what is being replaced: they are kept even where the group is
 *   gone
 * @throws ApiError EntityNotFoundException naming every identifier that no group has
 */
export async function findGroupIds(
  call: Call,
  identifiers: Iterable<string>,
  standing: ReadonlySet<string> = new Set(),
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
    if (standing.has(identifier) || (await store.group(organization, id)) !== undefined) {
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
  throw invalid(`${quote(identifier)} names ${groups.length} groups: give the id, ${ids}`)
}

function noGroup(identifiers: readonly string[]): never {
  throw new ApiError(
    'EntityNotFoundException',
    `No group of the organization is known as ${quoteSome(identifiers)}`,
  )
}

/** Groups for whoever reads them: by id, and by name where they are still there. */
export async function groupsOnWire({ ports, organization }: Call, ids: readonly GroupId[]) {
  return await Promise.all(
    ids.map(async id => {
      const group = await ports.store.group(organization.id, id)
      return { GroupId: id, ...(group && { Name: group.name }) }
    }),
  )
}
