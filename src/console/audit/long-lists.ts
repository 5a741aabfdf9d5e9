/**
 * Finds IDs in the states of a change: long lists, such as the users of an import, so that a page can search and page
 * them, and the others, so that a page can show names in their place.
 *
 * @module
 */

/** Maximum number of entries that a state shows in place. */
export const MAX_SHOWN = 20

/** Entry of a long list. `change` is absent if the change has only one state, whose field says what happened. */
export type Entry = Readonly<{ field: string; id: string; change?: 'Added' | 'Removed' }>

/** Names of lists that say what happened. They have whole states, and the outer member says what these are of. */
const CHANGES = ['created', 'updated', 'removed']

/** Names of lists of users and of groups. */
const USERS = ['users', 'userIds', 'notUserIds', 'targetUsers', 'notTargetUsers', 'userId']
const GROUPS = ['groups', 'targetGroups', 'notTargetGroups']
const ROLES = ['roleId', 'impersonationRoleIds', 'notImpersonationRoleIds']
const PRINCIPALS = ['principalId']

export type IdKind = 'user' | 'group' | 'role' | 'principal'

/** Returns what the IDs of a list identify, or the ID of a member. @param field - path of the list or the member */
export function kindOf({ field }: Pick<Entry, 'field'>): IdKind | 'other' {
  const path = field.split('.')
  const last = path.at(-1)
  const name = isChange(field) ? path[0] : last
  const isOf = (names: readonly string[]) => names.some(known => known === name)
  if (isOf(USERS)) return 'user'
  if (isOf(GROUPS)) return 'group'
  if (isOf(ROLES)) return 'role'
  return isOf(PRINCIPALS) ? 'principal' : 'other'
}

/** Whether a path is that of a list that says what happened. */
const isChange = (path: string): boolean => CHANGES.some(name => name === path.split('.').at(-1))

/** Returns the entries of long lists that only one of two states has. */
export function entriesOf(before: unknown, after: unknown): readonly Entry[] {
  const [old, fresh] = [listsIn(before), listsIn(after)]
  const fields = new Set([...old.keys(), ...fresh.keys()])
  const isOne = before === undefined || after === undefined
  return [...fields].flatMap(field => {
    const [was, is] = [new Set(old.get(field)), new Set(fresh.get(field))]
    if (was.size <= MAX_SHOWN && is.size <= MAX_SHOWN) return []
    if (isOne) return [...was, ...is].map(id => ({ field, id }))
    return [
      ...[...is].filter(id => !was.has(id)).map(id => ({ field, id, change: 'Added' as const })),
      ...[...was].filter(id => !is.has(id)).map(id => ({ field, id, change: 'Removed' as const })),
    ]
  })
}

/** Returns text such as `created: 3, updated: 2`. */
export function countsOf(entries: readonly Entry[]): string {
  const counts = new Map<string, number>()
  for (const { field, change } of entries) {
    const name = change === undefined ? field : `${change.toLowerCase()} in ${field}`
    counts.set(name, (counts.get(name) ?? 0) + 1)
  }
  return [...counts].map(([name, count]) => `${name}: ${count.toLocaleString('en')}`).join(', ')
}

/** Returns the lists in a state by their paths, such as `users.created`. */
function listsIn(value: unknown, path = ''): ReadonlyMap<string, readonly string[]> {
  const list = listIn(path, value)
  if (list !== undefined) return new Map([[path, list]])
  if (typeof value !== 'object' || value === null) return new Map()
  return new Map(
    Object.entries(value).flatMap(([name, member]) => {
      const segment = Array.isArray(value) ? (idOf(member) ?? name) : name
      return [...listsIn(member, path === '' ? segment : `${path}.${segment}`)]
    }),
  )
}

/**
 * Returns the texts of a list, or the IDs of the states that a change created, updated, or removed. Undefined for any other
 * value.
 */
export function listIn(path: string, value: unknown): readonly string[] | undefined {
  if (!Array.isArray(value)) return undefined
  const texts = isChange(path) ? value.map(entry => idOf(entry) ?? entry) : value
  return texts.every(text => typeof text === 'string') ? texts : undefined
}

/** Returns the names of users and groups in states, by ID. A user who was removed later has no other. */
export function recordedNames(...states: readonly unknown[]): ReadonlyMap<string, string> {
  return new Map(states.flatMap(namesBelow))
}

function namesBelow(value: unknown): readonly (readonly [string, string])[] {
  if (typeof value !== 'object' || value === null) return []
  const { name, primarySmtpAddress = name } = value as Readonly<Record<string, unknown>>
  const id = idOf(value)
  const own = id !== undefined && typeof primarySmtpAddress === 'string'
  return [
    ...(own ? [[id, primarySmtpAddress] as const] : []),
    ...Object.values(value).flatMap(namesBelow),
  ]
}

const idOf = (value: unknown): string | undefined =>
  typeof value === 'object' && value !== null && 'id' in value && typeof value.id === 'string'
    ? value.id
    : undefined
