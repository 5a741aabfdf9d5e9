/**
 * Objects that changes are about.
 *
 * @module
 */

export const OBJECT_TYPES = [
  'ROLE',
  'ACCESS_CONTROL_RULE',
  'PRINCIPAL',
  'ACCESS_KEY',
  'USER',
  'USERS',
  'GROUP',
  'DIRECTORY',
  'NAME',
  'PROTECTED_MAILBOXES',
] as const

export type ObjectType = (typeof OBJECT_TYPES)[number]

/** Numbers of users and groups that one change created, updated, or deleted. */
export type ChangeCounts = Readonly<{
  created: number
  updated: number
  deleted: number
  /** Present if the change could change groups. */
  groups?: Readonly<{ created: number; updated: number; deleted: number }>
}>

/** Object of a change. A change of many users has counts in place of an ID and a name. The name comes last. */
export type ChangedObject = Readonly<{
  /** Type of the object, such as `ROLE`. */
  type: ObjectType
  /** ID of the object. In a record of a denied or failed call, the text by which the call names it. */
  id?: string
  /** Numbers of users and groups that an import or a synchronization changed. */
  counts?: ChangeCounts
  /** Present if an import changed nothing, because it was only a preview. */
  dryRun?: true
  /** Name of the object: the address of a user, the ID of an access key. */
  name?: string
}>

/** Members of a state that have the ID and the name of an object. */
const NAMES: Readonly<Record<ObjectType, Readonly<{ id?: string; name?: string }>>> = {
  ROLE: { id: 'id', name: 'name' },
  ACCESS_CONTROL_RULE: { name: 'name' },
  PRINCIPAL: { id: 'id', name: 'name' },
  ACCESS_KEY: { id: 'id', name: 'id' },
  USER: { id: 'id', name: 'primarySmtpAddress' },
  USERS: {},
  GROUP: { id: 'id', name: 'name' },
  DIRECTORY: {},
  NAME: { name: 'name' },
  PROTECTED_MAILBOXES: {},
}

type Members = Readonly<Record<string, unknown>>

/** Returns the object that a state in an audit record is of, as far as the state says it. */
export function objectOf(type: ObjectType, state: object | undefined): ChangedObject {
  const members: Members = { ...state }
  if (type === 'USERS') return { type, ...importOf(members) }
  if (type === 'DIRECTORY') return { type, ...synchronizationOf(members) }
  const { id, name } = NAMES[type]
  return namedObject(type, id && members[id], name && members[name])
}

/** Returns an object with the ID and the name that are texts. */
export const namedObject = (type: ObjectType, id: unknown, name: unknown): ChangedObject => ({
  type,
  ...(typeof id === 'string' && { id }),
  ...(typeof name === 'string' && { name }),
})

const importOf = ({ dryRun, users }: Members) => ({
  counts: countsIn(users),
  ...(dryRun === true && { dryRun: true as const }),
})

/** A synchronization that changed nothing, or failed, has no counts. */
function synchronizationOf({ users, groups }: Members) {
  if (users === undefined && groups === undefined) return {}
  return { counts: { ...countsIn(users), groups: countsIn(groups) } }
}

function countsIn(changes: unknown) {
  const { created, updated, removed } = membersOf(membersOf(changes)?.['counts']) ?? {}
  return { created: numberOf(created), updated: numberOf(updated), deleted: numberOf(removed) }
}

const numberOf = (value: unknown): number => (typeof value === 'number' ? value : 0)

const membersOf = (value: unknown): Members | undefined =>
  typeof value === 'object' && value !== null ? (value as Members) : undefined
