/**
 * Finds long lists of IDs in the states of a change, such as the users of an import, so that a page can search and
 * page them.
 *
 * @module
 */

/** Maximum number of entries that a state shows in place. */
const MAX_SHOWN = 20

/** Entry of a long list. `change` is absent if the change has only one state, whose field says what happened. */
export type Entry = Readonly<{ field: string; id: string; change?: 'Added' | 'Removed' }>

/** Names of lists that say what happened. In a synchronization, the outer member says what the IDs identify. */
const CHANGES = ['created', 'updated', 'deleted', 'removed']

/** Names of lists of users and of groups. */
const USERS = [
  'created',
  'updated',
  'deleted',
  'users',
  'userIds',
  'notUserIds',
  'targetUsers',
  'notTargetUsers',
]
const GROUPS = ['groups', 'targetGroups', 'notTargetGroups']

/** Returns what the IDs of a list identify. */
export function kindOf({ field }: Entry): 'user' | 'group' | 'other' {
  const path = field.split('.')
  const last = path.at(-1)
  const name = CHANGES.some(known => known === last) ? path[0] : last
  if (USERS.some(known => known === name)) return 'user'
  return GROUPS.some(known => known === name) ? 'group' : 'other'
}

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

/** Returns a value as text, with the number of entries in place of a long list. */
export function textOfState(value: unknown): string {
  if (value === undefined) return ''
  if (typeof value === 'string') return value
  if (Array.isArray(value) && value.length === 0) return 'None'
  const shown = (_: string, member: unknown) =>
    isList(member) && member.length > MAX_SHOWN
      ? `${member.length.toLocaleString('en')} entries`
      : member
  return isList(value) && value.length > MAX_SHOWN
    ? `${value.length.toLocaleString('en')} entries`
    : JSON.stringify(value, shown, 2)
}

/** Returns the lists of texts in a state by their paths, such as `users.created`. */
function listsIn(value: unknown, path = ''): ReadonlyMap<string, readonly string[]> {
  if (isList(value)) return new Map([[path, value]])
  if (typeof value !== 'object' || value === null) return new Map()
  return new Map(
    Object.entries(value).flatMap(([name, member]) => {
      const segment = Array.isArray(value) ? (idOf(member) ?? name) : name
      return [...listsIn(member, path === '' ? segment : `${path}.${segment}`)]
    }),
  )
}

const isList = (value: unknown): value is readonly string[] =>
  Array.isArray(value) && value.every(entry => typeof entry === 'string')

const idOf = (value: unknown): string | undefined =>
  typeof value === 'object' && value !== null && 'id' in value && typeof value.id === 'string'
    ? value.id
    : undefined
